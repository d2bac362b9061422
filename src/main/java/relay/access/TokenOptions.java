package relay.access;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Which JSON Web Tokens are accepted. Those by HS256 are checked with the secret only, and all others with the keys only.
 *
 * @param jwks the keys that sign them (RFC 7517): a URL of {@code http} or {@code https}, or a file; empty: none
 * @param secretFile the secret that signs them by HS256; empty: none
 * @param issuer the required {@code iss}; empty: any
 * @param audience {@code aud} must have one of them; empty: any
 * @param algorithms the accepted algorithms of the keys, by their names in JWA (RFC 7518 §3.1)
 */
public record TokenOptions(
        Optional<String> jwks,
        Optional<Path> secretFile,
        Optional<String> issuer,
        List<String> audience,
        List<String> algorithms) {
    /** The algorithms that are accepted if nothing else is said, with commas between. */
    public static final String USUAL_ALGORITHMS = "RS256,PS256,ES256,EdDSA,Ed25519";

    public TokenOptions {
        audience = List.copyOf(audience);
        algorithms = List.copyOf(algorithms);
    }

    /** The names in a list with commas, such as several for the audience. */
    public static List<String> names(String list) {
        return Arrays.stream(list.split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }
}
