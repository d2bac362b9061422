package relay.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the bearer of a credential may do. */
public enum Right {
    /** Register and remove clients. */
    REGISTER,
    /** Publish messages. */
    PUBLISH,
    /** Look at and manage the relay. */
    ADMIN;

    /** Its name in keys and answers. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Right> of(String word) {
        return Arrays.stream(values())
                .filter(right -> right.word().equals(word))
                .findFirst();
    }
}
