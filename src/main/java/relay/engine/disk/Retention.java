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

    /** How many samples there are of an age. */
    private static final int SAMPLES = 1000;

    private final long mostBytes;
    private final long mostMessages;
    private final long ageMillis;
    private final Deque<Sample> samples = new ArrayDeque<>();

    /** Messages up to a sequence were stored from this time on. Changed in place: a start comes by with every message. */
    private static final class Sample {
        final long timeMillis;
        long sequence;

        Sample(long sequence, long timeMillis) {
            this.sequence = sequence;
            this.timeMillis = timeMillis;
        }
    }

    Retention(DiskOptions options) {
        this.mostBytes = options.bytes();
        this.mostMessages = options.mostMessages();
        this.ageMillis = options.age().toMillis();
    }

    /** Messages up to a sequence are there now. */
    void stored(long sequence, long timeMillis) {
        Sample last = samples.peekLast();
        if (last == null || Math.abs(timeMillis - last.timeMillis) >= ageMillis / SAMPLES) {
            samples.add(new Sample(sequence, timeMillis));
        } else {
            last.sequence = Math.max(last.sequence, sequence);
        }
    }

    /** The sequence up to which messages have become too old since the last call; -1 if none have. */
    long takeAged(long nowMillis) {
        long aged = -1;
        Sample oldest = samples.peekFirst();
        while (oldest != null && nowMillis - oldest.timeMillis >= ageMillis + ageMillis / SAMPLES) {
            aged = oldest.sequence;
            samples.removeFirst();
            oldest = samples.peekFirst();
        }
        return aged;
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

    /** Whether the oldest of some segments has to go. */
    boolean isDeletionDue(Segment oldest, SegmentLog log, long nowMillis) {
        return log.bytes() > mostBytes || log.messages() > mostMessages || nowMillis - oldest.lastMillis() >= ageMillis;
    }
}
