package relay.fanout;

import java.util.Arrays;

/**
 * Stretches of frame buffers, each linked to the next one of the same subscriber. The owning worker only.
 *
 * <p>Nothing is allocated for a run. The arrays grow with what a batch needs, and are halved after {@value #CLEARED_UNTIL_SMALLER}
 * batches in a row that needed less than an eighth of them.
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

    /** How many times in a row it was cleared with much more room than it needed. */
    private int clearedWithMuchRoom;

    int size() {
        return size;
    }

    /** How many there is room for, until it grows. */
    int room() {
        return from.length;
    }

    /** Adds a run with none behind it; returns its number. */
    int add(int runFrom, int runTo) {
        if (size == from.length) {
            resize(2 * size);
        }
        from[size] = runFrom;
        to[size] = runTo;
        next[size] = NONE;
        return size++;
    }

    /** Makes a run longer. */
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

    /** Removes all runs; true if the room was halved, so that others may halve theirs too. */
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
