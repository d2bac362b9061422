package relay.access;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import relay.schedule.Background;

/**
 * Decides who may do what. For any thread; it never blocks, since keys are read and fetched in the background.
 *
 * <p>If there are API keys, everything needs a credential. If there are only tokens, registering needs one, and all else is
 * open. If there are neither, all is open.
 */
public final class Access {
    private static final Pattern BEARER = Pattern.compile("Bearer +(\\S+)", Pattern.CASE_INSENSITIVE);

    private final @Nullable KeyRing keys;
    private final @Nullable Tokens tokens;
    private final List<Background> background;

    /** The API keys that are in force now. */
    @FunctionalInterface
    interface KeyRing {
        /** The caller with this key. */
        Optional<Caller> find(String presented);
    }

    Access(Optional<KeyRing> keys, Optional<Tokens> tokens, List<Background> background) {
        this.keys = keys.orElse(null);
        this.tokens = tokens.orElse(null);
        this.background = List.copyOf(background);
    }

    /** The tasks that keep the keys up to date, to be started before the first request. */
    public List<Background> background() {
        return background;
    }

    /** Starts to read or fetch the keys again, and does not wait for that. */
    public void readAgain() {
        background.forEach(Background::hurry);
    }

    /**
     * The sender of a request, if it may do this.
     *
     * @param authorizations the values of the request's {@code Authorization} headers
     * @throws AccessDeniedException if a credential is needed and is absent, invalid, or without this right
     */
    public Caller admit(List<String> authorizations, Right right) {
        if (isOpenTo(right)) {
            return Caller.UNRESTRICTED;
        }
        if (authorizations.isEmpty()) {
            throw AccessDeniedException.missing("this needs a credential: send Authorization: Bearer and "
                    + kindsFor(right)
                    + " with the right to " + right.word());
        }
        if (authorizations.size() > 1) {
            throw AccessDeniedException.ambiguous("Authorization came more than once: send one");
        }
        Caller caller = identify(authorizations.get(0), right);
        if (!caller.rights().contains(right)) {
            throw AccessDeniedException.insufficient(right);
        }
        return caller;
    }

    /** Whether this needs no credential. */
    public boolean isOpenTo(Right right) {
        return keys == null && (tokens == null || right != Right.REGISTER);
    }

    private String kindsFor(Right right) {
        if (tokens == null || right != Right.REGISTER) {
            return "an API key";
        }
        return keys == null ? "a token" : "an API key or a token";
    }

    private Caller identify(String authorization, Right right) {
        Matcher bearer = BEARER.matcher(authorization.strip());
        if (!bearer.matches()) {
            throw AccessDeniedException.invalid("Authorization is of another kind: send Bearer and " + kindsFor(right));
        }
        String credential = bearer.group(1);
        Optional<Caller> holder = keys == null ? Optional.empty() : keys.find(credential);
        return holder.orElseGet(() -> byToken(credential));
    }

    private Caller byToken(String credential) {
        if (tokens == null) {
            throw AccessDeniedException.invalid("the API key is not known: send one that is");
        }
        return tokens.verify(credential);
    }
}
