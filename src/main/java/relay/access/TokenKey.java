package relay.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A public key that checks signatures of tokens. For any thread. */
final class TokenKey {
    private final JWK key;
    private final JWSVerifier verifier;

    private TokenKey(JWK key, JWSVerifier verifier) {
        this.key = key;
        this.verifier = verifier;
    }

    /**
     * Parses a key set (RFC 7517 §5). All but public keys of known kinds are ignored, as the RFC demands.
     *
     * @throws ParseException if it is not a key set
     */
    static List<TokenKey> read(String set) throws ParseException {
        Map<String, Object>[] entries = JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.parse(set), "keys");
        if (entries == null) {
            throw new ParseException("it has no keys", 0);
        }
        List<TokenKey> keys = new ArrayList<>();
        for (Map<String, Object> entry : entries) {
            of(entry).ifPresent(keys::add);
        }
        return List.copyOf(keys);
    }

    private static Optional<TokenKey> of(Map<String, Object> json) {
        try {
            JWK key = JWK.parse(json);
            boolean signs = key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE);
            return signs ? verifier(key).map(verifier -> new TokenKey(key, verifier)) : Optional.empty();
        } catch (ParseException | JOSEException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<JWSVerifier> verifier(JWK key) throws JOSEException {
        if (key instanceof RSAKey rsa) {
            return Optional.of(new RSASSAVerifier(rsa));
        }
        if (key instanceof ECKey ec) {
            return Optional.of(new ECDSAVerifier(ec));
        }
        return key instanceof OctetKeyPair pair && pair.getCurve().equals(Curve.Ed25519)
                ? Optional.of(new Ed25519(pair.getDecodedX()))
                : Optional.empty();
    }

    /** Whether the header fits this key, by its kind, its id and its use. */
    boolean fits(JWSHeader header) {
        return verifier.supportedJWSAlgorithms().contains(header.getAlgorithm())
                && JWKMatcher.forJWSHeader(header).matches(key);
    }

    /** Whether the signature of this token is by this key. */
    boolean hasSigned(SignedJWT token) {
        try {
            return token.verify(verifier);
        } catch (JOSEException e) {
            return false;
        }
    }
}
