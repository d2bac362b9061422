package relay.access;

import java.util.Collection;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The origins (RFC 6454) of web pages that may use the relay. A request without an {@code Origin} is not from a page, and
 * not restricted.
 */
public final class Origins {
    private static final String ANY = "*";

    private final Set<String> allowed;

    /** @param allowed origins such as {@code https://example.com}; {@code *} is any */
    public Origins(Collection<String> allowed) {
        this.allowed = Set.copyOf(allowed);
    }

    /** Whether a page of this origin may use the relay. Scheme and host know no case. */
    public boolean allows(String origin) {
        return allowed.contains(ANY) || names(origin);
    }

    /** Whether pages of this origin are named, not only let in because any are. */
    public boolean names(String origin) {
        return !origin.equals(ANY) && allowed.stream().anyMatch(origin::equalsIgnoreCase);
    }

    /** The same rule for those who want regular expressions; {@code *} stays as it is. */
    public Set<String> patterns() {
        return allowed.stream()
                .map(origin -> origin.equals(ANY) ? ANY : Pattern.quote(origin))
                .collect(Collectors.toUnmodifiableSet());
    }
}
