package relay.websocket;

import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.CloseException;
import org.eclipse.jetty.websocket.core.exception.ProtocolException;
import org.jspecify.annotations.Nullable;
import relay.outbound.CloseReason;

/**
 * Reads the headers of a client's frames as their bytes come in, ahead of Jetty's parser, for what that accepts or notices
 * only when the whole frame is in (RFC 6455 §5.2): reserved bits, no mask, a length that is not in its shortest form, a
 * message that is too long or out of order. Opcodes are Jetty's to check, which it does by the first byte.
 *
 * <p>One for a message, or a few that come together; for the one thread that reads the connection.
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

    /** How many bytes of a header have come: 0 outside of headers. */
    private int headerRead;

    /** Where the length ends that follows a header's second byte. */
    private int lengthEnd;

    private byte first;
    private long length;

    /** What has yet to come of the payload of the frame whose header was last. */
    private long payloadLeft;

    /** Where in the buffer the last frame begins, as far as it is in it. */
    private int frameStart;

    private boolean fragmented;
    private long messageBytes;
    private boolean anyFinished;
    private @Nullable CloseException fault;

    /** @param rsv1Used whether an extension has been agreed upon that gives the first reserved bit a meaning */
    FrameHeaders(int maxMessageBytes, boolean rsv1Used) {
        this.maxMessageBytes = maxMessageBytes;
        this.forbidden = rsv1Used ? RESERVED - RSV1 : RESERVED;
    }

    /** Reads on. If a frame begins that must not be, its bytes and all after them are taken off the buffer's end. */
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
     * Does nothing, unless a frame began that must not be.
     *
     * @throws CloseException with the code to close with
     */
    void throwFault() {
        if (fault != null) {
            throw fault;
        }
    }

    /** Whether a frame, or a message in fragments, has begun and not ended. */
    boolean isUnfinished() {
        return headerRead > 0 || payloadLeft > 0 || fragmented || fault != null;
    }

    /** Whether what is unfinished began among the bytes that were last read. */
    boolean beganAnew() {
        return anyFinished;
    }

    /** What the message takes that is unfinished: its fragments, and all of the frame under way, as Jetty makes room for it. */
    int heldBytes() {
        return (int) (messageBytes + (payloadLeft > 0 && isData() ? length : 0));
    }

    /** There is no room for the frame under way, of which the last bytes read are the first. */
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

    /** The value grows with every byte: what is too much already needs no more of them. */
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
