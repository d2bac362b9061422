package relay.history;

import java.util.Queue;

/**
 * What is yet to be read of a log, up to a place that was fixed when it was looked up. Under the history's lock, but for
 * the sequence.
 */
final class TopicLogReader {
    private final TopicLog log;
    private final long end;
    private long place;
    private long sequence;

    private TopicLogReader(TopicLog log, long place, long end) {
        this.log = log;
        this.place = place;
        this.end = end;
        this.sequence = log.get(place).sequence();
    }

    /** What a log has after a sequence and up to another, unless that is nothing, is to be read. */
    static void queue(TopicLog log, long after, long through, Queue<TopicLogReader> readers) {
        long begin = log.firstAfter(after);
        long end = log.firstAfter(through);
        if (begin < end) {
            readers.add(new TopicLogReader(log, begin, end));
        }
    }

    /** The sequence of the next message, whether or not that is still there. */
    long sequence() {
        return sequence;
    }

    /** The next message is not there any more, or is now too old. */
    boolean isLost(long now, long age) {
        log.hide(now, age);
        return place < log.begin();
    }

    StoredMessage message() {
        return log.get(place);
    }

    /** Comes to the next message; false if there is none. */
    boolean advance() {
        place++;
        boolean more = place < end;
        if (more) {
            sequence = log.get(place).sequence();
        }
        return more;
    }
}
