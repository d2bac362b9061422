package relay.metrics;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * Durations, counted in buckets with fixed bounds. One thread at a time records, without a lock or an allocation. Any thread
 * may take a snapshot, which may miss what was recorded a moment before. No part of it ever falls.
 */
public final class Histogram {
    private static final double NANOS_PER_SECOND = 1e9;

    private final List<Double> bounds;
    private final long[] boundNanos;

    /** One for each bound, and one for what is beyond the last. */
    private final AtomicLongArray counts;

    private final Counter sumNanos = new Counter();

    /**
     * What a histogram held at one moment. Immutable.
     *
     * @param bounds the upper bounds in seconds, growing
     * @param counts for each bound the durations between it and the one before; at the end those beyond the last
     */
    public record Snapshot(List<Double> bounds, List<Long> counts, double sumSeconds) {
        public Snapshot {
            bounds = List.copyOf(bounds);
            counts = List.copyOf(counts);
        }

        /** This and another one together, which has the same bounds. */
        public Snapshot plus(Snapshot other) {
            if (!bounds.equals(other.bounds)) {
                throw new IllegalArgumentException("other bounds: " + other.bounds + ", not " + bounds);
            }
            List<Long> sums = IntStream.range(0, counts.size())
                    .mapToObj(bucket -> counts.get(bucket) + other.counts.get(bucket))
                    .toList();
            return new Snapshot(bounds, sums, sumSeconds + other.sumSeconds);
        }

        /** How many durations there are. */
        public long count() {
            return counts.stream().mapToLong(Long::longValue).sum();
        }
    }

    /** @param bounds the upper bounds of the buckets in seconds, growing, each one inclusive */
    public Histogram(List<Double> bounds) {
        this.bounds = List.copyOf(bounds);
        this.boundNanos = bounds.stream()
                .mapToLong(bound -> Math.round(bound * NANOS_PER_SECOND))
                .toArray();
        this.counts = new AtomicLongArray(boundNanos.length + 1);
    }

    /** Records one duration, in nanoseconds, that is not negative. */
    public void record(long nanos) {
        int bucket = 0;
        while (bucket < boundNanos.length && nanos > boundNanos[bucket]) {
            bucket++;
        }
        counts.setOpaque(bucket, counts.getPlain(bucket) + 1);
        sumNanos.add(nanos);
    }

    /** What has been recorded so far. */
    public Snapshot snapshot() {
        List<Long> copy =
                IntStream.range(0, counts.length()).mapToObj(counts::getOpaque).toList();
        return new Snapshot(bounds, copy, sumNanos.get() / NANOS_PER_SECOND);
    }
}
