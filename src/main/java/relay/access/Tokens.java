package relay.access;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import relay.message.InvalidInputException;

/**
 * Verifies JSON Web Tokens (RFC 7519). For any thread; it never blocks.
 *
 * <p>The sender of an invalid token is told why. What the relay expects of the claims is told only if a known key has signed
 * the token; otherwise the answer is about the header alone.
 */
final class Tokens {
    private static final Set<JOSEObjectType> TYPES =
            Set.of(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"));

    private final TokenKeys keys;
    private final TokenClaims claims;
    private final Set<JWSAlgorithm> algorithms;
    private final String algorithmNames;

    Tokens(TokenOptions options, TokenKeys keys, InstantSource clock) {
        this.keys = keys;
        this.claims = new TokenClaims(options, clock);
        Set<JWSAlgorithm> taken = new HashSet<>();
        options.algorithms().forEach(name -> taken.add(algorithm(name.strip())));
        if (taken.isEmpty()) {
            throw new InvalidInputException("--jwt-algorithms names none: it takes " + names(known()));
        }
        this.algorithms = Set.copyOf(taken);
        this.algorithmNames = names(algorithms);
    }

    /**
     * The caller that a token describes.
     *
     * @throws AccessDeniedException if it is not valid, or cannot be checked now
     */
    Caller verify(String credential) {
        SignedJWT token = parse(credential);
        requireKnownForm(token.getHeader());
        requireSigned(token);
        Map<String, Object> said = token.getPayload().toJSONObject();
        if (said == null) {
            throw AccessDeniedException.invalid("the token is not good: what it says is no JSON object");
        }
        try {
            return claims.caller(said);
        } catch (InvalidInputException e) {
            throw AccessDeniedException.invalid("the token is not good: " + e.detail());
        }
    }

    private static SignedJWT parse(String credential) {
        try {
            JWT token = JWTParser.parse(credential);
            if (token instanceof SignedJWT signed) {
                return signed;
            }
        } catch (ParseException e) {
            throw AccessDeniedException.invalid("the credential is no key and no token: send one that is known");
        }
        throw AccessDeniedException.invalid("the token is encrypted, or not signed: send one that is signed");
    }

    private void requireKnownForm(JWSHeader header) {
        if (!algorithms.contains(header.getAlgorithm())) {
            throw AccessDeniedException.invalid(
                    "the token is signed in a way (alg) that is not taken: it takes " + algorithmNames);
        }
        if (header.getType() != null && !TYPES.contains(header.getType())) {
            throw AccessDeniedException.invalid(
                    "the token is of a type (typ) that is not taken: it takes JWT and at+jwt");
        }
        if (header.getCriticalParams() != null) {
            throw AccessDeniedException.invalid("the token needs an extension (crit) that is not known");
        }
    }

    private void requireSigned(SignedJWT token) {
        TokenKeys.Known known = keys.current();
        List<TokenKey> fitting = known.fitting(token.getHeader());
        if (fitting.stream().anyMatch(key -> key.hasSigned(token))) {
            return;
        }
        keys.refreshSoon();
        if (fitting.isEmpty() || token.getHeader().getKeyID() == null) {
            keys.requireFresh(known);
            throw AccessDeniedException.invalid("the token is signed by a key (kid) that is not known");
        }
        throw AccessDeniedException.invalid("the token's signature is not that of the key that it names (kid)");
    }

    /** @throws InvalidInputException unless the relay accepts it */
    private static JWSAlgorithm algorithm(String name) {
        JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
        if (!known().contains(algorithm)) {
            throw new InvalidInputException("--jwt-algorithms has '" + name + "': it takes " + names(known()));
        }
        return algorithm;
    }

    /** Those with a private and a public key that the relay can check. */
    private static Set<JWSAlgorithm> known() {
        Set<JWSAlgorithm> known = new HashSet<>(JWSAlgorithm.Family.RSA);
        known.addAll(JWSAlgorithm.Family.EC);
        known.remove(JWSAlgorithm.ES256K);
        known.addAll(Ed25519.ALGORITHMS);
        return known;
    }

    private static String names(Set<JWSAlgorithm> algorithms) {
        return String.join(
                ", ", algorithms.stream().map(JWSAlgorithm::getName).sorted().toList());
    }
}
