package relay.access;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Stream;
import relay.message.InvalidInputException;
import relay.schedule.Ticker;

/**
 * The credentials that the relay accepts.
 *
 * @param keys API keys in their written form
 * @param keysFile a file with more of them
 * @param tokens the tokens that are accepted; empty: none
 */
public record AccessOptions(Optional<String> keys, Optional<Path> keysFile, Optional<TokenOptions> tokens) {
    /** Whether there are API keys, or a file for them. */
    public boolean hasKeys() {
        return keys.isPresent() || keysFile.isPresent();
    }

    /**
     * Reads the keys and puts them in force.
     *
     * @param clock the time of day, for the times in tokens
     * @throws InvalidInputException if a key, a file or an algorithm is wrong
     */
    public Access open(Ticker ticker, InstantSource clock) {
        ApiKeys given = keys.map(AccessOptions::readGiven).orElse(ApiKeys.NONE);
        Optional<KeysFile> file = keysFile.map(KeysFile::new);
        Optional<Access.KeyRing> ring = hasKeys() ? Optional.of(keyRing(given, file)) : Optional.empty();
        Optional<TokenKeys> tokenKeys =
                tokens.flatMap(TokenOptions::jwks).map(urlOrFile -> TokenKeys.of(urlOrFile, ticker));
        Optional<SecretFile<HmacSecret>> secret =
                tokens.flatMap(TokenOptions::secretFile).map(HmacSecret::in);
        return new Access(
                ring,
                tokens.map(options -> new Tokens(options, tokenKeys, secret, clock)),
                Stream.of(
                                file.map(KeysFile::background),
                                tokenKeys.map(TokenKeys::background),
                                secret.map(SecretFile::background))
                        .flatMap(Optional::stream)
                        .toList());
    }

    private static Access.KeyRing keyRing(ApiKeys given, Optional<KeysFile> file) {
        return credential -> given.find(credential)
                .or(() -> file.flatMap(keys -> keys.current().find(credential)));
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
