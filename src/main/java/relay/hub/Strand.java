package relay.hub;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The held messages of one topic for one kind of receiver, by growing sequence: added at the end, removed at the front,
 * found by their sequence. Under the history's lock.
 */
final class Strand {
    private @Nullable HeldMessage[] ring = new HeldMessage[4];
    private int first;
    private int size;
    private long trimmedThrough;
    private final long perhapsTrimmedThrough;

    /** @param gone how far it went before */
    Strand(Emptied.Gone gone) {
        this.trimmedThrough = gone.through();
        this.perhapsTrimmedThrough = gone.perhapsThrough();
    }

    int size() {
        return size;
    }

    /** How far what was here and is not any more went. */
    Emptied.Gone gone() {
        return new Emptied.Gone(trimmedThrough, perhapsTrimmedThrough);
    }

    HeldMessage get(int position) {
        return Objects.requireNonNull(ring[index(position)]);
    }

    void add(HeldMessage message) {
        if (size == ring.length) {
            grow();
        }
        ring[index(size++)] = message;
    }

    HeldMessage removeFirst() {
        HeldMessage removed = get(0);
        ring[first] = null;
        first = index(1);
        size--;
        trimmedThrough = removed.sequence();
        return removed;
    }

    /** The position of the first message after a sequence; the size if there is none. */
    int firstAfter(long sequence) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (get(middle).sequence() <= sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Adds the sequences of the last so many messages of those up to a sequence. */
    void addLastSequences(int count, long through, List<Long> target) {
        int end = firstAfter(through);
        for (int position = Math.max(0, end - count); position < end; position++) {
            target.add(get(position).sequence());
        }
    }

    private int index(int position) {
        return (first + position) & (ring.length - 1);
    }

    private void grow() {
        HeldMessage[] larger = new HeldMessage[ring.length * 2];
        for (int position = 0; position < size; position++) {
            larger[position] = get(position);
        }
        ring = larger;
        first = 0;
    }
}
