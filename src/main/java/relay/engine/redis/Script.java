package relay.engine.redis;

import io.lettuce.core.codec.Base16;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import relay.message.Text;

/** A Lua script, which the server runs in one step: the file of the same name beside this class. */
enum Script {
    PERMIT,
    BEGIN,
    PUBLISH,
    BARRIER,
    PROBE,
    PAST,
    NAMES,
    REMEMBER,
    TAKE,
    DELIVERED,
    NOTE,
    LEAVE,
    ADD,
    FIND,
    CLAIM,
    UPDATE,
    RELEASE,
    RESTORE,
    REMOVE,
    REVOKE,
    OF,
    CHANGE,
    AWAY;

    private final String text;
    private final String digest;

    Script() {
        String file = name().toLowerCase(Locale.ROOT) + ".lua";
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + file);
            }
            byte[] bytes = in.readAllBytes();
            text = Reply.text(bytes);
            digest = Base16.digest(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it may make a difference to what is published before: it is called after that. */
    boolean followsPublications() {
        return this != PUBLISH && this != REMEMBER && this != BARRIER && this != PROBE;
    }

    String text() {
        return text;
    }

    /** The server's name for it, once it has seen it: the SHA-1 of the text. */
    String digest() {
        return digest;
    }

    /**
     * An argument as it is sent: texts as UTF-8, numbers in decimal digits, durations as milliseconds; an empty
     * {@code OptionalLong} as nothing; bytes as they are.
     */
    static byte[] argument(Object value) {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        if (value instanceof Text text) {
            ByteBuffer buffer = ByteBuffer.allocate(text.size());
            text.putInto(buffer);
            return buffer.array();
        }
        if (value instanceof Duration time) {
            return argument(time.toMillis());
        }
        if (value instanceof OptionalLong number) {
            return argument(number.isPresent() ? number.getAsLong() : "");
        }
        return String.valueOf(value).getBytes(StandardCharsets.UTF_8);
    }
}
