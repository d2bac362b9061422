package relay.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;
import relay.outbound.CloseReason;

/** Writes frames as a server sends them: unmasked and unfragmented (RFC 6455 §5.2). Stateless. */
final class Frames {
    /** The size of the longest header. */
    static final int LONGEST_HEADER = 10;

    /** A text frame with a compressed payload: RSV1 is set (RFC 7692 §6). */
    static final byte DEFLATED_TEXT = 0x40 | OpCode.TEXT;

    /** Any number with this many decimal digits fits into a long. */
    private static final int MOST_DIGITS = 18;

    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;
    private static final int MASK_BYTES = 4;

    /** The header of a masked frame of fewer than 126 bytes. */
    private static final int MASKED_HEADER = 2 + MASK_BYTES;

    private static final int LENGTH_IN_16_BITS = 126;
    private static final int LENGTH_IN_64_BITS = 127;

    private Frames() {}

    /** Appends the header of a frame, with the length in its shortest form; the payload is to follow. */
    static void putHeader(byte opCode, int length, ByteBuffer target) {
        target.put((byte) (FIN | opCode));
        if (length < LENGTH_IN_16_BITS) {
            target.put((byte) length);
        } else if (length < 1 << 16) {
            target.put((byte) LENGTH_IN_16_BITS).putShort((short) length);
        } else {
            target.put((byte) LENGTH_IN_64_BITS).putLong(length);
        }
    }

    /** The payload of a frame that this class wrote. The buffer must contain exactly the frame. */
    static ByteBuffer payload(ByteBuffer frame) {
        int header = switch (frame.get(frame.position() + 1)) {
            case LENGTH_IN_16_BITS -> 4;
            case LENGTH_IN_64_BITS -> LONGEST_HEADER;
            default -> 2;
        };
        return frame.slice(frame.position() + header, frame.remaining() - header);
    }

    /** The payload of a Jetty frame; empty, not null, if it has none. */
    static ByteBuffer payload(Frame frame) {
        return frame.hasPayload() ? frame.getPayload() : ByteBuffer.allocate(0);
    }

    /** Closes the connection of a client that sends a larger message than it may. */
    static MessageTooLargeException tooLarge(int maxBytes) {
        return new MessageTooLargeException("a message takes at most " + maxBytes + " bytes");
    }

    /** The sequence in the payload of a pong; empty if it contains anything else. */
    static OptionalLong sequence(ByteBuffer payload) {
        if (!payload.hasRemaining() || payload.remaining() > MOST_DIGITS) {
            return OptionalLong.empty();
        }
        long sequence = 0;
        for (int i = payload.position(); i < payload.limit(); i++) {
            int digit = payload.get(i) - '0';
            if (digit < 0 || digit > 9) {
                return OptionalLong.empty();
            }
            sequence = 10 * sequence + digit;
        }
        return OptionalLong.of(sequence);
    }

    /**
     * Whether the payload of a client's close frame answers the relay's: it repeats the code, as RFC 6455 §5.5.1 has it. A client
     * may close with 1001 on its own account, so there the relay's words have to be repeated too, which most libraries do.
     */
    static boolean answers(ByteBuffer payload, CloseReason reason) {
        ByteBuffer own = CloseStatus.asPayloadBuffer(reason.code(), reason.text());
        boolean repeatsCode = payload.remaining() >= Short.BYTES
                && Short.toUnsignedInt(payload.getShort(payload.position())) == reason.code();
        return reason.isRelaysOwn() ? repeatsCode : payload.equals(own);
    }

    /** Whether the bytes are exactly one masked pong frame. */
    static boolean isWholePong(ByteBuffer bytes) {
        int start = bytes.position();
        int length = bytes.remaining() - MASKED_HEADER;
        return length >= 0
                && length < LENGTH_IN_16_BITS
                && bytes.get(start) == (byte) (FIN | OpCode.PONG)
                && bytes.get(start + 1) == (byte) (MASKED | length);
    }

    /** Unmasks the payload of a short frame in place, and returns it. */
    static ByteBuffer unmasked(ByteBuffer frame) {
        int mask = frame.position() + MASKED_HEADER - MASK_BYTES;
        ByteBuffer payload = frame.position(mask + MASK_BYTES);
        for (int i = 0; i < payload.remaining(); i++) {
            int at = payload.position() + i;
            payload.put(at, (byte) (payload.get(at) ^ frame.get(mask + i % MASK_BYTES)));
        }
        return payload;
    }

    /** A frame with a copy of this payload. */
    static ByteBuffer of(byte opCode, ByteBuffer payload) {
        ByteBuffer frame = ByteBuffer.allocate(LONGEST_HEADER + payload.remaining());
        putHeader(opCode, payload.remaining(), frame);
        return frame.put(payload.duplicate()).flip();
    }

    static ByteBuffer text(byte[] utf8) {
        return of(OpCode.TEXT, ByteBuffer.wrap(utf8));
    }

    static ByteBuffer ping(String payload) {
        return of(OpCode.PING, ByteBuffer.wrap(payload.getBytes(StandardCharsets.UTF_8)));
    }
}
