package relay.client;

import java.util.Arrays;
import java.util.Optional;

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

    /** The one with a name in the API; empty if there is none. */
    public static Optional<Overflow> parse(String word) {
        return Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst();
    }

    /** Its name in the API. */
    @Override
    public String toString() {
        return word;
    }
}
