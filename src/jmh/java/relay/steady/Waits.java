package relay.steady;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** How long each of some messages took until it was written. */
final class Waits {
    private static final double NANOS_PER_MILLI = 1e6;

    private final long[] sorted;

    Waits(LongStream nanos) {
        this.sorted = nanos.sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalStateException("nothing was published meanwhile");
        }
    }

    /** In milliseconds: the wait that this part of them does not exceed. */
    double millis(double part) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (part * sorted.length))] / NANOS_PER_MILLI;
    }

    double longestMillis() {
        return sorted[sorted.length - 1] / NANOS_PER_MILLI;
    }

    /** As figures of a situation. */
    List<Figure> figures(String situation) {
        return Arrays.asList(
                new Figure(situation + ": others wait, p50", millis(0.5), "ms"),
                new Figure(situation + ": others wait, p90", millis(0.9), "ms"),
                new Figure(situation + ": others wait, p99", millis(0.99), "ms"),
                new Figure(situation + ": others wait, longest", longestMillis(), "ms"));
    }
}
