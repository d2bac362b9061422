package relay.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The text of a message as UTF-8, which is how it goes over the wire. */
public final class Text {
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
        byte[] utf8 = Arrays.copyOfRange(bytes, from, bytes.length);
        if (!isAscii(utf8)) {
            requireUtf8(utf8);
        }
        return new Text(utf8);
    }

    private static boolean isAscii(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    private static void requireUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("message is not UTF-8: send well-formed Unicode");
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
