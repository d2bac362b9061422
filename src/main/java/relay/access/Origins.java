package relay.access;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import relay.message.InvalidInputException;

/**
 * The origins (RFC 6454) of web pages that may use the relay. A request without {@code Origin} does not come from a page, and
 * is not restricted. Immutable, for any thread.
 */
public final class Origins {
    private static final String ANY = "*";

    private final boolean any;
    private final List<Pattern> named;

    /**
     * Parses origins; empty ones are ignored.
     *
     * @param allowed such as {@code https://example.com} or {@code https://*.example.com}; {@code *} means any
     * @throws InvalidInputException if there are none, or one could never match
     */
    public Origins(Collection<String> allowed) {
        List<String> written = allowed.stream()
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .toList();
        if (written.isEmpty()) {
            throw new InvalidInputException("names no origin, and no page could use the relay: it takes"
                    + " https://example.com, or * for any");
        }
        any = written.contains(ANY);
        named = written.stream()
                .filter(text -> !text.equals(ANY))
                .map(PageOrigin::pattern)
                .map(Pattern::compile)
                .toList();
    }

    /** Whether a page of this origin may use the relay. Upper and lower case are the same. */
    public boolean allows(String origin) {
        return any || isNamed(origin);
    }

    /** Whether this origin is listed, not only allowed because any is. The opaque origin, which any page can have, never is. */
    public boolean names(String origin) {
        return !origin.equals(PageOrigin.OPAQUE) && isNamed(origin);
    }

    private boolean isNamed(String origin) {
        return named.stream().anyMatch(pattern -> pattern.matcher(origin).matches());
    }

    /** The same rule as regular expressions; {@code *} if any may. */
    public Set<String> patterns() {
        return any ? Set.of(ANY) : named.stream().map(Pattern::pattern).collect(Collectors.toUnmodifiableSet());
    }
}
