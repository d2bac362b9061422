package relay.bench;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Parses a server's WebSocket frames (RFC 6455 §5.2), however reads cut them into pieces. Of a message only the first bytes
 * are looked at. Nothing is kept but the head of a frame that a read cut in two. One thread at a time.
 */
final class FrameParser {
    static final int TEXT = 1;
    static final int CLOSE = 8;
    static final int PING = 9;

    private static final int CONTINUATION = 0;
    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int MASKED = 0x80;
    private static final int FIRST_CONTROL = 8;
    private static final int LARGEST_CONTROL = 125;
    private static final int LENGTH_IN_16_BITS = 126;
    private static final int LENGTH_IN_64_BITS = 127;
    private static final int LONGEST_HEADER = 10;

    private final Listener listener;
    private final int looked;
    private long toSkip;
    private @Nullable ByteBuffer carry;

    /** Receives the frames, in the thread that parses. */
    interface Listener {
        /**
         * A message begins.
         *
         * @param bytes holds, from {@code at} on, as many bytes of its text as the listener looks at, or all if it has fewer
         * @param length the frame's payload in bytes
         */
        void text(ByteBuffer bytes, int at, long length);

        /** A ping, a pong or a close frame; the listener may keep the payload. */
        void control(int opCode, ByteBuffer payload) throws IOException;
    }

    /** @param looked how many bytes of a message the listener looks at */
    FrameParser(int looked, Listener listener) {
        this.looked = looked;
        this.listener = listener;
    }

    /**
     * Consumes all that is in the buffer.
     *
     * @throws ProtocolException if a frame is not one that a relay may send
     * @throws IOException if the listener could not answer a control frame
     */
    void parse(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            if (toSkip > 0) {
                int skipped = (int) Math.min(toSkip, in.remaining());
                in.position(in.position() + skipped);
                toSkip -= skipped;
            } else if (carry != null) {
                complete(carry, in);
            } else {
                parseHead(in);
            }
        }
    }

    private void parseHead(ByteBuffer in) throws IOException {
        int at = in.position();
        int size = headSize(in, at, in.remaining());
        if (size > in.remaining()) {
            carry = ByteBuffer.allocate(LONGEST_HEADER + Math.max(looked, LARGEST_CONTROL))
                    .put(in);
        } else {
            head(in, at, size);
            in.position(at + size);
        }
    }

    private void complete(ByteBuffer started, ByteBuffer in) throws IOException {
        int size = headSize(started, 0, started.position());
        while (started.position() < size && in.hasRemaining()) {
            started.put(in.get());
            size = headSize(started, 0, started.position());
        }
        if (started.position() == size) {
            carry = null;
            head(started, 0, size);
        }
    }

    private void head(ByteBuffer bytes, int at, int size) throws IOException {
        int opCode = bytes.get(at) & 0xF;
        int payloadAt = at + headerSize(bytes.get(at + 1));
        long length = payloadLength(bytes, at);
        toSkip = length - (at + size - payloadAt);
        if (opCode == TEXT) {
            listener.text(bytes, payloadAt, length);
        } else if (opCode >= FIRST_CONTROL) {
            byte[] payload = new byte[(int) length];
            bytes.get(payloadAt, payload);
            listener.control(opCode, ByteBuffer.wrap(payload));
        } else if (opCode != CONTINUATION) {
            throw new ProtocolException("a frame with opcode " + opCode + ": a relay sends text");
        }
    }

    /** How many bytes are needed before a frame can be handled, as far as the available ones tell. */
    private int headSize(ByteBuffer bytes, int at, int available) throws ProtocolException {
        if (available < 2) {
            return 2;
        }
        byte second = bytes.get(at + 1);
        int header = headerSize(second);
        check(bytes.get(at), second);
        if (available < header) {
            return header;
        }
        boolean control = (bytes.get(at) & 0xF) >= FIRST_CONTROL;
        long length = payloadLength(bytes, at);
        return header + (int) (control ? length : Math.min(length, looked));
    }

    private static void check(byte first, byte second) throws ProtocolException {
        boolean control = (first & 0xF) >= FIRST_CONTROL;
        if ((first & RESERVED) != 0 || (second & MASKED) != 0) {
            throw new ProtocolException("a frame that is masked, or has an extension's bits");
        }
        if (control && (second > LARGEST_CONTROL || (first & FIN) == 0)) {
            throw new ProtocolException("a control frame that is too large, or in fragments");
        }
    }

    private static int headerSize(byte second) {
        return switch (second & 0x7F) {
            case LENGTH_IN_16_BITS -> 4;
            case LENGTH_IN_64_BITS -> 10;
            default -> 2;
        };
    }

    private static long payloadLength(ByteBuffer bytes, int at) throws ProtocolException {
        int small = bytes.get(at + 1) & 0x7F;
        long length = switch (small) {
            case LENGTH_IN_16_BITS -> bytes.getShort(at + 2) & 0xFFFF;
            case LENGTH_IN_64_BITS -> bytes.getLong(at + 2);
            default -> small;
        };
        if (length < 0) {
            throw new ProtocolException("a frame with a negative length");
        }
        return length;
    }
}
