package relay.access;

import java.util.List;
import java.util.Optional;

/**
 * Which JSON Web Tokens are good.
 *
 * @param jwks where the keys are that sign them (RFC 7517): a URL of {@code http} or {@code https}, or a file
 * @param issuer what {@code iss} has to say; empty: anything
 * @param audience one of them has to be in {@code aud}; at least one
 * @param algorithms how they may be signed, by their names in JWA (RFC 7518 §3.1): of those with a public key only
 */
public record TokenOptions(String jwks, Optional<String> issuer, List<String> audience, List<String> algorithms) {
    public TokenOptions {
        audience = List.copyOf(audience);
        algorithms = List.copyOf(algorithms);
    }
}
