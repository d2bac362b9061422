package relay.bench;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The API keys that a relay is shown. They come from the same {@code RELAY_API_KEYS} that configures a relay: each entry is
 * a key, {@code key:rights} or {@code key:rights:topics}. Immutable, for any thread.
 *
 * @param register one with the right to register; empty: none is shown
 * @param publish one with the right to publish; empty: none is shown
 */
record Keys(Optional<String> register, Optional<String> publish) {
    static final Keys NONE = new Keys(Optional.empty(), Optional.empty());

    /** A token of {@code Authorization: Bearer} (RFC 6750 §2.1). */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    /** One entry, split at its colons. */
    private record Written(List<String> parts) {
        boolean may(String right) {
            return parts.size() < 2
                    || Stream.of(parts.get(1).split("\\+", -1))
                            .anyMatch(word -> word.strip().equals(right));
        }

        /** Whether it allows all topics, and so those of a run, whose names are new. */
        boolean isForAnyTopic() {
            return parts.size() < 3
                    || Stream.of(parts.get(2).split("\\+", -1))
                            .anyMatch(topic -> topic.strip().equals("*"));
        }
    }

    /**
     * Parses entries that are separated by commas or lines.
     *
     * @throws IllegalArgumentException if an entry has no valid key; the message does not show it
     */
    static Keys of(String text) {
        List<Written> written = text.lines()
                .filter(line -> !line.strip().startsWith("#"))
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .map(String::strip)
                .filter(key -> !key.isEmpty())
                .map(key -> new Written(List.of(key.split(":", -1))))
                .toList();
        if (!written.stream().allMatch(key -> KEY.matcher(key.parts().get(0)).matches())) {
            throw new IllegalArgumentException(
                    "RELAY_API_KEYS has a key that is none: letters, digits and -._~+/= make one");
        }
        return new Keys(find(written, "register"), find(written, "publish"));
    }

    private static Optional<String> find(List<Written> written, String right) {
        List<Written> fitting = written.stream().filter(key -> key.may(right)).toList();
        return fitting.stream()
                .filter(Written::isForAnyTopic)
                .findFirst()
                .or(() -> fitting.stream().findFirst())
                .map(key -> key.parts().get(0));
    }

    /** The header line for a request to a resource; empty if it needs none. */
    String header(String resource) {
        Optional<String> key = switch (resource) {
            case "/register" -> register;
            case "/publish" -> publish;
            default -> Optional.empty();
        };
        return key.map(shown -> "Authorization: Bearer " + shown + "\r\n").orElse("");
    }

    /** Without the keys, which are secret. */
    @Override
    public String toString() {
        return "keys";
    }
}
