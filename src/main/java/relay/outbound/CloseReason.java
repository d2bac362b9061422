package relay.outbound;

/**
 * Why the relay closes a connection, and the close code of each reason.
 *
 * <p>The code tells a client whether to reconnect. The protocol defines 1000 to 1015 (RFC 6455 §7.4.1); of these the WebSocket
 * layer also sends 1002, 1007, 1009 and 1011 by itself. In Relay's own range, 4400 to 4499, the last two digits follow HTTP:
 * after 4401 a client renews its credential, after 4408 it reconnects, after 4429 it backs off, after any other it stops.
 *
 * <p>To add a code, add it here, to {@code x-close-codes} in {@code src/main/resources/relay/http/asyncapi.json} and to the table
 * in {@code src/site/markdown/reference.md}; if clients are to reconnect after it, also to {@code RECONNECTS} in
 * {@code src/main/resources/relay/console/relay.js} and to the sentence above. {@code relay.outbound.CloseCodesTest} names what is
 * missing.
 */
public enum CloseReason {
    GOING_AWAY(1001, "the relay is going away: reconnect after a random wait"),
    UNFINISHED(1008, "a message was begun and not finished in time"),
    FAILED(1011, "something went wrong here: back off, then reconnect"),
    OVERLOADED(1013, "what others have sent in part fills the memory for it: back off, then reconnect"),
    CREDENTIAL_EXPIRED(4401, "the credential has expired: renew it and register again"),
    FORBIDDEN(4403, "not allowed"),
    DELETED(4404, "the registration was deleted"),
    TOO_SLOW(4408, "too slow: its queue was full"),
    REPLACED(4409, "replaced by a newer socket"),
    TOO_FAST(4429, "sends too fast");

    private static final int LEAST_OWN = 4400;
    private static final int OWN = 100;

    private final int code;
    private final String text;

    CloseReason(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** The WebSocket close code. */
    public int code() {
        return code;
    }

    /** Whether the code is in the relay's own range: nobody else closes with it. */
    public boolean isRelaysOwn() {
        return code >= LEAST_OWN && code < LEAST_OWN + OWN;
    }

    /** The reason in the close frame: at most 123 bytes (RFC 6455 §5.5), and nothing that JSON would escape. */
    public String text() {
        return text;
    }
}
