package relay.fanout;

import java.util.Arrays;

/**
 * Stretches of frame buffers that subscribers are to get, each with the next of the same subscriber. The owning worker
 * only.
 *
 * <p>Nothing is allocated for one. The room for them grows with what a batch needs, and is halved after
 * {@value #CLEARED_UNTIL_SMALLER} batches in a row that needed less than an eighth of it.
 */
final class Runs {
    static final int NONE = -1;

    private static final int LEAST_ROOM = 1024;
    private static final int MUCH_ROOM = 8;
    private static final int CLEARED_UNTIL_SMALLER = 1024;

    private int[] from = new int[LEAST_ROOM];
    private int[] to = new int[LEAST_ROOM];
    private int[] next = new int[LEAST_ROOM];
    private int size;

    /** How often in a row it was cleared with much more room than it needed. */
    private int clearedWithMuchRoom;

    int size() {
        return size;
    }

    /** For how many there is room, until more are needed. */
    int room() {
        return from.length;
    }

    /** One more, with none behind it; its number. */
    int add(int runFrom, int runTo) {
        if (size == from.length) {
            resize(2 * size);
        }
        from[size] = runFrom;
        to[size] = runTo;
        next[size] = NONE;
        return size++;
    }

    /** A run goes on as far as there. */
    void extend(int run, int runTo) {
        to[run] = runTo;
    }

    /** The same subscriber has another run behind this one. */
    void chain(int run, int nextRun) {
        next[run] = nextRun;
    }

    int from(int run) {
        return from[run];
    }

    int to(int run) {
        return to[run];
    }

    /** The one behind it, or {@link #NONE}. */
    int next(int run) {
        return next[run];
    }

    /** True if it has let go of some of its room: whoever has room for the same might do so too. */
    boolean clear() {
        boolean muchRoom = size < from.length / MUCH_ROOM && from.length > LEAST_ROOM;
        clearedWithMuchRoom = muchRoom ? clearedWithMuchRoom + 1 : 0;
        size = 0;
        if (clearedWithMuchRoom < CLEARED_UNTIL_SMALLER) {
            return false;
        }
        clearedWithMuchRoom = 0;
        resize(from.length / 2);
        return true;
    }

    private void resize(int room) {
        from = Arrays.copyOf(from, room);
        to = Arrays.copyOf(to, room);
        next = Arrays.copyOf(next, room);
    }
}
