package relay.engine.disk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The layout of a record: marker (4 bytes), length of the body (4), checksum of the body (4); the body: kind (1), sequence (8), time
 * in milliseconds (8), and what the kind has. Kinds:
 *
 * <ul>
 *   <li>message: flags, topic, recipient and idempotency key with its fingerprint if the flags say so, what else the flags say
 *       ({@link MessageCodec}), text
 *   <li>registration: all of it, {@link StoredRegistration#putInto}
 *   <li>presence: number of the registration, presence, since when, cursor
 *   <li>cursors: for each, number of the registration, how far its cursor is behind the sequence of the record
 *   <li>ended: number of the registration
 *   <li>key: all of it, {@link StoredKey#putInto}
 *   <li>retained: a value that was set by a message which the log may not have any more, {@link RetainedValue#putInto}
 * </ul>
 *
 * <p>The sequence of a message is its own; another record has that of the newest message before it. The time of a message is never
 * less than that of one before it.
 */
final class Layout {
    static final byte MESSAGE = 1;
    static final byte REGISTRATION = 2;
    static final byte PRESENCE = 3;
    static final byte CURSORS = 4;
    static final byte ENDED = 5;
    static final byte KEY = 6;
    static final byte RETAINED = 7;
    static final byte LAST_KIND = RETAINED;

    static final int LENGTH_AT = 4;
    static final int CHECKSUM_AT = 8;
    static final int BODY_AT = 12;
    static final int SEQUENCE_AT = 13;
    static final int TIME_AT = 21;
    static final int PAYLOAD_AT = 29;
    static final int LEAST_BODY = PAYLOAD_AT - BODY_AT;

    static final byte HAS_RECIPIENT = 1;
    static final byte HAS_KEY = 2;
    static final byte HAS_TOPICS = 4;
    static final byte HAS_TTL = 8;
    static final byte HAS_EXCLUDE = 16;
    static final byte RETAINS = 32;
    static final byte CLEARS = 64;
    static final byte HAS_FROM = (byte) 128;

    private static final int SHIFT = 7;
    private static final int LOW_BITS = 0x7f;

    /** The most bytes of a number that {@link #putNumber} writes. */
    static final int MOST_NUMBER_BYTES = 10;

    private Layout() {}

    /** A text of up to 65,535 bytes, after its length. */
    static void putText(ByteBuffer target, byte[] utf8) {
        target.putShort((short) utf8.length).put(utf8);
    }

    static String getText(ByteBuffer source) {
        byte[] utf8 = new byte[Short.toUnsignedInt(source.getShort())];
        source.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    static void skipText(ByteBuffer source) {
        int length = Short.toUnsignedInt(source.getShort());
        source.position(source.position() + length);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A number in as few bytes as it needs, seven bits in each. */
    static void putNumber(ByteBuffer target, long number) {
        long rest = number;
        while ((rest & ~LOW_BITS) != 0) {
            target.put((byte) ((rest & LOW_BITS) | ~LOW_BITS));
            rest >>>= SHIFT;
        }
        target.put((byte) rest);
    }

    static long getNumber(ByteBuffer source) {
        long number = 0;
        for (int shift = 0; ; shift += SHIFT) {
            byte next = source.get();
            number |= (long) (next & LOW_BITS) << shift;
            if (next >= 0) {
                return number;
            }
        }
    }
}
