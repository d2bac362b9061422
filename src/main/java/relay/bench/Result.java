package relay.bench;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/**
 * What a run showed.
 *
 * @param published messages that count
 * @param publishesPerSecond until the relay had answered the last of them
 * @param delivered how often they came at a subscriber
 * @param deliveriesPerSecond until the last of them came
 * @param delivery from the moment a message was to be sent until it came
 * @param publish from the same moment until its request was answered; of no messages if they were streamed
 * @param faults what must not be
 * @param resident the relay's memory after the load, in bytes
 * @param perConnection what a connection added to it, in bytes, with its registration and before the load
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
     * What must not be: counted over the whole run, the warm-up too.
     *
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
            Received received,
            Schedule.Span span,
            long closed,
            OptionalLong resident,
            OptionalDouble perConnection) {
        long delivered = received.latency().getTotalCount();
        return new Result(
                publishers.measured(),
                perSecond(publishers.measured(), publishers.seconds()),
                delivered,
                perSecond(delivered, (received.lastMeasured() - span.measureFrom()) / 1e9),
                Latency.of(received.latency()),
                Latency.of(publishers.latency()),
                new Faults(
                        received.missing(),
                        received.repeated(),
                        received.reordered(),
                        received.foreign(),
                        publishers.failed(),
                        closed),
                resident,
                perConnection);
    }

    private static double perSecond(long count, double seconds) {
        return count == 0 ? 0 : count / seconds;
    }
}
