package relay.access;

import java.util.List;
import java.util.Optional;

/**
 * Which JSON Web Tokens are accepted.
 *
 * @param jwks the keys that sign them (RFC 7517): a URL of {@code http} or {@code https}, or a file
 * @param issuer the required {@code iss}; empty: any
 * @param audience at least one; {@code aud} must have one of them
 * @param algorithms the accepted algorithms, by their names in JWA (RFC 7518 §3.1); only those with a public key
 */
public record TokenOptions(String jwks, Optional<String> issuer, List<String> audience, List<String> algorithms) {
    public TokenOptions {
        audience = List.copyOf(audience);
        algorithms = List.copyOf(algorithms);
    }
}
