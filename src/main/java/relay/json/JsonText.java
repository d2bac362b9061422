package relay.json;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import relay.message.Text;

/**
 * Writes a text as a JSON string (RFC 8259 §7), without the quotes. It escapes only what must be escaped, as Jackson does,
 * and makes no copy. Stateless, for any thread.
 */
final class JsonText {
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
    private static final int FIRST_PLAIN = ' ';
    private static final int SHORT_ESCAPE = 2;
    private static final int LONG_ESCAPE = 6;

    private JsonText() {}

    /** The size of the string in bytes. */
    static long size(Text text) {
        long size = text.size();
        for (int i = 0; i < text.size(); i++) {
            size += escape(text.at(i)) - 1;
        }
        return size;
    }

    /** Appends the string to a buffer that has room for it. */
    static void put(Text text, ByteBuffer target) {
        for (int i = 0; i < text.size(); i++) {
            byte b = text.at(i);
            switch (escape(b)) {
                case SHORT_ESCAPE -> target.put((byte) '\\').put(letter(b));
                case LONG_ESCAPE ->
                    target.put((byte) '\\')
                            .put((byte) 'u')
                            .put((byte) '0')
                            .put((byte) '0')
                            .put(HEX[b >> 4])
                            .put(HEX[b & 0xF]);
                default -> target.put(b);
            }
        }
    }

    /** How many bytes one byte becomes. Bytes of non-ASCII characters are negative, and not escaped. */
    private static int escape(byte b) {
        if (b < 0 || b >= FIRST_PLAIN) {
            return b == '"' || b == '\\' ? SHORT_ESCAPE : 1;
        }
        return letter(b) == 0 ? LONG_ESCAPE : SHORT_ESCAPE;
    }

    /** The letter after the backslash; 0 if the escape is a number. */
    private static byte letter(byte b) {
        return (byte)
                switch (b) {
                    case '\b' -> 'b';
                    case '\t' -> 't';
                    case '\n' -> 'n';
                    case '\f' -> 'f';
                    case '\r' -> 'r';
                    case '"', '\\' -> b;
                    default -> 0;
                };
    }
}
