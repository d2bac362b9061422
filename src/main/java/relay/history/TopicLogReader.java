package relay.history;

import org.jspecify.annotations.Nullable;

/** Reads a log up to an end that was fixed when it was looked up. With the history's lock held, but for the sequence. */
final class TopicLogReader {
    private static final int NO_RANK = Integer.MAX_VALUE;

    private final TopicLogKey key;
    private final TopicLog log;
    private final long end;
    private long place;
    private long sequence;
    private int rank;

    private TopicLogReader(TopicLogKey key, TopicLog log, long place, long end) {
        this.key = key;
        this.log = log;
        this.end = end;
        at(place);
    }

    private void at(long next) {
        place = next;
        sequence = log.sequence(next);
        rank = next < log.inMemory() ? NO_RANK : log.get(next).rank();
    }

    /**
     * Of logs that have the same message next, because it has several topics, the one with the least: that of the first topic. What only
     * the archive has comes last.
     */
    int rank() {
        return rank;
    }

    /** A reader of what a log has after a sequence and up to another; absent if that is nothing. */
    @Nullable
    static TopicLogReader of(TopicLogKey key, TopicLog log, long after, long through) {
        long begin = log.firstAfter(after);
        long end = log.firstAfter(through);
        return begin < end ? new TopicLogReader(key, log, begin, end) : null;
    }

    TopicLogKey key() {
        return key;
    }

    TopicLog log() {
        return log;
    }

    /** The sequence of the next message, even if that has been removed meanwhile. */
    long sequence() {
        return sequence;
    }

    /**
     * Whether the next message has been removed, or is too old now; not if it had expired, nor if it was taken from another log.
     *
     * @param taken the sequence of the last message that was
     */
    boolean isLost(long now, long age, long taken) {
        log.hide(now, age);
        return isGone() && log.trimPoint().through() >= Math.max(sequence, taken + 1);
    }

    /** Whether the next message has been removed, or is hidden: if it is not lost, it had expired or was taken. */
    boolean isGone() {
        return place < log.begin();
    }

    /** Whether the next message, which is not lost, is in the archive only. */
    boolean isArchived() {
        return place < log.inMemory();
    }

    /** Where the archive has the next message. */
    long location() {
        return log.location(place);
    }

    /** The next message, which is in memory. */
    StoredMessage message() {
        return log.get(place);
    }

    /** Goes on to the next message that is left; false if there is none. This one must not be lost. */
    boolean advance() {
        // Those before the first one that is left are not wanted, if the one here is not lost.
        long next = Math.max(place + 1, log.begin());
        if (next < end) {
            at(next);
            return true;
        }
        return false;
    }
}
