package relay.hook;

/**
 * How much an outbox may hold: so many events, and so many watched messages, and so much memory for each of the two.
 *
 * @param most the most events, and the most messages
 * @param mostBytes about the most bytes that the events, and that the messages, may take
 */
public record OutboxBounds(int most, long mostBytes) {
    /** What an event may take on the average; few take half of it. */
    private static final long BYTES_PER_EVENT = 1024;

    private static final int HEAP_SHARE = 16;

    /** For so many events, but for no more than a sixteenth of the heap. */
    public static OutboxBounds of(int most) {
        return new OutboxBounds(
                most, Math.min(most * BYTES_PER_EVENT, Runtime.getRuntime().maxMemory() / HEAP_SHARE));
    }
}
