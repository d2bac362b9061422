package relay.bench;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/**
 * The result of a run, for people and for programs.
 *
 * @param published measured messages
 * @param publishesPerSecond until the relay had answered the last of them
 * @param delivered how often they arrived at a subscriber
 * @param deliveriesPerSecond until the last of them arrived
 * @param delivery from the moment a message was due until it arrived
 * @param publish from the same moment until its request was answered; of no messages if they were streamed
 * @param faults what must not happen
 * @param trial what went wrong on purpose
 */
record Result(
        long published,
        double publishesPerSecond,
        long delivered,
        double deliveriesPerSecond,
        Latency delivery,
        Latency publish,
        Faults faults,
        Paused paused,
        Memory memory,
        Trial trial) {
    private static final double NANOS_PER_SECOND = 1e9;

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

        private String json() {
            return count == 0
                    ? "null"
                    : format("{\"p50\":%.3f,\"p99\":%.3f,\"p99_9\":%.3f,\"max\":%.3f}", p50, p99, p999, max);
        }

        private String row(String name) {
            return count == 0 ? "" : format("%-12s %10.2f %10.2f %10.2f %10.2f%n", name, p50, p99, p999, max);
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

    /** The longest time, of those measured, that each virtual machine stood still, in milliseconds; empty: not known. */
    record Paused(OptionalDouble relay, OptionalDouble bench) {
        private String row() {
            return format(
                    "%-45s %10s%n%-45s %10s%n",
                    "longest pause of the relay's JVM", text(relay), "longest pause of the bench's JVM", text(bench));
        }

        private static String text(OptionalDouble millis) {
            return millis.isPresent() ? format("%.2f", millis.getAsDouble()) : "not known";
        }
    }

    /**
     * The relay's memory in bytes; empty: not known.
     *
     * @param resident after the load
     * @param perConnection what one registered connection added to it before the load
     */
    record Memory(OptionalLong resident, OptionalDouble perConnection) {
        private String rows() {
            return (perConnection.isEmpty()
                            ? ""
                            : format(
                                    "memory: %,.1f KiB resident for each connection%n",
                                    perConnection.getAsDouble() / 1024))
                    + (resident.isEmpty()
                            ? ""
                            : format(
                                    "memory: %,.0f MiB resident after the load%n",
                                    resident.getAsLong() / 1024.0 / 1024));
        }
    }

    static Result of(
            List<Publisher> publishers,
            List<Tally> tallies,
            Schedule.Span span,
            long closed,
            Paused paused,
            Memory memory,
            Trial trial) {
        Histogram delivery = Tally.newHistogram();
        tallies.forEach(tally -> delivery.add(tally.latency()));
        Histogram publish = Tally.newHistogram();
        publishers.forEach(publisher -> publish.add(publisher.latency()));
        long published = sum(publishers, Publisher::measured);
        long untilAnswered = publishers.stream()
                .mapToLong(publisher -> publisher.finishedAt() - span.measureFrom())
                .max()
                .orElse(0);
        long untilLast = tallies.stream()
                .filter(tally -> tally.latency().getTotalCount() > 0)
                .mapToLong(tally -> tally.lastMeasured() - span.measureFrom())
                .max()
                .orElse(0);
        long delivered = delivery.getTotalCount() + sum(tallies, Tally::replayed);
        return new Result(
                published,
                perSecond(published, untilAnswered),
                delivered,
                perSecond(delivered, untilLast),
                Latency.of(delivery),
                Latency.of(publish),
                new Faults(
                        sum(tallies, tally -> tally.checker().missing()),
                        sum(tallies, tally -> tally.checker().repeated()),
                        sum(tallies, tally -> tally.checker().reordered()),
                        sum(tallies, Tally::foreign),
                        sum(publishers, Publisher::failed),
                        closed),
                paused,
                memory,
                trial);
    }

    /** A table, with a line end after each line. */
    String table(BenchOptions load) {
        return format(
                        "connections %,d, topics %,d, publishers %,d (%s), bytes %,d, %s%n%n",
                        load.connections(),
                        load.topics(),
                        load.publishers(),
                        load.ndjson() ? "one NDJSON stream each" : "one request at a time each",
                        load.size(),
                        load.rate() == 0 ? "as fast as possible" : format("%,d messages/s", load.rate()))
                + format("%-12s %,15d %,15.0f /s%n", "published", published, publishesPerSecond)
                + format("%-12s %,15d %,15.0f /s%n%n", "delivered", delivered, deliveriesPerSecond)
                + format("%-12s %10s %10s %10s %10s%n", "latency, ms", "p50", "p99", "p99.9", "max")
                + delivery.row("delivery")
                + publish.row("publish")
                + paused.row()
                + format(
                        "%nmissing %,d, repeated %,d, reordered %,d, foreign %,d%n",
                        faults.missing, faults.repeated, faults.reordered, faults.foreign)
                + format("failed publishes %,d, closed connections %,d%n", faults.failed, faults.closed)
                + memory.rows()
                + trial.rows(faults);
    }

    /** One JSON object, in one line. */
    String json(BenchOptions load) {
        return format(
                "{\"connections\":%d,\"topics\":%d,\"publishers\":%d,\"ndjson\":%b,\"size\":%d,\"rate\":%d,"
                        + "\"published\":%d,\"publishes_per_s\":%.1f,\"delivered\":%d,\"deliveries_per_s\":%.1f,"
                        + "\"delivery_ms\":%s,\"publish_ms\":%s,"
                        + "\"longest_pause_ms\":{\"relay\":%s,\"bench\":%s},"
                        + "\"missing\":%d,\"repeated\":%d,\"reordered\":%d,\"foreign\":%d,"
                        + "\"publish_failures\":%d,\"closed\":%d,"
                        + "\"resident_bytes\":%s,\"resident_bytes_per_connection\":%s%s}%n",
                load.connections(),
                load.topics(),
                load.publishers(),
                load.ndjson(),
                load.size(),
                load.rate(),
                published,
                publishesPerSecond,
                delivered,
                deliveriesPerSecond,
                delivery.json(),
                publish.json(),
                orNull("%.3f", paused.relay),
                orNull("%.3f", paused.bench),
                faults.missing,
                faults.repeated,
                faults.reordered,
                faults.foreign,
                faults.failed,
                faults.closed,
                memory.resident.isPresent() ? memory.resident.getAsLong() : "null",
                orNull("%.0f", memory.perConnection),
                trial.json(faults));
    }

    private static String orNull(String format, OptionalDouble value) {
        return value.isPresent() ? format(format, value.getAsDouble()) : "null";
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private static <T> long sum(List<T> parts, ToLongFunction<T> count) {
        return parts.stream().mapToLong(count).sum();
    }

    private static double perSecond(long count, long nanos) {
        return count == 0 ? 0 : count / (nanos / NANOS_PER_SECOND);
    }
}
