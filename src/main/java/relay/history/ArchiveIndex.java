package relay.history;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The parts of all logs that only the archive has, and how much memory they take. With the history's lock held.
 *
 * <p>A binary heap, so that what was trimmed from the archive is found without a look at the other logs: each part is in it by the
 * sequence of a message that is its first, or was: that is put right when it comes to the top.
 */
final class ArchiveIndex {
    static final int NO_PLACE = -1;

    /** What a log takes that has a part in the archive, beside its messages and the names in its key: the objects. */
    static final int LOG_BYTES = 300;

    private static final int FIRST_PLACES = 16;

    private final long mostBytes;
    private @Nullable ArchivedPart[] heap = new ArchivedPart[FIRST_PLACES];
    private int parts;
    private long messages;
    private long bytes;
    private long trimmedThrough;

    /** @param mostBytes how many bytes it may take */
    ArchiveIndex(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** How many messages only the archive has. */
    long messages() {
        return messages;
    }

    /** How many bytes of memory they take: {@value ArchivedPart#ENTRY_BYTES} each, and for each log what it takes by itself. */
    long bytes() {
        return bytes;
    }

    /** The archive has no message up to this sequence any more. */
    void trimmed(long through) {
        trimmedThrough = Math.max(trimmedThrough, through);
    }

    long trimmedThrough() {
        return trimmedThrough;
    }

    /** A part has one message more. */
    void added(ArchivedPart part) {
        messages++;
        bytes += ArchivedPart.ENTRY_BYTES;
        if (part.place == NO_PLACE) {
            bytes += costOf(part);
            part.order = part.sequence(0);
            if (parts == heap.length) {
                heap = Arrays.copyOf(heap, parts + parts / 2);
            }
            up(part, parts++);
        }
    }

    /** Messages were removed from a part. */
    void removed(ArchivedPart part, int count) {
        messages -= count;
        bytes -= (long) count * ArchivedPart.ENTRY_BYTES;
        if (part.size() == 0) {
            bytes -= costOf(part);
            takeOut(part);
        }
    }

    private static int costOf(ArchivedPart part) {
        int topic = 2 * part.key().topic().name().length();
        int user = part.key().recipient().map(one -> 2 * one.value().length()).orElse(0);
        return LOG_BYTES + topic + user;
    }

    /** The part whose first message has to go: the archive has trimmed it, or there are too many; absent if nothing has to. */
    @Nullable
    ArchivedPart due() {
        ArchivedPart top = heap[0];
        while (top != null && top.order != top.sequence(0)) {
            top.order = top.sequence(0);
            down(top, 0);
            top = heap[0];
        }
        return top != null && (top.order <= trimmedThrough || bytes > mostBytes) ? top : null;
    }

    private void takeOut(ArchivedPart part) {
        int place = part.place;
        part.place = NO_PLACE;
        ArchivedPart last = at(--parts);
        heap[parts] = null;
        if (last != part) {
            if (place > 0 && at(parent(place)).order > last.order) {
                up(last, place);
            } else {
                down(last, place);
            }
        }
    }

    private void up(ArchivedPart part, int from) {
        int place = from;
        while (place > 0 && at(parent(place)).order > part.order) {
            put(at(parent(place)), place);
            place = parent(place);
        }
        put(part, place);
    }

    private void down(ArchivedPart part, int from) {
        int place = from;
        int child = earlierChild(place);
        while (child < parts && at(child).order < part.order) {
            put(at(child), place);
            place = child;
            child = earlierChild(place);
        }
        put(part, place);
    }

    private int earlierChild(int place) {
        int left = 2 * place + 1;
        return left + 1 < parts && at(left + 1).order < at(left).order ? left + 1 : left;
    }

    private static int parent(int place) {
        return (place - 1) / 2;
    }

    private ArchivedPart at(int place) {
        return Objects.requireNonNull(heap[place]);
    }

    private void put(ArchivedPart part, int place) {
        heap[place] = part;
        part.place = place;
    }
}
