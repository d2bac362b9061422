package relay.history;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The held messages of one topic for one kind of receiver, by growing sequence: added at the end, removed at the front,
 * found by their sequence. Under the history's lock.
 *
 * <p>What has become too old is hidden before it is removed: many messages age at once, and are removed a few at a time.
 * Whoever reads does not find what is hidden, and it counts as gone. Places count every message that was ever added, so
 * that they stay what they are when others are removed.
 */
final class TopicLog {
    private @Nullable StoredMessage[] ring = new StoredMessage[4];
    private int first;
    private int held;

    /** How many of those that are held are too old, from the first on. */
    private int hidden;

    private long removed;
    private long trimmedThrough;
    private final long perhapsTrimmedThrough;

    /** @param trimPoint how far it went before */
    TopicLog(TrimPoints.TrimPoint trimPoint) {
        this.trimmedThrough = trimPoint.through();
        this.perhapsTrimmedThrough = trimPoint.perhapsThrough();
    }

    /** How many are held, those that are hidden among them. */
    int held() {
        return held;
    }

    /** How far what was here and is not any more went. */
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
        return removed + held;
    }

    StoredMessage get(long place) {
        return Objects.requireNonNull(ring[index((int) (place - removed))]);
    }

    void add(StoredMessage message) {
        if (held == ring.length) {
            grow();
        }
        ring[index(held++)] = message;
    }

    StoredMessage removeFirst() {
        StoredMessage message = get(removed);
        ring[first] = null;
        first = index(1);
        held--;
        removed++;
        if (hidden > 0) {
            hidden--;
        } else {
            trimmedThrough = message.sequence();
        }
        return message;
    }

    /** Hides what is too old. */
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
        // Where the clock of one publisher was a moment behind another's, the first one may be all that is too old.
        low = Math.max(low, begin() + 1);
        trimmedThrough = get(low - 1).sequence();
        hidden = (int) (low - removed);
    }

    /** The place of the first message after a sequence that is not hidden; the end if there is none. */
    long firstAfter(long sequence) {
        long low = begin();
        long high = end();
        // Most ask for all or for nothing, and what is far apart in memory is slow to look at.
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

    /** The sequence of the first of the last so many messages, from 1, of those in two logs up to a sequence; 0: of none. */
    static long firstOfLast(int count, long through, TopicLog one, TopicLog other) {
        long oneEnd = one.firstAfter(through);
        long otherEnd = other.firstAfter(through);
        long ones = oneEnd - one.begin();
        long others = otherEnd - other.begin();
        long all = Math.min(count, ones + others);
        if (all == 0) {
            return 0;
        }
        // How many of them are of the one: more, while the next of the one comes after the first that is taken of the
        // other.
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
        for (int position = 0; position < held; position++) {
            larger[position] = ring[index(position)];
        }
        ring = larger;
        first = 0;
    }
}
