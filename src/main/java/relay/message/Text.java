package relay.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The text of a message as UTF-8, which is how it goes over the wire. */
public final class Text {
    /** The bytes of an array, eight at a time. */
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** The sign of each of eight bytes. */
    private static final long SIGNS = 0x8080_8080_8080_8080L;

    private final byte[] utf8;

    private Text(byte[] utf8) {
        this.utf8 = utf8;
    }

    /**
     * Encodes a text.
     *
     * @throws InvalidInputException if it is not well-formed Unicode
     */
    public static Text of(String text) {
        Characters.requireWellFormed("message", text);
        return new Text(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Copies the UTF-8 of a text from an array, from a position to its end.
     *
     * @throws InvalidInputException if it is not UTF-8
     */
    public static Text ofUtf8(byte[] bytes, int from) {
        return ofUtf8(bytes, from, bytes.length)
                .orElseThrow(() -> new InvalidInputException("message is not UTF-8: send well-formed Unicode"));
    }

    /** Copies the UTF-8 of a text from one position in an array to another; empty if it is not UTF-8. */
    public static Optional<Text> ofUtf8(byte[] bytes, int from, int to) {
        byte[] utf8 = Arrays.copyOfRange(bytes, from, to);
        return isAscii(utf8) || isUtf8(utf8) ? Optional.of(new Text(utf8)) : Optional.empty();
    }

    private static boolean isAscii(byte[] bytes) {
        int i = 0;
        for (; i <= bytes.length - Long.BYTES; i += Long.BYTES) {
            if (((long) EIGHT_BYTES.get(bytes, i) & SIGNS) != 0) {
                return false;
            }
        }
        int rest = 0;
        for (; i < bytes.length; i++) {
            rest |= bytes[i];
        }
        return rest >= 0;
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Its length in bytes. */
    public int size() {
        return utf8.length;
    }

    /** One of its bytes. */
    public byte at(int index) {
        return utf8[index];
    }

    /** Appends its bytes to a buffer with enough room. */
    public void putInto(ByteBuffer target) {
        target.put(utf8);
    }

    @Override
    public String toString() {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
