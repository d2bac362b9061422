package relay.bench;

import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/** How the connections of a run ended on purpose, and how its subscribers came back. For any thread. */
final class Returns {
    /** Connections that the run cut. */
    final LongAdder cuts = new LongAdder();

    /** Connections that ended with a relay that was killed. */
    final LongAdder lost = new LongAdder();

    /** Notices that messages are no longer held. */
    final LongAdder gaps = new LongAdder();

    private final Histogram away = Tally.newHistogram();
    private final Histogram replay = Tally.newHistogram();

    /** Somebody is connected again, so long after it first wanted to be. */
    synchronized void back(long nanos) {
        Tally.record(away, nanos);
    }

    /** Somebody got what it had missed, the last of it so long after it was connected. */
    synchronized void replayed(long nanos) {
        Tally.record(replay, nanos);
    }

    /** From the moment a subscriber wanted to be connected again until it was, in nanoseconds. */
    synchronized Histogram away() {
        return away.copy();
    }

    /** From that moment until the last message came that was sent before it, in nanoseconds. */
    synchronized Histogram replay() {
        return replay.copy();
    }
}
