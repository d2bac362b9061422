package relay.websocket;

import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.CloseException;
import org.eclipse.jetty.websocket.core.exception.ProtocolException;
import org.jspecify.annotations.Nullable;
import relay.outbound.CloseReason;

/**
 * Checks the headers of a client's frames as their bytes arrive, ahead of Jetty's parser (RFC 6455 §5.2): reserved bits,
 * the mask, the shortest form of lengths, the size and order of messages. Jetty accepts some of these faults, and notices
 * others only when the whole frame has arrived. Opcodes are left to Jetty, which checks them by the first byte.
 *
 * <p>One instance for a message, or for several that arrive together; for the one thread that reads the connection.
 */
final class FrameHeaders {
    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int RSV1 = 0x40;
    private static final int OP_CODE = 0x0F;
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7F;
    private static final int LENGTH_IN_16_BITS = 126;
    private static final int LENGTH_IN_64_BITS = 127;
    private static final int MASK_BYTES = 4;

    private final int maxMessageBytes;
    private final int forbidden;

    /** How many bytes of the current header have arrived; 0 between headers. */
    private int headerRead;

    /** How many bytes of the header there are up to the end of the length. */
    private int lengthEnd;

    private byte first;
    private long length;

    /** How many bytes of the current payload are still to come. */
    private long payloadLeft;

    /** The position in the buffer of the current frame, or of its part in the buffer. */
    private int frameStart;

    private boolean fragmented;
    private long messageBytes;
    private boolean anyFinished;
    private @Nullable CloseException fault;

    /** @param rsv1Used whether a negotiated extension uses the first reserved bit */
    FrameHeaders(int maxMessageBytes, boolean rsv1Used) {
        this.maxMessageBytes = maxMessageBytes;
        this.forbidden = rsv1Used ? RESERVED - RSV1 : RESERVED;
    }

    /** Reads more bytes. If an invalid frame begins, its bytes and all after them are cut off the buffer. */
    void read(ByteBuffer bytes) {
        anyFinished = false;
        frameStart = bytes.position();
        int next = frameStart;
        try {
            while (next < bytes.limit()) {
                if (payloadLeft > 0) {
                    next += skipPayload(bytes.limit() - next);
                } else {
                    frameStart = headerRead == 0 ? next : frameStart;
                    readHeader(bytes.get(next));
                    next++;
                }
            }
        } catch (CloseException e) {
            fault = e;
            bytes.limit(frameStart);
        }
    }

    /**
     * Throws if an invalid frame has begun.
     *
     * @throws CloseException with the code to close with
     */
    void throwFault() {
        if (fault != null) {
            throw fault;
        }
    }

    /** Whether a frame, or a fragmented message, has begun and not ended. */
    boolean isUnfinished() {
        return headerRead > 0 || payloadLeft > 0 || fragmented || fault != null;
    }

    /** Whether the unfinished message began among the bytes that were last read. */
    boolean beganAnew() {
        return anyFinished;
    }

    /**
     * The size of the unfinished message: its fragments, and the whole of the current frame, since Jetty allocates that
     * much.
     */
    int heldBytes() {
        return (int) (messageBytes + (payloadLeft > 0 && isData() ? length : 0));
    }

    /** There is no memory for the current frame, which began among the bytes last read. */
    void refuse(ByteBuffer bytes) {
        fault = new CloseException(CloseReason.OVERLOADED.code(), CloseReason.OVERLOADED.text());
        bytes.limit(frameStart);
    }

    private int skipPayload(int available) {
        int skipped = (int) Math.min(available, payloadLeft);
        payloadLeft -= skipped;
        if (payloadLeft == 0) {
            endFrame();
        }
        return skipped;
    }

    private void readHeader(byte next) {
        headerRead++;
        if (headerRead == 1) {
            readFirst(next);
        } else if (headerRead == 2) {
            readSecond(next);
        } else if (headerRead <= lengthEnd) {
            length = length << Byte.SIZE | (next & 0xFF);
            checkExtendedLength();
        }
        if (headerRead > 1 && headerRead == lengthEnd + MASK_BYTES) {
            headerRead = 0;
            payloadLeft = length;
            if (length == 0) {
                endFrame();
            }
        }
    }

    private void readFirst(byte next) {
        first = next;
        if ((next & forbidden) != 0) {
            throw new ProtocolException("a reserved bit is set that no agreed extension uses");
        }
        if ((next & RSV1) != 0 && (!isData() || opCode() == OpCode.CONTINUATION)) {
            throw new ProtocolException("RSV1 belongs on the first frame of a message (RFC 7692 §6.1)");
        }
        if (isData() && (opCode() == OpCode.CONTINUATION) != fragmented) {
            throw new ProtocolException(
                    fragmented ? "a message begins within another" : "a continuation of no message");
        }
    }

    private void readSecond(byte next) {
        if ((next & MASKED) == 0) {
            throw new ProtocolException("a client's frames are masked");
        }
        length = next & LENGTH;
        lengthEnd = 2;
        if (length >= LENGTH_IN_16_BITS) {
            if (!isData()) {
                throw new ProtocolException("a control frame takes at most 125 bytes");
            }
            lengthEnd += length == LENGTH_IN_64_BITS ? Long.BYTES : Short.BYTES;
            length = 0;
        } else {
            checkMessageSize();
        }
    }

    /** The value only grows with each byte: if it is too large already, the rest does not matter. */
    private void checkExtendedLength() {
        boolean in64Bits = lengthEnd == 2 + Long.BYTES;
        if (in64Bits && headerRead == 3 && length > Byte.MAX_VALUE) {
            throw new ProtocolException("a length has 63 bits");
        }
        checkMessageSize();
        if (headerRead == lengthEnd && length < (in64Bits ? 1 << Short.SIZE : LENGTH_IN_16_BITS)) {
            throw new ProtocolException("a length is written in its shortest form");
        }
    }

    private void checkMessageSize() {
        if (isData() && messageBytes + length > maxMessageBytes) {
            throw Frames.tooLarge(maxMessageBytes);
        }
    }

    private void endFrame() {
        if (isData()) {
            fragmented = (first & FIN) == 0;
            messageBytes = fragmented ? messageBytes + length : 0;
        }
        anyFinished |= !fragmented;
    }

    private int opCode() {
        return first & OP_CODE;
    }

    private boolean isData() {
        return opCode() < OpCode.CLOSE;
    }
}
