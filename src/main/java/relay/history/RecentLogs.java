package relay.history;

import org.jspecify.annotations.Nullable;

/**
 * To which logs the last messages came, by growing sequence: whoever has had all but these need not look at other logs. It takes some
 * bytes for each of {@value #MOST} messages, from when it begins. With the history's lock held.
 */
final class RecentLogs {
    static final int MOST = 1 << 17;

    private @Nullable TopicLogKey[] keys = new TopicLogKey[0];
    private long[] sequences = new long[0];

    /** How many there have been. */
    private long added;

    /** Of the logs of messages up to this one nothing is known. */
    private long unknownThrough;

    /** @param newest the sequence of the newest message so far */
    void begin(long newest) {
        keys = new TopicLogKey[MOST];
        sequences = new long[MOST];
        unknownThrough = Math.max(unknownThrough, newest);
    }

    /** The next message came to a log, or was not stored there. */
    void add(TopicLogKey key, long sequence) {
        int place = place(added++);
        if (added > MOST) {
            unknownThrough = Math.max(unknownThrough, sequences[place]);
        }
        keys[place] = key;
        sequences[place] = sequence;
    }

    /** Logs that are not here may have got other messages up to a sequence, or have lost some. */
    void forget(long through) {
        unknownThrough = Math.max(unknownThrough, through);
    }

    /** Whether all logs are here that a message after a sequence came to. */
    boolean areAllAfter(long sequence) {
        return sequence >= unknownThrough;
    }

    /** How many there have been. */
    long end() {
        return added;
    }

    /** The number of the first one, of those that there have been, whose message came after a sequence. */
    long firstAfter(long sequence) {
        long low = Math.max(0, added - sequences.length);
        long high = added;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (sequences[place(middle)] <= sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    TopicLogKey key(long number) {
        TopicLogKey key = keys[place(number)];
        if (key == null) {
            throw new IllegalStateException("there is no log " + number);
        }
        return key;
    }

    long sequence(long number) {
        return sequences[place(number)];
    }

    private static int place(long number) {
        return (int) (number & (MOST - 1));
    }
}
