package relay.access;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import relay.message.InvalidInputException;

/**
 * The origins (RFC 6454) of web pages that may use the relay. A request without an {@code Origin} is not from a page, and
 * not restricted. Immutable, for any thread.
 */
public final class Origins {
    private static final String ANY = "*";

    private final boolean any;
    private final List<Pattern> named;

    /**
     * Reads them; empty ones are passed over.
     *
     * @param allowed such as {@code https://example.com} or {@code https://*.example.com}; {@code *} is any
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

    /** Whether a page of this origin may use the relay. Scheme and host know no case. */
    public boolean allows(String origin) {
        return any || isNamed(origin);
    }

    /** Whether pages of this origin are named, not only let in because any are. An origin that any page can have is no name. */
    public boolean names(String origin) {
        return !origin.equals(PageOrigin.OPAQUE) && isNamed(origin);
    }

    private boolean isNamed(String origin) {
        return named.stream().anyMatch(pattern -> pattern.matcher(origin).matches());
    }

    /** The same rule as regular expressions, for those who want these; {@code *} where any may. */
    public Set<String> patterns() {
        return any ? Set.of(ANY) : named.stream().map(Pattern::pattern).collect(Collectors.toUnmodifiableSet());
    }
}
