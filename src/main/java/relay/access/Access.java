package relay.access;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.schedule.Background;

/**
 * Decides who may do what. For any thread; it never blocks, since keys are read and fetched in the background.
 *
 * <p>If there are API keys, everything needs a credential. If there are only tokens, registering and subscribing need
 * one, and all else is open. If there are neither, all is open.
 */
public final class Access {
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
     * The sender of a request whose credential can only be in a header, if it may do this. Where all is open, nobody looks at
     * the header.
     *
     * @param authorizations the values of the request's {@code Authorization} headers
     * @throws AccessDeniedException if a credential is needed and is absent, invalid, or without this right
     */
    public Caller admit(List<String> authorizations, Right right) {
        return isOpenTo(right) ? Caller.UNRESTRICTED : admit(Credential.of(authorizations), right);
    }

    /**
     * The sender of a request, if it may do this.
     *
     * @throws AccessDeniedException if a credential is needed and is absent, invalid, or without this right
     */
    public Caller admit(Credential credential, Right right) {
        if (isOpenTo(right)) {
            return Caller.UNRESTRICTED;
        }
        if (credential.isNone()) {
            throw AccessDeniedException.missing("this needs a credential: send " + kindsFor(right)
                    + " with the right to " + right.word() + " as " + places(right));
        }
        if (credential.text().isEmpty()) {
            throw AccessDeniedException.invalid(
                    "the credential is empty, or of another kind: send " + kindsFor(right) + " as " + places(right));
        }
        Optional<Caller> holder = keys == null ? Optional.empty() : keys.find(credential.text());
        Caller caller = holder.orElseGet(() -> byToken(credential.text()));
        if (!caller.rights().contains(right)) {
            throw AccessDeniedException.insufficient(right);
        }
        return caller;
    }

    /**
     * The caller that a token describes, for a client that renews its own. A key is no token.
     *
     * @throws AccessDeniedException if it is not valid, or cannot be checked now, or the relay takes no tokens
     */
    public Caller verifyToken(String token) {
        if (tokens == null) {
            throw AccessDeniedException.invalid("this relay takes no tokens: nothing can be renewed here");
        }
        return tokens.verify(token, false);
    }

    /** Whether this needs no credential. */
    public boolean isOpenTo(Right right) {
        return keys == null && (tokens == null || !Caller.RIGHTS_OF_TOKENS.contains(right));
    }

    private String kindsFor(Right right) {
        if (tokens == null || !Caller.RIGHTS_OF_TOKENS.contains(right)) {
            return "an API key";
        }
        return keys == null ? "a token" : "an API key or a token";
    }

    private static String places(Right right) {
        return right == Right.SUBSCRIBE
                ? "Authorization: Bearer, as ?token=, or on a WebSocket as the subprotocols bearer and then the credential"
                : "Authorization: Bearer";
    }

    private Caller byToken(String credential) {
        if (tokens == null) {
            throw AccessDeniedException.invalid("the API key is not known: send one that is");
        }
        return tokens.verify(credential, keys != null);
    }
}
