package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** What a script has answered: numbers, texts and lists. */
record Reply(List<Object> elements) {
    int size() {
        return elements.size();
    }

    long number(int position) {
        return (Long) elements.get(position);
    }

    String text(int position) {
        return text(elements.get(position));
    }

    byte[] bytes(int position) {
        return (byte[]) elements.get(position);
    }

    List<?> list(int position) {
        return (List<?>) elements.get(position);
    }

    /** All elements, where each is a text. */
    Stream<String> texts() {
        return elements.stream().map(Reply::text);
    }

    static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }
}
