package relay.bench;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;

/**
 * One client's WebSocket, from the opening handshake (RFC 6455 §4.1) to its end. Nearly always the selector's thread of its
 * {@link ReaderLoop} reads it, and never two threads at a time.
 */
final class Subscriber extends AbstractConnection implements FrameParser.Listener {
    private static final int LARGEST_ANSWER = 4 << 10;

    /** The example of the RFC. A random one is not needed: no cache lies between. */
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    private static final String END = "\r\n\r\n";

    private static final int PONG = 10;
    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;

    /** A client has to mask (RFC 6455 §5.3); a mask of zeros changes nothing. */
    private static final int MASK = 0;

    /**
     * A client that is to connect.
     *
     * @param target the relay that it connects to
     * @param resource what it asks for there the first time: {@code /ws/…}
     * @param course what becomes of it
     */
    record Spec(Target target, String resource, Course course) {}

    private final Spec spec;
    private final ReaderLoop loop;
    private final Callback readable = Callback.from(InvocationType.NON_BLOCKING, this::onFillable, this::end);
    private final FrameParser parser;

    /** The answer to the handshake, as far as it has come; null once the socket is open. */
    private @Nullable StringBuilder answer = new StringBuilder(256);

    /** The answer to the last ping, until it is sent. */
    private @Nullable ByteBuffer pong;

    /** Guarded by the loop's tally. */
    private boolean ended;

    Subscriber(EndPoint endPoint, Spec spec, ReaderLoop loop) {
        super(endPoint, Runnable::run);
        this.spec = spec;
        this.loop = loop;
        this.parser = new FrameParser(spec.course().looked(), this);
    }

    @Override
    public void onOpen() {
        super.onOpen();
        String request = spec.target().requestHead("GET", spec.course().resource(spec.resource()))
                + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY
                + END;
        Callback written = Callback.from(() -> fillInterested(readable), this::end);
        getEndPoint().write(written, ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    }

    Spec spec() {
        return spec;
    }

    /** Has it read again what it did not until now. */
    void goOn() {
        fillInterested(readable);
    }

    /** Takes note that it ends, after which nothing that arrives counts. Returns whether that is new. */
    boolean finish() {
        synchronized (loop.tally()) {
            boolean before = ended;
            ended = true;
            return !before;
        }
    }

    @Override
    public void onFillable() {
        ByteBuffer bytes = loop.buffer();
        try {
            int filled;
            do {
                BufferUtil.clear(bytes);
                filled = getEndPoint().fill(bytes);
                if (filled < 0) {
                    throw new IOException("the relay ended a connection");
                }
                read(bytes);
            } while (filled > 0 && spec.target().isSecure());
            if (answer != null || spec.course().isReading()) {
                fillInterested(readable);
            }
        } catch (IOException | RuntimeException e) {
            end(e);
        }
    }

    @Override
    public void text(ByteBuffer bytes, int at, long length) {
        if (!ended) {
            spec.course().text(bytes, at, length);
        }
    }

    @Override
    public void control(int opCode, ByteBuffer payload) throws IOException {
        if (opCode == FrameParser.PING) {
            pong = frame(PONG, payload);
        } else if (opCode == FrameParser.CLOSE) {
            throw new Stalls.Closed(payload.remaining() < 2 ? "no code" : String.valueOf(payload.getShort(0) & 0xFFFF));
        }
    }

    private void read(ByteBuffer bytes) throws IOException {
        if (answer != null && isAccepted(answer, bytes)) {
            answer = null;
            loop.opened();
            spec.course().opened(this);
        }
        if (answer == null) {
            loop.parse(parser, bytes);
        }
        if (pong != null) {
            // A client sends so little that a relay which does not take it at once is not reading.
            if (!getEndPoint().flush(pong)) {
                throw new IOException("the relay does not read what a connection sends");
            }
            pong = null;
        }
    }

    /** Ends it because of an error, once. */
    private void end(Throwable cause) {
        if (finish()) {
            loop.ended(spec, answer == null, cause);
            close();
        }
    }

    /** Reads the answer from the buffer, not beyond its end. Returns whether the socket is open now. */
    private static boolean isAccepted(StringBuilder answer, ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            answer.append((char) (in.get() & 0xFF));
            if (answer.length() > LARGEST_ANSWER) {
                throw new ProtocolException("the answer to a handshake is too large");
            }
            int from = answer.length() - END.length();
            if (from >= 0 && answer.indexOf(END, from) == from) {
                check(answer);
                return true;
            }
        }
        return false;
    }

    private static void check(StringBuilder answer) throws IOException {
        if (answer.indexOf("HTTP/1.1 101 ") != 0) {
            String said = "a handshake was answered with " + answer.substring(0, answer.indexOf("\r\n"));
            throw answer.indexOf("HTTP/1.1 5") == 0 ? new IOException(said) : new ProtocolException(said);
        }
        if (answer.indexOf(ACCEPT) < 0) {
            throw new ProtocolException("the answer to a handshake has a wrong Sec-WebSocket-Accept");
        }
    }

    private static ByteBuffer frame(int opCode, ByteBuffer payload) {
        return ByteBuffer.allocate(6 + payload.remaining())
                .put((byte) (FIN | opCode))
                .put((byte) (MASKED | payload.remaining()))
                .putInt(MASK)
                .put(payload)
                .flip();
    }
}
