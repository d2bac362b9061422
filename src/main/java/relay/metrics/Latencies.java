package relay.metrics;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long something took, each time: a histogram with fixed bounds. One thread at a time records, without a lock or an
 * allocation; any thread may read it, and finds what was recorded a moment before, or that. No part of it ever falls.
 */
public final class Latencies {
    private static final double NANOS_PER_SECOND = 1e9;

    private final List<Double> bounds;
    private final long[] boundNanos;

    /** One for each bound, and one for what is beyond the last. */
    private final AtomicLongArray counts;

    private final Count sumNanos = new Count();

    /** @param bounds the upper bounds of the buckets in seconds, growing, each one inclusive */
    public Latencies(List<Double> bounds) {
        this.bounds = List.copyOf(bounds);
        this.boundNanos = bounds.stream()
                .mapToLong(bound -> Math.round(bound * NANOS_PER_SECOND))
                .toArray();
        this.counts = new AtomicLongArray(boundNanos.length + 1);
    }

    /** Counts one duration, in nanoseconds, that is not negative. */
    public void record(long nanos) {
        int bucket = 0;
        while (bucket < boundNanos.length && nanos > boundNanos[bucket]) {
            bucket++;
        }
        counts.setOpaque(bucket, counts.getPlain(bucket) + 1);
        sumNanos.add(nanos);
    }

    /** What has been recorded so far. */
    public Distribution distribution() {
        long[] copy = new long[counts.length()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.getOpaque(i);
        }
        return new Distribution(bounds, copy, sumNanos.get() / NANOS_PER_SECOND);
    }
}
