package relay.history;

import java.util.Arrays;

/**
 * When messages were accepted, roughly: of some of them the sequence and the time. It tells up to which sequence messages were
 * accepted before a time, also where the messages themselves are gone, or only the archive has them. With the history's lock held.
 *
 * <p>Of the checkpoints of the last seconds, three span at least {@value #LEAST_MILLIS} ms; older ones are thinned out, so that two are no further
 * apart than about one part in {@value #PARTS} of their age. A year of them are some thousand, and if there are ever more than {@value
 * #MOST}, the oldest go.
 */
final class Timeline {
    static final int MOST = 16_384;
    static final int PARTS = 256;
    static final int LEAST_MILLIS = 10;

    private static final long LEAST_NANOS = LEAST_MILLIS * 1_000_000L;
    private static final int FIRST_ROOM = 64;

    /** Of each checkpoint the sequence and the time, which grow both. */
    private long[] sequences = new long[FIRST_ROOM];

    private long[] nanos = new long[FIRST_ROOM];
    private int size;

    /**
     * Between which sequences a time was.
     *
     * @param least messages up to this sequence were accepted before that time, as far as is known
     * @param most messages after this sequence were not, as far as is known
     */
    record Span(long least, long most) {}

    /** The next message was accepted at this time. */
    void add(long sequence, long acceptedNanos) {
        // One publisher's clock may be a moment behind another's.
        long time = size == 0 ? acceptedNanos : nanos[size - 1] + Math.max(0, acceptedNanos - nanos[size - 1]);
        // The last one moves on with the messages, so that before a pause there is one for the last of them.
        if (size > 1 && time - nanos[size - 2] < LEAST_NANOS) {
            size--;
        } else if (size == nanos.length) {
            makeRoom(time);
        }
        sequences[size] = sequence;
        nanos[size++] = time;
    }

    /** How many checkpoints there are. */
    int size() {
        return size;
    }

    /** Between which sequences a time was, as far as is known. */
    Span at(long time) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (nanos[middle] - time < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return new Span(low == 0 ? 0 : sequences[low - 1], low == size ? Long.MAX_VALUE : sequences[low] - 1);
    }

    /** How long before a time a message was accepted at most; negative if that is not known. */
    long ageOf(long sequence, long now) {
        int place = Arrays.binarySearch(sequences, 0, size, sequence);
        int before = place < 0 ? -place - 2 : place;
        return before < 0 ? -1 : now - nanos[before];
    }

    private void makeRoom(long now) {
        thinOut(now);
        if (size > nanos.length / 2) {
            if (nanos.length < MOST) {
                sequences = Arrays.copyOf(sequences, 2 * sequences.length);
                nanos = Arrays.copyOf(nanos, 2 * nanos.length);
            } else if (size > MOST - MOST / PARTS) {
                dropOldest(MOST / 2);
            }
        }
    }

    private void thinOut(long now) {
        int kept = 1;
        for (int i = 1; i < size - 1; i++) {
            long apart = nanos[i + 1] - nanos[kept - 1];
            if (apart > (now - nanos[i]) / PARTS) {
                sequences[kept] = sequences[i];
                nanos[kept++] = nanos[i];
            }
        }
        sequences[kept] = sequences[size - 1];
        nanos[kept++] = nanos[size - 1];
        size = kept;
    }

    private void dropOldest(int count) {
        size -= count;
        System.arraycopy(sequences, count, sequences, 0, size);
        System.arraycopy(nanos, count, nanos, 0, size);
    }
}
