package relay.bench;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The client's side of the opening handshake (RFC 6455 §4.1). Takes the answer in pieces. One thread at a time. */
final class Handshake {
    private static final int LARGEST_ANSWER = 4 << 10;

    /** The example of the RFC. A random one is not needed: no cache lies between. */
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    private static final String END = "\r\n\r\n";

    private final StringBuilder answer = new StringBuilder(256);

    /** The request that opens a client's socket. */
    static ByteBuffer request(Target target, String id) {
        String request = target.requestHead("GET", "/ws/" + id)
                + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY
                + END;
        return ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Reads the answer from the buffer, not beyond its end. Returns whether the socket is open now.
     *
     * @throws IOException if the relay refused
     */
    boolean accept(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            answer.append((char) (in.get() & 0xFF));
            if (answer.length() > LARGEST_ANSWER) {
                throw new ProtocolException("the answer to a handshake is too large");
            }
            if (endsHere()) {
                check();
                return true;
            }
        }
        return false;
    }

    private boolean endsHere() {
        int from = answer.length() - END.length();
        return from >= 0 && answer.indexOf(END, from) == from;
    }

    private void check() throws IOException {
        if (answer.indexOf("HTTP/1.1 101 ") != 0) {
            throw new IOException("a handshake was answered with " + answer.substring(0, answer.indexOf("\r\n")));
        }
        if (answer.indexOf(ACCEPT) < 0) {
            throw new ProtocolException("the answer to a handshake has a wrong Sec-WebSocket-Accept");
        }
    }
}
