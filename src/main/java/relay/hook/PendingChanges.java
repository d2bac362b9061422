package relay.hook;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The changes that are not in the file yet. Beyond a bound it forgets them, and the file is to be written anew. Guarded by the lock of the
 * {@link OutboxState}.
 */
final class PendingChanges {
    private final Deque<Change> changes = new ArrayDeque<>();
    private final long mostBytes;
    private long bytes;
    private long handed;
    private boolean anew;

    /** @param mostBytes about how much memory they may take */
    PendingChanges(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    void add(Change change) {
        handed++;
        // What the state is when the file is written anew has it.
        if (!anew) {
            changes.add(change);
            bytes += change.cost();
            if (bytes > mostBytes) {
                writeAnew();
            }
        }
    }

    /** The oldest, which are then pending no longer. */
    List<Change> take(int most) {
        List<Change> next = new ArrayList<>();
        while (!changes.isEmpty() && next.size() < most) {
            Change change = changes.remove();
            bytes -= change.cost();
            next.add(change);
        }
        return next;
    }

    /** The file is to be written anew. */
    void writeAnew() {
        changes.clear();
        bytes = 0;
        anew = true;
    }

    /** The file is written anew with what the state is now; only what changes from now on is behind that. */
    void beginAnew() {
        writeAnew();
        anew = false;
    }

    /** Whether the file is to be written anew. */
    boolean isAnew() {
        return anew;
    }

    /** How many changes there were. */
    long handed() {
        return handed;
    }

    /** How many of them are pending. */
    int size() {
        return changes.size();
    }
}
