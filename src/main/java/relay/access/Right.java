package relay.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the bearer of a credential may do. */
public enum Right {
    /** Register and remove clients. */
    REGISTER,
    /** Publish messages. */
    PUBLISH,
    /** Receive messages without a registration, and read those of the past. */
    SUBSCRIBE,
    /** Look at and manage the relay. */
    ADMIN;

    /** Its name in keys and answers. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** All names, in words. */
    static String words() {
        return Arrays.stream(values())
                .map(Right::word)
                .collect(Collectors.joining(", "))
                .replaceFirst(", (?=[^,]+$)", " and ");
    }

    static Optional<Right> of(String word) {
        return Arrays.stream(values())
                .filter(right -> right.word().equals(word))
                .findFirst();
    }
}
