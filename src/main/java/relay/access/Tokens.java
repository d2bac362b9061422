package relay.access;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jwt.EncryptedJWT;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import relay.message.Characters;
import relay.message.InvalidInputException;

/**
 * Verifies JSON Web Tokens (RFC 7519). For any thread; it never blocks.
 *
 * <p>The algorithm of the header says what checks the signature: for HS256 that is the secret, and for all others a public key of
 * the key set. So nobody can sign by HS256 with what is public.
 *
 * <p>The sender of an invalid token is told why. What the relay expects of the claims is told only if a known key has signed
 * the token; otherwise the answer is about the header alone.
 */
final class Tokens {
    private static final Set<JOSEObjectType> TYPES =
            Set.of(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"));

    private static final int PARTS = 3;
    private static final int PARTS_OF_ENCRYPTED = 5;

    /** The most of a text of others that an answer repeats. */
    private static final int MOST_REPEATED = 64;

    private final Optional<TokenKeys> keys;
    private final Optional<SecretFile<HmacSecret>> secret;
    private final TokenClaims claims;
    private final Set<JWSAlgorithm> algorithms;
    private final String algorithmNames;

    /** @throws InvalidInputException if an algorithm is none that the keys can check */
    Tokens(
            TokenOptions options,
            Optional<TokenKeys> keys,
            Optional<SecretFile<HmacSecret>> secret,
            InstantSource clock) {
        this.keys = keys;
        this.secret = secret;
        this.claims = new TokenClaims(options, clock);
        Set<JWSAlgorithm> taken = new HashSet<>();
        keys.ifPresent(any -> taken.addAll(ofKeys(options.algorithms())));
        secret.ifPresent(any -> taken.add(HmacSecret.ALGORITHM));
        this.algorithms = Set.copyOf(taken);
        this.algorithmNames = names(algorithms);
    }

    /**
     * The caller that a token describes.
     *
     * @param orKey whether a key would have done as well
     * @throws AccessDeniedException if it is not valid, or cannot be checked now
     */
    Caller verify(String credential, boolean orKey) {
        SignedJWT token = parsed(credential, orKey);
        requireKnownForm(token.getHeader());
        requireSigned(token);
        try {
            return claims.caller(said(token));
        } catch (InvalidInputException e) {
            throw AccessDeniedException.invalid("the token is not valid: " + e.detail());
        }
    }

    private static SignedJWT parsed(String credential, boolean orKey) {
        try {
            return parse(credential);
        } catch (InvalidInputException e) {
            throw AccessDeniedException.invalid("the credential is "
                    + (orKey ? "neither a known key nor a token: " : "not a token: ") + e.detail());
        }
    }

    /**
     * Parses a token, of whatever algorithm.
     *
     * @throws InvalidInputException if it is none
     * @throws AccessDeniedException if it is not signed
     */
    static SignedJWT parse(String credential) {
        int parts = credential.split("\\.", -1).length;
        if (parts != PARTS && parts != PARTS_OF_ENCRYPTED) {
            throw new InvalidInputException("a token has three parts with dots between them");
        }
        JWT token;
        try {
            token = JWTParser.parse(credential);
        } catch (ParseException e) {
            throw new InvalidInputException(
                    "the first part of a token is a JSON object in base64url, which says how it is"
                            + " signed (alg), and no part is empty");
        }
        if (token instanceof SignedJWT signed) {
            return signed;
        }
        throw AccessDeniedException.invalid(
                token instanceof EncryptedJWT
                        ? "the token is encrypted: send one that is only signed (JWS)"
                        : "the token is not signed (its alg is none): send one that is signed");
    }

    /**
     * Checks all that the header says but the key.
     *
     * @throws AccessDeniedException if the relay takes no such tokens
     */
    void requireKnownForm(JWSHeader header) {
        if (!algorithms.contains(header.getAlgorithm())) {
            throw AccessDeniedException.invalid("the token is signed in a way (alg "
                    + repeated(header.getAlgorithm().getName()) + ") that is not taken: it takes " + algorithmNames);
        }
        if (header.getType() != null && !TYPES.contains(header.getType())) {
            throw AccessDeniedException.invalid("the token is of a type (typ "
                    + repeated(header.getType().getType()) + ") that is not taken: it takes JWT and at+jwt");
        }
        if (header.getCriticalParams() != null) {
            throw AccessDeniedException.invalid("the token needs an extension (crit) that is not known");
        }
    }

    /**
     * Checks that a known key has signed it.
     *
     * @throws AccessDeniedException if not, or if that cannot be known now
     */
    void requireSigned(SignedJWT token) {
        if (token.getHeader().getAlgorithm().equals(HmacSecret.ALGORITHM)) {
            if (secret.filter(file -> file.current().hasSigned(token)).isEmpty()) {
                throw AccessDeniedException.invalid(
                        "the token's signature is wrong: it is signed with another secret, or was changed afterwards");
            }
            return;
        }
        requireSigned(token, keys.orElseThrow());
    }

    private static void requireSigned(SignedJWT token, TokenKeys keys) {
        TokenKeys.Known known = keys.current();
        List<TokenKey> fitting = known.fitting(token.getHeader());
        if (fitting.stream().anyMatch(key -> key.hasSigned(token))) {
            return;
        }
        keys.refreshSoon();
        String id = token.getHeader().getKeyID();
        if (fitting.isEmpty() || id == null) {
            keys.requireFresh(known);
            throw AccessDeniedException.invalid(
                    id == null
                            ? "the token's signature is by none of the known keys, and it does not name its own (kid)"
                            : "the token is signed by a key (kid " + repeated(id) + ") that is not known");
        }
        throw AccessDeniedException.invalid(
                "the token's signature is wrong: it is not that of the key that it names (kid " + repeated(id) + ")");
    }

    /** What is wrong with the claims, each in words; empty: nothing. Only for a token that a known key has signed. */
    List<String> problems(SignedJWT token) {
        return claims.problems(said(token));
    }

    /**
     * The claims.
     *
     * @throws AccessDeniedException if they are no JSON object
     */
    static Map<String, Object> said(SignedJWT token) {
        Map<String, Object> said = token.getPayload().toJSONObject();
        if (said == null) {
            throw AccessDeniedException.invalid("the token is not valid: what it says is no JSON object");
        }
        return said;
    }

    /** What the sender of a token has written, so that it can be found: in quotes, and not at any length. */
    private static String repeated(String text) {
        String start = text.length() > MOST_REPEATED ? text.substring(0, MOST_REPEATED) + "…" : text;
        return "'" + Characters.printable(start) + "'";
    }

    /** @throws InvalidInputException if there is none, or one that the relay does not accept */
    private static Set<JWSAlgorithm> ofKeys(List<String> names) {
        Set<JWSAlgorithm> taken = new HashSet<>();
        names.forEach(name -> taken.add(algorithm(name.strip())));
        if (taken.isEmpty()) {
            throw new InvalidInputException("--jwt-algorithms names none: it takes " + names(known()));
        }
        return taken;
    }

    private static JWSAlgorithm algorithm(String name) {
        JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
        if (!known().contains(algorithm)) {
            throw new InvalidInputException("--jwt-algorithms has '" + name + "': it takes " + names(known())
                    + (algorithm.equals(HmacSecret.ALGORITHM) ? "; HS256 is taken with --jwt-secret-file" : ""));
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
