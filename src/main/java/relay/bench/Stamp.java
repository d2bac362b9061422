package relay.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The head of each message's text, in ASCII of a fixed width: the topic, the publisher, the publisher's counter in that
 * topic, and the moment when the message was due.
 */
final class Stamp {
    /** Its size in bytes, and so the least size of a message. */
    static final int LENGTH = 34;

    /** Topics and publishers are below this. */
    static final int MAX_NUMBER = 1 << 16;

    private static final int TOPIC_AT = 1;
    private static final int PUBLISHER_AT = 5;
    private static final int COUNTER_AT = 9;
    private static final int MOMENT_AT = 17;
    private static final int END_AT = 33;
    private static final byte START = 'b';
    private static final byte END = '.';
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private Stamp() {}

    /** Writes a stamp over the bytes from {@code at} on. */
    static void write(byte[] target, int at, int topic, int publisher, int counter, long moment) {
        target[at] = START;
        putHex(target, at + TOPIC_AT, 4, topic);
        putHex(target, at + PUBLISHER_AT, 4, publisher);
        putHex(target, at + COUNTER_AT, 8, counter);
        putHex(target, at + MOMENT_AT, 16, moment);
        target[at + END_AT] = END;
    }

    /** Whether a stamp begins there; at least {@link #LENGTH} bytes are readable. */
    static boolean isAt(ByteBuffer text, int at) {
        return text.get(at) == START && text.get(at + END_AT) == END;
    }

    static int topic(ByteBuffer text, int at) {
        return (int) hex(text, at + TOPIC_AT, 4);
    }

    static int publisher(ByteBuffer text, int at) {
        return (int) hex(text, at + PUBLISHER_AT, 4);
    }

    static int counter(ByteBuffer text, int at) {
        return (int) hex(text, at + COUNTER_AT, 8);
    }

    static long moment(ByteBuffer text, int at) {
        return hex(text, at + MOMENT_AT, 16);
    }

    private static void putHex(byte[] target, int at, int digits, long value) {
        for (int i = digits - 1; i >= 0; i--) {
            target[at + i] = DIGITS[(int) (value & 0xF)];
            value >>>= 4;
        }
    }

    /** The value of digits that {@link #putHex} wrote; for anything else some number. */
    private static long hex(ByteBuffer text, int at, int digits) {
        long value = 0;
        for (int i = at; i < at + digits; i++) {
            int digit = text.get(i);
            value = (value << 4) | ((digit <= '9' ? digit - '0' : digit - 'a' + 10) & 0xF);
        }
        return value;
    }
}
