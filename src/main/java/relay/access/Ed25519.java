package relay.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/** Checks Ed25519 signatures (RFC 8037 §3.1) with the JDK; Nimbus would need another library. For any thread. */
final class Ed25519 extends BaseJWSProvider implements JWSVerifier {
    /** The name of RFC 9864, and the older one of its family. */
    static final Set<JWSAlgorithm> ALGORITHMS = Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

    private static final String NAME = "Ed25519";

    /** The DER header in front of the 32 bytes of a public key (RFC 8410 §4). */
    private static final byte[] HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final int KEY_BYTES = 32;
    private static final int SIGNATURE_BYTES = 64;

    private final PublicKey key;

    /**
     * Checks signatures with this public key.
     *
     * @param bytes the x of its JWK
     * @throws JOSEException if that is not a key
     */
    Ed25519(byte[] bytes) throws JOSEException {
        super(ALGORITHMS);
        byte[] encoded = new byte[HEAD.length + KEY_BYTES];
        if (bytes.length != KEY_BYTES) {
            throw new JOSEException("a key of Ed25519 has 32 bytes");
        }
        System.arraycopy(HEAD, 0, encoded, 0, HEAD.length);
        System.arraycopy(bytes, 0, encoded, HEAD.length, KEY_BYTES);
        try {
            key = KeyFactory.getInstance(NAME).generatePublic(new X509EncodedKeySpec(encoded));
            // Only this checks whether it is a point of the curve.
            Signature.getInstance(NAME).initVerify(key);
        } catch (GeneralSecurityException e) {
            throw new JOSEException("not a key of Ed25519", e);
        }
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException {
        try {
            byte[] bytes = signature.decode();
            Signature check = Signature.getInstance(NAME);
            check.initVerify(key);
            check.update(signed);
            // The JDK would also accept one byte more.
            return bytes.length == SIGNATURE_BYTES && check.verify(bytes);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new JOSEException("a signature of Ed25519 cannot be checked", e);
        }
    }
}
