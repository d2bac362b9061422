package relay.engine.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import relay.message.Text;

/** What goes to the server and comes back. */
final class Bytes {
    static final byte[] NONE = {};

    private Bytes() {}

    static byte[] of(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] of(long number) {
        return Long.toString(number).getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] of(OptionalLong number) {
        return number.isPresent() ? of(number.getAsLong()) : NONE;
    }

    static byte[] of(Duration time) {
        return of(time.toMillis());
    }

    static byte[] of(Text text) {
        ByteBuffer buffer = ByteBuffer.allocate(text.size());
        text.putInto(buffer);
        return buffer.array();
    }

    static byte[] joined(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** An element of an answer. */
    static String text(List<Object> answer, int position) {
        return text((byte[]) answer.get(position));
    }

    /** An element of an answer. */
    static long number(List<Object> answer, int position) {
        return (Long) answer.get(position);
    }
}
