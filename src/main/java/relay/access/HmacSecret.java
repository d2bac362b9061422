package relay.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;
import relay.message.InvalidInputException;

/**
 * The secret that makes and checks signatures by HS256 (RFC 7518 §3.2), and no others: a key of another kind is never used as a
 * secret, nor this as another key. Immutable, for any thread.
 */
final class HmacSecret {
    static final JWSAlgorithm ALGORITHM = JWSAlgorithm.HS256;

    /** The least that the algorithm allows. */
    static final int LEAST_BYTES = 32;

    /** Larger files are something else. */
    static final int MOST_BYTES = 4096;

    /** The files that hold keys of other kinds; many of those are public. */
    private static final Pattern PEM = Pattern.compile("\\s*-----BEGIN [^\\n]*-----.*", Pattern.DOTALL);

    /** What editors of some systems write at the start (UTF-8, UTF-16); a program that reads the secret may not see it. */
    private static final Pattern BYTE_ORDER_MARK =
            Pattern.compile("(\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff).*", Pattern.DOTALL);

    private static final Pattern JSON_WEB_KEY = Pattern.compile("\\s*\\{.*\"(keys|kty)\"\\s*:.*}\\s*", Pattern.DOTALL);

    private final byte[] bytes;
    private final JWSVerifier verifier;

    private HmacSecret(byte[] bytes) {
        this.bytes = bytes;
        try {
            this.verifier = new MACVerifier(bytes);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The file of {@code --jwt-secret-file}.
     *
     * @throws InvalidInputException if it cannot be read, or is no secret
     */
    static SecretFile<HmacSecret> in(Path path) {
        return new SecretFile<>(
                "jwt-secret-file",
                "--jwt-secret-file",
                SettledFile.ofBytes(path, MOST_BYTES),
                HmacSecret::inFile,
                "is in force, and tokens that another has signed are refused");
    }

    /**
     * The secret in a file. One final line end is not part of it, since editors and {@code echo} add one.
     *
     * @param content all of the file, one character for each byte
     * @throws InvalidInputException if it is too short, or a key of another kind; the message has nothing of it
     */
    static HmacSecret inFile(String content) {
        if (PEM.matcher(content).matches() || JSON_WEB_KEY.matcher(content).matches()) {
            throw new InvalidInputException("this is a key of another kind (PEM or JWK), which others may know:"
                    + " a secret is any " + LEAST_BYTES + " random bytes or more");
        }
        if (BYTE_ORDER_MARK.matcher(content).matches()) {
            throw new InvalidInputException(
                    "it begins with a byte order mark, which others may not take for a part of the"
                            + " secret: write it as plain ASCII");
        }
        byte[] secret = content.replaceFirst("\\r?\\n\\z", "").getBytes(StandardCharsets.ISO_8859_1);
        if (secret.length < LEAST_BYTES) {
            throw new InvalidInputException("the secret has " + secret.length + " bytes: HS256 takes at least "
                    + LEAST_BYTES + ", such as openssl rand -hex 32 prints");
        }
        return new HmacSecret(secret);
    }

    /** A secret of these bytes, which need not be one that the relay would take. */
    static boolean wouldFit(byte[] secret, SignedJWT token) {
        return secret.length >= LEAST_BYTES && new HmacSecret(secret.clone()).hasSigned(token);
    }

    /** The bytes of the secret. */
    byte[] bytes() {
        return bytes.clone();
    }

    /** Whether the signature of this token is by this secret, and of this algorithm. */
    boolean hasSigned(SignedJWT token) {
        try {
            return token.getHeader().getAlgorithm().equals(ALGORITHM) && token.verify(verifier);
        } catch (JOSEException e) {
            return false;
        }
    }

    /** The token with these claims. */
    String sign(JWTClaimsSet claims) {
        JWSHeader header =
                new JWSHeader.Builder(ALGORITHM).type(JOSEObjectType.JWT).build();
        SignedJWT token = new SignedJWT(header, claims);
        try {
            token.sign(new MACSigner(bytes));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }

    @Override
    public String toString() {
        return "a secret of " + bytes.length + " bytes";
    }
}
