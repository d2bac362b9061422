package relay.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Where things are in a message of {@code format=json}: {@code {"id":"...","time":"...","topic":"...","message":"..."}}. The message
 * is the last field, and of a known size.
 */
final class Envelope {
    /** How many bytes of one are looked at: all before the text, and its stamp. */
    static final int HEAD_BYTES = 256;

    private static final byte[] ID = "{\"id\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] GAP = "{\"gap\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MESSAGE = "\"message\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final int TO_TIME = "\",\"time\":\"".length();
    private static final String TIME = "2026-11-26T10:00:00.123Z";
    private static final int END = "\"}".length();

    private Envelope() {}

    /** Whether it is the notice that messages are no longer held. */
    static boolean isGap(ByteBuffer bytes, int at, long length) {
        return length > GAP.length && isThere(GAP, bytes, at);
    }

    /** Where the text begins in an envelope of this length, if the text has this size; -1 if this is no such envelope. */
    static int textAt(ByteBuffer bytes, int at, long length, int size) {
        long before = length - size - END;
        if (before < ID.length + MESSAGE.length || before + Stamp.LENGTH > HEAD_BYTES) {
            return -1;
        }
        int textAt = at + (int) before;
        return isThere(ID, bytes, at) && isThere(MESSAGE, bytes, textAt - MESSAGE.length) ? textAt : -1;
    }

    /** Copies the id, and returns its length; an envelope has one. */
    static int copyId(ByteBuffer bytes, int at, byte[] target) {
        int from = at + ID.length;
        int length = 0;
        while (length < target.length && bytes.get(from + length) != '"') {
            target[length] = bytes.get(from + length);
            length++;
        }
        return length;
    }

    /**
     * When the relay accepted the message, in milliseconds since 1970 by its clock.
     *
     * @param idLength the length of its id
     */
    static long acceptedAt(ByteBuffer bytes, int at, int idLength) {
        byte[] time = new byte[TIME.length()];
        bytes.get(at + ID.length + idLength + TO_TIME, time);
        return Instant.parse(new String(time, StandardCharsets.US_ASCII)).toEpochMilli();
    }

    private static boolean isThere(byte[] text, ByteBuffer bytes, int at) {
        for (int i = 0; i < text.length; i++) {
            if (bytes.get(at + i) != text[i]) {
                return false;
            }
        }
        return true;
    }
}
