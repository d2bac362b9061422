package relay.history;

import java.util.Queue;

/** Reads a log up to an end that was fixed when it was looked up. With the history's lock held, but for the sequence. */
final class TopicLogReader {
    private final TopicLogKey key;
    private final TopicLog log;
    private final long end;
    private long place;
    private long sequence;

    private TopicLogReader(TopicLogKey key, TopicLog log, long place, long end) {
        this.key = key;
        this.log = log;
        this.place = place;
        this.end = end;
        this.sequence = log.sequence(place);
    }

    /** Adds a reader of what a log has after a sequence and up to another, unless that is nothing. */
    static void queue(TopicLogKey key, TopicLog log, long after, long through, Queue<TopicLogReader> readers) {
        long begin = log.firstAfter(after);
        long end = log.firstAfter(through);
        if (begin < end) {
            readers.add(new TopicLogReader(key, log, begin, end));
        }
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

    /** Whether the next message has been removed, or is too old now. */
    boolean isLost(long now, long age) {
        log.hide(now, age);
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

    /** Goes on to the next message; false if there is none. */
    boolean advance() {
        place++;
        boolean more = place < end;
        if (more) {
            sequence = log.sequence(place);
        }
        return more;
    }
}
