package relay.access;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import relay.message.InvalidInputException;

/**
 * Which credentials there are.
 *
 * @param keys API keys, as they are written
 * @param keysFile where more of them are
 * @param tokens which tokens are good; empty: none
 */
public record AccessOptions(Optional<String> keys, Optional<Path> keysFile, Optional<TokenOptions> tokens) {
    /** Whether there is any API key, or a place for them. */
    public boolean hasKeys() {
        return keys.isPresent() || keysFile.isPresent();
    }

    /**
     * Reads the keys and makes them count.
     *
     * @param nanos a clock that only runs on
     * @param clock the time of day, which tokens go by
     * @throws InvalidInputException if a key, a file or an algorithm is wrong
     */
    public Access open(LongSupplier nanos, InstantSource clock) {
        Optional<Tokens> verifier = tokens.map(options -> new Tokens(options, TokenKeys.of(options.jwks()), clock));
        return new Access(hasKeys() ? Optional.of(keyRing(nanos)) : Optional.empty(), verifier);
    }

    private Access.KeyRing keyRing(LongSupplier nanos) {
        ApiKeys given = keys.map(AccessOptions::readGiven).orElse(ApiKeys.NONE);
        if (keysFile.isEmpty()) {
            return given::find;
        }
        KeysFile file = new KeysFile(keysFile.get(), nanos);
        return credential -> given.find(credential).or(() -> file.current().find(credential));
    }

    private static ApiKeys readGiven(String keys) {
        try {
            ApiKeys given = ApiKeys.parse(keys);
            if (given.isEmpty()) {
                throw new InvalidInputException("it has no key: give it some, or do not set it");
            }
            return given;
        } catch (InvalidInputException e) {
            throw new InvalidInputException("RELAY_API_KEYS, or api-keys in the file of --config: " + e.detail());
        }
    }
}
