package relay.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The port to the wire that serves a client: a WebSocket or an event stream.
 *
 * <p>Only one thread may write at a time: {@link SendQueue} ensures that at most one write is under way. The other methods
 * may be called by any thread. None of them blocks.
 */
public interface Connection {
    /** The format of the messages that go over it. */
    Encoding encoding();

    /** Whether a write would probably take bytes at once. */
    boolean takesAtOnce();

    /**
     * Writes as much of the buffer as the wire takes at once, and advances its position by that.
     *
     * @throws IOException if the wire is broken
     */
    void write(ByteBuffer bytes) throws IOException;

    /** Writes all of the buffer as the wire becomes writable, then tells the listener, in any thread. */
    void writeFully(ByteBuffer bytes, WriteListener listener);

    /**
     * Sends a ping.
     *
     * @param payload what the peer sends back, if it can: at most 125 bytes (RFC 6455 §5.5)
     */
    void ping(String payload);

    /** A ping is among the bytes of the next write: an answer is to be expected. */
    void expectPong();

    /** Whether the peer sends the payload of a ping back. */
    boolean answersPings();

    /** When it was opened, in milliseconds since 1970: to be shown, not to measure with. */
    long openedMillis();

    /** When the peer was last heard of, on the relay's ticker, in nanoseconds. */
    long lastHeardNanos();

    /** Closes the connection after its queue has been written, with the reason. */
    void close(CloseReason reason);

    /** Ends at once, without telling the peer. */
    void abort(Throwable cause);
}
