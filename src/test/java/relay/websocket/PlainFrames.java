package relay.websocket;

import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Reads a client's frames as RFC 6455 §5.2 draws them, from bytes that are all there: for comparison with {@link
 * FrameHeaders}.
 */
final class PlainFrames {
    private static final int PROTOCOL_ERROR = 1002;
    private static final int TOO_BIG = 1009;

    private final byte[] bytes;
    private final int maxMessageBytes;
    private final boolean rsv1Used;
    private final int[] openSince;

    private int messageStart = -1;
    private long messageBytes;

    /** Where the frame begins that must not be; the end if there is none. */
    private int goodUntil;

    /** Where the byte ends by which that is known. */
    private int decidedAt;

    private OptionalInt closeCode = OptionalInt.empty();
    private boolean cutInLength;

    PlainFrames(byte[] bytes, int maxMessageBytes, boolean rsv1Used) {
        this.bytes = bytes;
        this.maxMessageBytes = maxMessageBytes;
        this.rsv1Used = rsv1Used;
        this.openSince = new int[bytes.length + 1];
        while (goodUntil < bytes.length && closeCode.isEmpty()) {
            int end = frame(goodUntil);
            goodUntil = closeCode.isPresent() ? goodUntil : end;
        }
    }

    int goodUntil() {
        return goodUntil;
    }

    int decidedAt() {
        return decidedAt;
    }

    OptionalInt closeCode() {
        return closeCode;
    }

    /** Whether the bytes end within a length, which may be known to be too much or not. */
    boolean isCutInLength() {
        return cutInLength;
    }

    /** Where that began which has not ended after so many bytes, be it a frame or a message; if nothing, their number. */
    int openSince(int offset) {
        return openSince[offset];
    }

    private int frame(int start) {
        int available = bytes.length - start;
        boolean fin = (bytes[start] & 0x80) != 0;
        int opCode = bytes[start] & 0x0f;
        boolean data = opCode <= 7;
        if ((bytes[start] & (rsv1Used ? 0x30 : 0x70)) != 0 || (data && (opCode == 0) != messageStart >= 0)) {
            return fault(PROTOCOL_ERROR, start + 1);
        }
        int shortLength = available > 1 ? bytes[start + 1] & 0x7f : 0;
        if (available > 1 && ((bytes[start + 1] & 0x80) == 0 || (!data && shortLength > 125))) {
            return fault(PROTOCOL_ERROR, start + 2);
        }
        int lengthBytes = shortLength == 127 ? 8 : shortLength == 126 ? 2 : 0;
        if (available > 2 && shortLength == 127 && bytes[start + 2] < 0) {
            return fault(PROTOCOL_ERROR, start + 3);
        }
        cutInLength = available > 1 && available < 2 + lengthBytes;
        long length = lengthBytes == 0 ? shortLength : 0;
        for (int i = 0; i < lengthBytes && !cutInLength; i++) {
            length = length * 256 + (bytes[start + 2 + i] & 0xff);
        }
        if (data && length > maxMessageBytes - messageBytes) {
            return fault(TOO_BIG, start + 2 + lengthBytes);
        }
        boolean inShortestForm = lengthBytes == 0 || length > (lengthBytes == 2 ? 125 : 65_535);
        if (!cutInLength && !inShortestForm) {
            return fault(PROTOCOL_ERROR, start + 2 + lengthBytes);
        }
        boolean whole = available > 1 && !cutInLength && available >= 2 + lengthBytes + 4 + length;
        int end = whole ? (int) (start + 2 + lengthBytes + 4 + length) : bytes.length;
        isOpen(start, end);
        if (whole && data) {
            messageStart = fin ? -1 : messageStart >= 0 ? messageStart : start;
            messageBytes = fin ? 0 : messageBytes + length;
        }
        if (whole) {
            openSince[end] = messageStart >= 0 ? messageStart : end;
        }
        return end;
    }

    private void isOpen(int frameStart, int end) {
        Arrays.fill(openSince, frameStart + 1, end + 1, messageStart >= 0 ? messageStart : frameStart);
    }

    private int fault(int code, int decided) {
        isOpen(goodUntil, decided);
        closeCode = OptionalInt.of(code);
        decidedAt = decided;
        return decided;
    }
}
