package relay.client;

/** What happens to a client that does not take its messages as fast as they come, when its send queue is full. */
public enum Overflow {
    /** Its connection is closed with {@link relay.outbound.CloseReason#TOO_SLOW}. */
    CLOSE("close"),
    /** What waits still goes out, and then it continues from the history. Only for clients that are kept. */
    CATCHUP("catchup");

    private final String word;

    Overflow(String word) {
        this.word = word;
    }

    /** Its name in the API. */
    @Override
    public String toString() {
        return word;
    }
}
