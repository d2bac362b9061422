package relay.bench;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/**
 * The result of a run.
 *
 * @param published measured messages
 * @param publishesPerSecond until the relay had answered the last of them
 * @param delivered how often they arrived at a subscriber
 * @param deliveriesPerSecond until the last of them arrived
 * @param delivery from the moment a message was due until it arrived
 * @param publish from the same moment until its request was answered; of no messages if they were streamed
 * @param faults what must not happen
 * @param resident the relay's memory after the load, in bytes
 * @param perConnection what one registered connection added to it before the load, in bytes
 */
record Result(
        long published,
        double publishesPerSecond,
        long delivered,
        double deliveriesPerSecond,
        Latency delivery,
        Latency publish,
        Faults faults,
        OptionalLong resident,
        OptionalDouble perConnection) {

    /**
     * Latencies in milliseconds.
     *
     * @param count of how many messages
     */
    record Latency(long count, double p50, double p99, double p999, double max) {
        private static final double NANOS_PER_MILLI = 1e6;

        static Latency of(Histogram nanos) {
            return new Latency(
                    nanos.getTotalCount(),
                    nanos.getValueAtPercentile(50) / NANOS_PER_MILLI,
                    nanos.getValueAtPercentile(99) / NANOS_PER_MILLI,
                    nanos.getValueAtPercentile(99.9) / NANOS_PER_MILLI,
                    nanos.getMaxValue() / NANOS_PER_MILLI);
        }
    }

    /**
     * What must not happen, counted over the whole run, warm-up included.
     *
     * @param missing messages that a subscriber never got
     * @param repeated messages that a subscriber got again
     * @param reordered messages that came after a later one
     * @param foreign frames that no publisher of this run sent to that topic
     * @param failed messages that the relay did not take
     * @param closed connections that ended before the run did
     */
    record Faults(long missing, long repeated, long reordered, long foreign, long failed, long closed) {
        boolean areNone() {
            return missing == 0 && repeated == 0 && reordered == 0 && foreign == 0 && failed == 0 && closed == 0;
        }
    }

    static Result of(
            Publishers publishers,
            List<Tally> tallies,
            Schedule.Span span,
            long closed,
            OptionalLong resident,
            OptionalDouble perConnection) {
        Histogram delivery = Tally.newHistogram();
        tallies.forEach(tally -> delivery.add(tally.latency()));
        long untilLast = tallies.stream()
                .filter(tally -> tally.latency().getTotalCount() > 0)
                .mapToLong(tally -> tally.lastMeasured() - span.measureFrom())
                .max()
                .orElse(0);
        long delivered = delivery.getTotalCount();
        return new Result(
                publishers.measured(),
                perSecond(publishers.measured(), publishers.seconds()),
                delivered,
                perSecond(delivered, untilLast / 1e9),
                Latency.of(delivery),
                Latency.of(publishers.latency()),
                new Faults(
                        sum(tallies, tally -> tally.checker().missing()),
                        sum(tallies, tally -> tally.checker().repeated()),
                        sum(tallies, tally -> tally.checker().reordered()),
                        sum(tallies, Tally::foreign),
                        publishers.failed(),
                        closed),
                resident,
                perConnection);
    }

    private static long sum(List<Tally> tallies, ToLongFunction<Tally> count) {
        return tallies.stream().mapToLong(count).sum();
    }

    private static double perSecond(long count, double seconds) {
        return count == 0 ? 0 : count / seconds;
    }
}
