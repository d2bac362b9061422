package relay.engine.disk;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * How long messages are kept: it remembers now and then which sequence was the newest, and says when a segment has to be begun or
 * deleted. For the writer's thread.
 */
final class Retention {
    /** The bytes and messages of all segments are this many times those of one. */
    private static final int SEGMENTS = 8;

    private static final long MOST_SEGMENT_BYTES = 64L << 20;
    private static final long LEAST_SEGMENT_BYTES = 1L << 20;
    private static final int SEGMENTS_OF_AN_AGE = 4;
    private static final long LEAST_SEGMENT_MILLIS = 60_000;

    private static final long MILLIS_PER_SECOND = 1000;

    /** How many samples there are of an age. */
    private static final int SAMPLES = 1000;

    /** What a cursor takes of the log, about. */
    private static final int CURSOR_BYTES = 8;

    private static final int MOST_CURSORS = 10_000;
    private static final int FEWEST_CURSORS = 100;

    private final long mostBytes;
    private final long mostMessages;
    private final long ageMillis;
    private final Deque<Sample> samples = new ArrayDeque<>();

    /** The newest sequence so far, -1 if it is in a sample; and since when it would be the next sample. */
    private long newest = -1;

    private long newestMillis;

    /** Messages up to this sequence were stored in the sampling time that began then. */
    private record Sample(long sequence, long sinceMillis) {}

    Retention(DiskOptions options) {
        this.mostBytes = options.bytes();
        this.mostMessages = options.mostMessages();
        this.ageMillis = options.age().toMillis();
    }

    /** Messages up to a sequence are there now. */
    void stored(long sequence, long timeMillis) {
        if (newest < 0 || Math.abs(timeMillis - newestMillis) >= ageMillis / SAMPLES) {
            keepNewest();
            newestMillis = timeMillis;
        }
        newest = sequence;
    }

    private void keepNewest() {
        if (newest >= 0) {
            samples.add(new Sample(newest, newestMillis));
        }
        newest = -1;
    }

    /** The sequence up to which messages have become too old since the last call; -1 if none have. */
    long takeAged(long nowMillis) {
        if (newest >= 0 && isAged(newestMillis, nowMillis)) {
            keepNewest();
        }
        long aged = -1;
        Sample oldest = samples.peekFirst();
        while (oldest != null && isAged(oldest.sinceMillis(), nowMillis)) {
            aged = oldest.sequence();
            samples.removeFirst();
            oldest = samples.peekFirst();
        }
        return aged;
    }

    private boolean isAged(long sinceMillis, long nowMillis) {
        return nowMillis - sinceMillis >= ageMillis + ageMillis / SAMPLES;
    }

    /**
     * How many cursors are written in a second at most. They take no more than half of what the log can take in for its age: else
     * it would be cursors that push the messages out.
     */
    int cursorsPerSecond() {
        long most = mostBytes / 2 * MILLIS_PER_SECOND / Math.max(1, ageMillis) / CURSOR_BYTES;
        return (int) Math.max(FEWEST_CURSORS, Math.min(MOST_CURSORS, most));
    }

    /** Whether the next record begins a new segment. */
    boolean isRollDue(@Nullable Segment current, long nowMillis) {
        if (current == null) {
            return true;
        }
        long segmentBytes = Math.max(LEAST_SEGMENT_BYTES, Math.min(MOST_SEGMENT_BYTES, mostBytes / SEGMENTS));
        return current.size() >= segmentBytes
                || current.messages() >= Math.max(1, mostMessages / SEGMENTS)
                || isRollByAgeDue(current, nowMillis);
    }

    /** Whether a segment has messages that are much older than the next one. */
    boolean isRollByAgeDue(Segment current, long nowMillis) {
        return current.messages() > 0
                && nowMillis - current.firstMillis() >= Math.max(LEAST_SEGMENT_MILLIS, ageMillis / SEGMENTS_OF_AN_AGE);
    }

    /**
     * Whether the oldest of some segments has to go. None that is young goes for its age: what lives on would be written again and again
     * where messages live for a moment only.
     */
    boolean isDeletionDue(Segment oldest, SegmentLog log, long nowMillis) {
        boolean aged =
                nowMillis - oldest.lastMillis() >= ageMillis && nowMillis - oldest.madeMillis() >= LEAST_SEGMENT_MILLIS;
        return log.bytes() > mostBytes || log.messages() > mostMessages || aged;
    }
}
