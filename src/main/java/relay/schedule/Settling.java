package relay.schedule;

import java.time.Duration;

/**
 * What others write, as of a file, looked at again and again: it counts once two looks in a row have found the same. So
 * nobody takes what an editor has truncated for a moment, or has written by half, for what is meant. For one thread.
 */
public final class Settling<T> {
    /** How soon to look again while it moves: no program pauses for so long in the middle of a small file. */
    public static final Duration AGAIN = Duration.ofMillis(500);

    private T settled;
    private T last;

    /** @param first what the first look has found: it counts at once, for there is nothing else */
    public Settling(T first) {
        this.settled = first;
        this.last = first;
    }

    /** Takes what a further look has found, and says what counts now. */
    public T look(T found) {
        if (found.equals(last)) {
            settled = found;
        }
        last = found;
        return settled;
    }

    /** Whether the last look has found what does not count yet. */
    public boolean isMoving() {
        return !last.equals(settled);
    }
}
