package relay.bench;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * What is to be told of a run in which something goes wrong on purpose, by its flags {@code --cuts}, {@code --restarts} or
 * {@code --slow}: it has one of them at most.
 *
 * @param load the run's flags
 * @param expected how many deliveries there are when every subscriber has every message
 * @param returns how subscribers came back
 * @param stalls those that did not read
 * @param ready after how long each new relay was ready, from the end of the one before, in milliseconds
 * @param back after how long all subscribers were connected to it
 * @param sentAgain publish requests that were sent again because there was no answer
 */
record Trial(
        BenchOptions load,
        long expected,
        Returns returns,
        Stalls stalls,
        List<Long> ready,
        List<Long> back,
        long sentAgain) {
    private static final Duration OFFLINE = Duration.ofSeconds(2);
    private static final double NANOS_PER_MILLI = 1e6;

    /** Percents are told to four digits, and rounded down: one message that is missing must show. */
    private static final double PERCENT_DIGITS = 1e4;

    Trial {
        ready = List.copyOf(ready);
        back = List.copyOf(back);
    }

    /** Whether subscribers come back when their connections have ended. */
    static boolean areReturning(BenchOptions load) {
        return load.cuts() > 0 || load.restarts() > 0;
    }

    /** How long a subscriber stays away after a cut. */
    static Duration offline(BenchOptions load) {
        return load.offline().orElse(OFFLINE);
    }

    /** How long a run publishes measured messages. */
    static Duration length(BenchOptions load) {
        Duration duration = BenchRun.duration(load);
        if (load.rate() == 0 || load.messages().isEmpty()) {
            return duration;
        }
        Duration needed = Duration.ofNanos(Math.round(1e9 * load.messages().get() / load.rate()));
        return needed.compareTo(duration) < 0 ? needed : duration;
    }

    /** Lines for people; none if nothing went wrong on purpose. */
    String rows(Result.Faults faults) {
        if (load.slow() > 0) {
            return format("%nslow subscribers: %,d still connected%s%n", stalls.connected(), ends());
        }
        if (!areReturning(load)) {
            return "";
        }
        String what = load.cuts() > 0
                ? format(
                        "cuts %,d, each for %,d ms",
                        returns.cuts.sum(), offline(load).toMillis())
                : format(
                        "killed relays %,d of %,d, ready again after ms %s, all subscribers back after ms %s%n"
                                + "lost connections %,d, requests sent again %,d",
                        ready.size(), load.restarts(), ready, back, returns.lost.sum(), sentAgain);
        return format("%n%s%n", what)
                + format(
                        "delivered %.4f %%, repeated %.4f for each return, announced gaps %,d%n",
                        percent(faults), repeats(faults), returns.gaps.sum())
                + format("%-12s %10s %10s %10s %10s%n", "returns, ms", "p50", "p95", "p99", "max")
                + row("reconnect", returns.away())
                + row("replay", returns.replay());
    }

    /** Fields of a JSON object, with a comma before them; none if nothing went wrong on purpose. */
    String json(Result.Faults faults) {
        if (load.slow() > 0) {
            String ends = new TreeMap<>(stalls.ended())
                    .entrySet().stream()
                            .map(end -> format("\"%s\":%d", end.getKey(), end.getValue()))
                            .collect(Collectors.joining(","));
            return format(",\"slow\":{\"connected\":%d,\"ended\":{%s}}", stalls.connected(), ends);
        }
        if (!areReturning(load)) {
            return "";
        }
        return format(
                ",\"cuts\":%d,\"offline_ms\":%d,\"restarts\":%d,\"ready_ms\":%s,\"back_ms\":%s,\"lost_connections\":%d,\"sent_again\":%d,"
                        + "\"delivered_percent\":%.4f,\"repeats_per_return\":%.4f,\"gaps\":%d,"
                        + "\"reconnect_ms\":%s,\"replay_ms\":%s",
                returns.cuts.sum(),
                offline(load).toMillis(),
                ready.size(),
                ready,
                back,
                returns.lost.sum(),
                sentAgain,
                percent(faults),
                repeats(faults),
                returns.gaps.sum(),
                json(returns.away()),
                json(returns.replay()));
    }

    private double percent(Result.Faults faults) {
        return expected == 0
                ? 100
                : Math.floor(100.0 * PERCENT_DIGITS * (expected - faults.missing()) / expected) / PERCENT_DIGITS;
    }

    private double repeats(Result.Faults faults) {
        return (double) faults.repeated() / Math.max(1, returns.cuts.sum() + returns.lost.sum());
    }

    private String ends() {
        return new TreeMap<>(stalls.ended())
                .entrySet().stream()
                        .map(end -> format(", %,d closed with %s", end.getValue(), end.getKey()))
                        .collect(Collectors.joining());
    }

    private static String row(String name, Histogram nanos) {
        return format(
                "%-12s %10.2f %10.2f %10.2f %10.2f%n",
                name, millis(nanos, 50), millis(nanos, 95), millis(nanos, 99), millis(nanos, 100));
    }

    private static String json(Histogram nanos) {
        return format(
                "{\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"max\":%.3f}",
                millis(nanos, 50), millis(nanos, 95), millis(nanos, 99), millis(nanos, 100));
    }

    private static double millis(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
