package relay.access;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request presents to show who has sent it: a key, a token, or nothing. Immutable, for any thread. It is a secret, so
 * {@link #toString} does not show it.
 *
 * <p>It comes by the header {@code Authorization: Bearer}, by the parameter {@code token} of the query, or, since the script of a
 * web page can send nothing else in a handshake, by two subprotocols that follow one another: {@code bearer} and the credential.
 * There is at most one. An {@code Authorization} of another kind is meant for a server on the way; it counts only where
 * there is no other.
 */
public final class Credential {
    /** The subprotocol that says that a credential follows; the relay selects it. */
    public static final String PROTOCOL = "bearer";

    /** Of a request that presents nothing. */
    public static final Credential NONE = new Credential(List.of(), false);

    private static final Pattern BEARER = Pattern.compile("Bearer(?: +(\\S+))?", Pattern.CASE_INSENSITIVE);

    private final List<String> presented;
    private final boolean byProtocol;

    /** @param presented what it presents; empty: nothing. A text that is no credential, such as of another kind, is empty. */
    private Credential(List<String> presented, boolean byProtocol) {
        this.presented = presented;
        this.byProtocol = byProtocol;
    }

    /**
     * Finds it where it can only be in a header.
     *
     * @param authorizations the values of {@code Authorization}, one for each time it was sent
     * @throws AccessDeniedException if there is more than one
     */
    public static Credential of(List<String> authorizations) {
        return of(authorizations, List.of(), List.of());
    }

    /**
     * Finds it in all places where it may be.
     *
     * @param authorizations the values of {@code Authorization}, one for each time it was sent
     * @param tokens the decoded values of {@code ?token=}, one for each time it is given
     * @param protocols the values of {@code Sec-WebSocket-Protocol}, one for each time it was sent; each is a list with commas
     * @throws AccessDeniedException if there is more than one, or nothing follows {@code bearer}
     */
    public static Credential of(List<String> authorizations, List<String> tokens, List<String> protocols) {
        if (authorizations.size() > 1) {
            throw AccessDeniedException.ambiguous("Authorization came more than once: send one");
        }
        if (tokens.size() > 1) {
            throw AccessDeniedException.ambiguous("the parameter token came more than once: send one");
        }
        List<String> found = new ArrayList<>(tokens);
        Optional<String> offered = offered(protocols);
        offered.ifPresent(found::add);
        boolean ofAnotherKind = false;
        for (String authorization : authorizations) {
            Matcher bearer = BEARER.matcher(authorization.strip());
            if (bearer.matches()) {
                found.add(Optional.ofNullable(bearer.group(1)).orElse(""));
            } else {
                ofAnotherKind = true;
            }
        }
        if (found.size() > 1) {
            throw AccessDeniedException.ambiguous("there is more than one credential: send it as Authorization: Bearer,"
                    + " as the parameter token, or as a subprotocol, in one place only");
        }
        if (found.isEmpty()) {
            return ofAnotherKind ? new Credential(List.of(""), false) : NONE;
        }
        return new Credential(List.copyOf(found), offered.isPresent());
    }

    private static Optional<String> offered(List<String> values) {
        List<String> protocols = values.stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(String::strip)
                .toList();
        int place = protocols.indexOf(PROTOCOL);
        if (place < 0) {
            return Optional.empty();
        }
        if (place != protocols.lastIndexOf(PROTOCOL)) {
            throw AccessDeniedException.ambiguous("the subprotocol bearer is there more than once: offer it once");
        }
        if (place + 1 == protocols.size() || protocols.get(place + 1).isEmpty()) {
            throw AccessDeniedException.ambiguous(
                    "nothing follows the subprotocol bearer: offer two, bearer and then the key or token");
        }
        return Optional.of(protocols.get(place + 1));
    }

    /** The subprotocol to select, if it came by one. */
    public Optional<String> protocol() {
        return byProtocol ? Optional.of(PROTOCOL) : Optional.empty();
    }

    /** Whether the request presents nothing. */
    boolean isNone() {
        return presented.isEmpty();
    }

    /** The text; empty if there is none, or it cannot be a credential. */
    String text() {
        return presented.isEmpty() ? "" : presented.get(0);
    }

    @Override
    public String toString() {
        return presented.isEmpty() ? "no credential" : "a credential";
    }
}
