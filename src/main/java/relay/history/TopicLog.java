package relay.history;

import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The stored messages of one topic that are for everybody, or for one user, by growing sequence: added at the end, removed at
 * the front, found by their sequence. With the history's lock held.
 *
 * <p>Messages that are too old are hidden before they are removed: many become too old at once, and are removed a few at a
 * time. Readers do not find hidden messages, and these count as trimmed. A place is the number of a message among all that
 * were ever added, so it stays the same when others are removed.
 */
final class TopicLog {
    private @Nullable StoredMessage[] ring = new StoredMessage[4];
    private int first;
    private int size;

    /** How many of the messages are too old, from the first on. */
    private int hidden;

    private long removed;
    private long trimmedThrough;
    private final long perhapsTrimmedThrough;

    /** @param trimPoint up to where it was trimmed before */
    TopicLog(TrimPoints.TrimPoint trimPoint) {
        this.trimmedThrough = trimPoint.through();
        this.perhapsTrimmedThrough = trimPoint.perhapsThrough();
    }

    /** How many messages there are, hidden ones among them. */
    int size() {
        return size;
    }

    /** Up to where it has been trimmed. */
    TrimPoints.TrimPoint trimPoint() {
        return new TrimPoints.TrimPoint(trimmedThrough, perhapsTrimmedThrough);
    }

    /** The place of the first message, hidden or not. */
    long first() {
        return removed;
    }

    /** The place of the first message that is not hidden. */
    long begin() {
        return removed + hidden;
    }

    /** The place after the last message. */
    long end() {
        return removed + size;
    }

    StoredMessage get(long place) {
        return Objects.requireNonNull(ring[index((int) (place - removed))]);
    }

    void add(StoredMessage message) {
        if (size == ring.length) {
            grow();
        }
        ring[index(size++)] = message;
    }

    StoredMessage removeFirst() {
        StoredMessage message = get(removed);
        ring[first] = null;
        first = index(1);
        size--;
        removed++;
        if (hidden > 0) {
            hidden--;
        } else {
            trimmedThrough = message.sequence();
        }
        return message;
    }

    /** Hides the messages that are too old. */
    void hide(long now, long age) {
        long low = begin();
        long high = end();
        if (low == high || !get(low).isOlder(now, age)) {
            return;
        }
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (get(middle).isOlder(now, age)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        // One publisher's clock may be a moment behind another's: then the first message may be the only one that is
        // too old.
        low = Math.max(low, begin() + 1);
        trimmedThrough = get(low - 1).sequence();
        hidden = (int) (low - removed);
    }

    /** The place of the first message after a sequence that is not hidden; the end if there is none. */
    long firstAfter(long sequence) {
        long low = begin();
        long high = end();
        // Most readers want everything or nothing, and a binary search touches memory far apart.
        if (low == high || get(low).sequence() > sequence) {
            return low;
        }
        if (get(high - 1).sequence() <= sequence) {
            return high;
        }
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (get(middle).sequence() <= sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Of the messages in two logs up to a sequence, the last so many (from 1): the sequence of the first of these; 0 if there
     * are none.
     */
    static long firstOfLast(int count, long through, TopicLog one, TopicLog other) {
        long oneEnd = one.firstAfter(through);
        long otherEnd = other.firstAfter(through);
        long ones = oneEnd - one.begin();
        long others = otherEnd - other.begin();
        long all = Math.min(count, ones + others);
        if (all == 0) {
            return 0;
        }
        // Binary search for how many of them are in the one log: more, while the next one there comes after the first
        // that is taken of the other log.
        long low = Math.max(0, all - others);
        long high = Math.min(all, ones);
        while (low < high) {
            long ofOne = (low + high) >>> 1;
            if (one.get(oneEnd - ofOne - 1).sequence()
                    > other.get(otherEnd - (all - ofOne)).sequence()) {
                low = ofOne + 1;
            } else {
                high = ofOne;
            }
        }
        long ofOther = all - low;
        return Math.min(
                low == 0 ? Long.MAX_VALUE : one.get(oneEnd - low).sequence(),
                ofOther == 0 ? Long.MAX_VALUE : other.get(otherEnd - ofOther).sequence());
    }

    private int index(int position) {
        return (first + position) & (ring.length - 1);
    }

    private void grow() {
        StoredMessage[] larger = new StoredMessage[ring.length * 2];
        for (int position = 0; position < size; position++) {
            larger[position] = ring[index(position)];
        }
        ring = larger;
        first = 0;
    }

    /** Reads a log up to an end that was fixed when it was looked up. With the history's lock held, but for the sequence. */
    static final class Reader {
        private final TopicLog log;
        private final long end;
        private long place;
        private long sequence;

        private Reader(TopicLog log, long place, long end) {
            this.log = log;
            this.place = place;
            this.end = end;
            this.sequence = log.get(place).sequence();
        }

        /** Adds a reader of what a log has after a sequence and up to another, unless that is nothing. */
        static void queue(TopicLog log, long after, long through, Queue<Reader> readers) {
            long begin = log.firstAfter(after);
            long end = log.firstAfter(through);
            if (begin < end) {
                readers.add(new Reader(log, begin, end));
            }
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

        StoredMessage message() {
            return log.get(place);
        }

        /** Goes on to the next message; false if there is none. */
        boolean advance() {
            place++;
            boolean more = place < end;
            if (more) {
                sequence = log.get(place).sequence();
            }
            return more;
        }
    }
}
