package relay.schedule;

import java.time.Duration;

/**
 * A value that others write, such as the content of a file. A new value is accepted once two looks in a row have found it, so
 * that a file which an editor has truncated or written by half is not taken for finished. For one thread.
 */
public final class Settling<T> {
    /** How soon to look again while it changes: no program pauses this long in the middle of a small file. */
    public static final Duration AGAIN = Duration.ofMillis(500);

    private T settled;
    private T last;

    /** @param first what the first look has found: it is accepted at once */
    public Settling(T first) {
        this.settled = first;
        this.last = first;
    }

    /** Takes what another look has found, and returns the accepted value. */
    public T look(T found) {
        if (found.equals(last)) {
            settled = found;
        }
        last = found;
        return settled;
    }

    /** Whether the last look has found a value that is not accepted yet. */
    public boolean isMoving() {
        return !last.equals(settled);
    }
}
