package relay.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The wire that currently serves a client, as the rest of the relay sees it.
 *
 * <p>Writing is for one thread at a time: a {@link SendQueue} sees to it that one write at most is under way. The other
 * methods may be called by any thread. None of them blocks.
 */
public interface Connection {
    /** The format of the messages that go over it. */
    Encoding encoding();

    /** Whether a write may take bytes at once, as far as can be seen without trying. */
    boolean takesAtOnce();

    /**
     * Writes as much of the buffer as the wire takes at once; the buffer's position tells how much that was.
     *
     * @throws IOException if the wire is broken
     */
    void write(ByteBuffer bytes) throws IOException;

    /** Writes all of the buffer as the wire takes it, then tells the listener, in whichever thread. */
    void writeFully(ByteBuffer bytes, WriteListener listener);

    /**
     * Asks the peer for a sign of life.
     *
     * @param payload what the peer is to send back, if it can: at most 125 bytes (RFC 6455 §5.5)
     */
    void ping(String payload);

    /** Whether the peer sends the payload of a ping back. */
    boolean answersPings();

    /** When it was opened, in milliseconds since 1970: for people, not for measuring. */
    long openedMillis();

    /** When the peer was last heard of, on the relay's {@link Ticker}. */
    long lastHeardNanos();

    /** Closes in an orderly way: what its queue holds goes out first, then the reason. */
    void close(CloseReason reason);

    /** Ends at once, without a word to the peer. */
    void abort(Throwable cause);
}
