package relay.engine.disk;

import java.util.List;
import java.util.stream.IntStream;
import relay.metrics.Histogram;

/**
 * What an engine on disk has to tell about itself at one moment.
 *
 * @param bytes how much the files take
 * @param segments how many there are
 * @param messages how many are in them
 * @param registrations how many are stored
 * @param idempotencyKeys how many are stored
 * @param retainedValues how many are stored
 * @param syncs how long the disk took for each group
 * @param groups how many messages a group had; where a snapshot says seconds, these are messages
 * @param recoverySeconds how long the start took
 * @param damagedRanges how many damaged places the start has found
 * @param takesMessages whether it takes anything in now
 */
public record DiskFigures(
        long bytes,
        int segments,
        long messages,
        int registrations,
        int idempotencyKeys,
        int retainedValues,
        Histogram.Snapshot syncs,
        Histogram.Snapshot groups,
        double recoverySeconds,
        int damagedRanges,
        boolean takesMessages) {
    private static final List<Double> SYNC_BOUNDS =
            List.of(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5);
    private static final List<Integer> GROUP_BOUNDS = List.of(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384);
    private static final double NANOS_PER_SECOND = 1e9;

    /** What the writer's thread counts; any thread may read. */
    static final class Gauges {
        private final Histogram syncs = new Histogram(SYNC_BOUNDS);

        /** A message counts as a nanosecond. */
        private final Histogram groups = new Histogram(
                GROUP_BOUNDS.stream().map(bound -> bound / NANOS_PER_SECOND).toList());

        private volatile Totals totals = new Totals(0, 0, 0, 0, 0, 0);

        private record Totals(long bytes, int segments, long messages, int registrations, int keys, int retained) {}

        void synced(long nanos) {
            syncs.record(nanos);
        }

        void stored(int messages) {
            groups.record(messages);
        }

        void holds(SegmentLog log, LiveState live) {
            totals = new Totals(
                    log.bytes(),
                    log.count(),
                    log.messages(),
                    live.registrations(),
                    live.keys(),
                    live.retained().count());
        }

        DiskFigures figures(double recoverySeconds, int damagedRanges, boolean takesMessages) {
            Totals now = totals;
            Histogram.Snapshot sizes = groups.snapshot();
            return new DiskFigures(
                    now.bytes(),
                    now.segments(),
                    now.messages(),
                    now.registrations(),
                    now.keys(),
                    now.retained(),
                    syncs.snapshot(),
                    new Histogram.Snapshot(
                            IntStream.range(0, GROUP_BOUNDS.size())
                                    .mapToObj(i -> (double) GROUP_BOUNDS.get(i))
                                    .toList(),
                            sizes.counts(),
                            sizes.sumSeconds() * NANOS_PER_SECOND),
                    recoverySeconds,
                    damagedRanges,
                    takesMessages);
        }
    }
}
