package relay.history;

import java.util.Arrays;

/**
 * The part of a log that only the archive has: of each message its sequence and where it is, {@value #ENTRY_BYTES} bytes. Added
 * at the end, removed at the front. With the history's lock held.
 *
 * <p>They are in chunks, so that neither many nor few take much more than that, and no step copies more than one chunk.
 */
final class ArchivedPart {
    static final int ENTRY_BYTES = 2 * Long.BYTES;

    /** So many messages are in a chunk; the last one grows by a half until it has so many. */
    static final int CHUNK = 256;

    private static final int FIRST_CHUNK = 4;

    private final TopicLogKey key;
    private final TopicLog log;
    private final ArchiveIndex index;
    private long[][] chunks = new long[1][];

    /** The chunk of the first message, and its place there. */
    private int firstChunk;

    private int first;
    private int size;

    /** Where the index has it, and by which sequence it is in order there. */
    int place = ArchiveIndex.NO_PLACE;

    long order;

    /** An empty one, of a log with this key. */
    ArchivedPart(TopicLogKey key, TopicLog log, ArchiveIndex index) {
        this.key = key;
        this.log = log;
        this.index = index;
    }

    TopicLogKey key() {
        return key;
    }

    TopicLog log() {
        return log;
    }

    int size() {
        return size;
    }

    /** The sequence of one of them, counted from 0. */
    long sequence(int number) {
        return chunk(first + number)[2 * ((first + number) % CHUNK)];
    }

    /** Where the archive has one of them, counted from 0. */
    long location(int number) {
        return chunk(first + number)[2 * ((first + number) % CHUNK) + 1];
    }

    private long[] chunk(int position) {
        return chunks[firstChunk + position / CHUNK];
    }

    void add(long sequence, long location) {
        int position = first + size;
        int chunk = firstChunk + position / CHUNK;
        int at = 2 * (position % CHUNK);
        if (chunk == chunks.length) {
            makeRoom();
            chunk = firstChunk + position / CHUNK;
        }
        if (at == 0) {
            chunks[chunk] = new long[2 * FIRST_CHUNK];
        } else if (at == chunks[chunk].length) {
            int room = Math.min(CHUNK, at / 2 + at / 4);
            chunks[chunk] = Arrays.copyOf(chunks[chunk], 2 * room);
        }
        chunks[chunk][at] = sequence;
        chunks[chunk][at + 1] = location;
        size++;
        index.added(this);
    }

    /** Moves the chunks to the front, or into a larger array if the front is not free. */
    private void makeRoom() {
        int taken = chunks.length - firstChunk;
        long[][] room = taken <= chunks.length / 2 ? chunks : new long[taken + taken / 2 + 1][];
        System.arraycopy(chunks, firstChunk, room, 0, taken);
        if (room == chunks) {
            Arrays.fill(chunks, taken, chunks.length, null);
        }
        chunks = room;
        firstChunk = 0;
    }

    /** Removes so many from the front, from 1. */
    void removeFirst(int count) {
        size -= count;
        first += count;
        while (first >= CHUNK) {
            chunks[firstChunk++] = null;
            first -= CHUNK;
        }
        index.removed(this, count);
    }

    /** How many of them have a sequence up to this one. */
    int countUpTo(long sequence) {
        int low = 0;
        int high = size;
        // Mostly none.
        if (size == 0 || sequence(0) > sequence) {
            return 0;
        }
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sequence(middle) <= sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** How many of them the archive has trimmed. */
    int countTrimmed() {
        return countUpTo(index.trimmedThrough());
    }
}
