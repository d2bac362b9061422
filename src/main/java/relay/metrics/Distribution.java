package relay.metrics;

import java.util.Arrays;
import java.util.List;

/** How many of some durations lay between which bounds. Immutable. */
public final class Distribution {
    private final List<Double> bounds;
    private final long[] counts;
    private final double sumSeconds;

    /**
     * Takes over what was counted.
     *
     * @param bounds the upper bounds in seconds, growing
     * @param counts for each bound what lies between it and the one before, and at the end what is beyond the last: from
     *     now on this object's own
     */
    Distribution(List<Double> bounds, long[] counts, double sumSeconds) {
        this.bounds = bounds;
        this.counts = counts;
        this.sumSeconds = sumSeconds;
    }

    /** This and another one together, which has the same bounds. */
    public Distribution plus(Distribution other) {
        if (!bounds.equals(other.bounds)) {
            throw new IllegalArgumentException("other bounds: " + other.bounds + ", not " + bounds);
        }
        long[] sums = new long[counts.length];
        Arrays.setAll(sums, i -> counts[i] + other.counts[i]);
        return new Distribution(bounds, sums, sumSeconds + other.sumSeconds);
    }

    /** How many durations there are. */
    public long count() {
        return Arrays.stream(counts).sum();
    }

    /** How long they are together. */
    public double sumSeconds() {
        return sumSeconds;
    }

    /** The upper bounds in seconds; beyond the last there is one more bucket. */
    List<Double> bounds() {
        return bounds;
    }

    /** How many lie in a bucket and in no lower one. */
    long count(int bucket) {
        return counts[bucket];
    }
}
