package relay.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The text of a message, held as the UTF-8 that goes over the wire. */
public final class Text {
    private final byte[] utf8;

    private Text(byte[] utf8) {
        this.utf8 = utf8;
    }

    /**
     * The text as UTF-8.
     *
     * @throws InvalidInputException if it is not well-formed Unicode
     */
    public static Text of(String text) {
        Characters.requireWellFormed("message", text);
        return new Text(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Its length in bytes. */
    public int size() {
        return utf8.length;
    }

    /** Appends its bytes to a buffer that has room for them. */
    public void putInto(ByteBuffer target) {
        target.put(utf8);
    }

    @Override
    public String toString() {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
