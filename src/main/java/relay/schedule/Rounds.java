package relay.schedule;

/**
 * Threads that see in rounds what has come in: what one brings in a round can be dealt with at its end, together, without waking
 * another thread. For any thread.
 */
@FunctionalInterface
public interface Rounds {
    /** No thread has rounds. */
    Rounds NONE = task -> false;

    /**
     * Runs a task at the end of the round that the current thread is in, by that thread or one that takes over from it. It must neither
     * block nor take long, and what it adds runs in the same round.
     *
     * @return false if the current thread has no rounds: then nothing happens
     */
    boolean atEnd(Runnable task);
}
