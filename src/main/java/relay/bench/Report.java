package relay.bench;

import java.util.Locale;

/** A result for people, and for programs. */
final class Report {
    private final Load load;
    private final Result result;

    Report(Load load, Result result) {
        this.load = load;
        this.result = result;
    }

    /** A table, with a line end after each line. */
    String table() {
        StringBuilder table = new StringBuilder();
        line(
                table,
                "connections %,d, topics %,d, publishers %,d (%s), bytes %,d, %s",
                load.connections(),
                load.topics(),
                load.publishers(),
                load.stream() ? "one NDJSON stream each" : "one request at a time each",
                load.size(),
                load.rate() == 0 ? "as fast as possible" : String.format(Locale.ROOT, "%,d messages/s", load.rate()));
        line(table, "");
        line(table, "%-12s %,15d %,15.0f /s", "published", result.published(), result.publishesPerSecond());
        line(table, "%-12s %,15d %,15.0f /s", "delivered", result.delivered(), result.deliveriesPerSecond());
        line(table, "");
        line(table, "%-12s %10s %10s %10s %10s", "latency, ms", "p50", "p99", "p99.9", "max");
        latency(table, "delivery", result.delivery());
        latency(table, "publish", result.publish());
        line(table, "");
        Result.Faults faults = result.faults();
        line(
                table,
                "missing %,d, repeated %,d, reordered %,d, foreign %,d",
                faults.missing(),
                faults.repeated(),
                faults.reordered(),
                faults.foreign());
        line(table, "failed publishes %,d, closed connections %,d", faults.failed(), faults.closed());
        result.perConnection()
                .ifPresent(bytes -> line(table, "memory: %,.1f KiB resident for each connection", bytes / 1024));
        result.resident()
                .ifPresent(bytes -> line(table, "memory: %,.0f MiB resident after the load", bytes / 1024.0 / 1024));
        return table.toString();
    }

    /** One JSON object, in one line. */
    String json() {
        Result.Faults faults = result.faults();
        return String.format(
                Locale.ROOT,
                "{\"connections\":%d,\"topics\":%d,\"publishers\":%d,\"ndjson\":%b,\"size\":%d,\"rate\":%d,"
                        + "\"published\":%d,\"publishes_per_s\":%.1f,\"delivered\":%d,\"deliveries_per_s\":%.1f,"
                        + "\"delivery_ms\":%s,\"publish_ms\":%s,"
                        + "\"missing\":%d,\"repeated\":%d,\"reordered\":%d,\"foreign\":%d,"
                        + "\"publish_failures\":%d,\"closed\":%d,"
                        + "\"resident_bytes\":%s,\"resident_bytes_per_connection\":%s}",
                load.connections(),
                load.topics(),
                load.publishers(),
                load.stream(),
                load.size(),
                load.rate(),
                result.published(),
                result.publishesPerSecond(),
                result.delivered(),
                result.deliveriesPerSecond(),
                json(result.delivery()),
                json(result.publish()),
                faults.missing(),
                faults.repeated(),
                faults.reordered(),
                faults.foreign(),
                faults.failed(),
                faults.closed(),
                result.resident().isPresent() ? String.valueOf(result.resident().getAsLong()) : "null",
                result.perConnection().isPresent()
                        ? String.valueOf(Math.round(result.perConnection().getAsDouble()))
                        : "null");
    }

    private static String json(Result.Latency latency) {
        return latency.count() == 0
                ? "null"
                : String.format(
                        Locale.ROOT,
                        "{\"p50\":%.3f,\"p99\":%.3f,\"p99_9\":%.3f,\"max\":%.3f}",
                        latency.p50(),
                        latency.p99(),
                        latency.p999(),
                        latency.max());
    }

    private static void latency(StringBuilder table, String name, Result.Latency latency) {
        if (latency.count() > 0) {
            line(
                    table,
                    "%-12s %10.2f %10.2f %10.2f %10.2f",
                    name,
                    latency.p50(),
                    latency.p99(),
                    latency.p999(),
                    latency.max());
        }
    }

    private static void line(StringBuilder table, String format, Object... values) {
        table.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
    }
}
