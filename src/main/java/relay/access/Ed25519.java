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

/** Checks signatures of Ed25519 (RFC 8037 §3.1) with the JDK: Nimbus does so only with another library. For any thread. */
final class Ed25519 extends BaseJWSProvider implements JWSVerifier {
    /** As RFC 9864 names it, and as what it is one of. */
    static final Set<JWSAlgorithm> ALGORITHMS = Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

    private static final String NAME = "Ed25519";

    /** What stands in front of the 32 bytes of a public key where a key says of what kind it is (RFC 8410 §4). */
    private static final byte[] HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final int KEY_BYTES = 32;
    private static final int SIGNATURE_BYTES = 64;

    private final PublicKey key;

    /**
     * Checks what was signed with the private key of this one.
     *
     * @param bytes x of its JWK
     * @throws JOSEException if that is no key
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
            // It is looked at only now whether there is such a point.
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
            // With one byte more, the JDK takes it too.
            return bytes.length == SIGNATURE_BYTES && check.verify(bytes);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new JOSEException("a signature of Ed25519 cannot be checked", e);
        }
    }
}
