package relay.net.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Map;
import relay.message.InvalidInputException;

/** Reads the private key that belongs to a public one. */
final class PrivateKeys {
    private static final String LABEL_END = "PRIVATE KEY";

    /** The kinds of keys that the JDK's TLS can serve with, and a signature algorithm of each. */
    private static final Map<String, String> SIGNATURES =
            Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

    /** RFC 9325 §4.5. */
    private static final int LEAST_RSA_BITS = 2048;

    private static final byte[] PROOF = "proof".getBytes(StandardCharsets.US_ASCII);

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

    private PrivateKeys() {}

    /**
     * The first private key in a file.
     *
     * @throws InvalidInputException if there is none, it is encrypted, damaged or too short, or belongs to another public key
     */
    static PrivateKey of(PemFile file, PublicKey publicKey, PemFile certificate) {
        String algorithm = publicKey.getAlgorithm();
        if (!SIGNATURES.containsKey(algorithm)) {
            throw certificate.wrong(
                    "has a key of the kind " + algorithm + ": the relay serves with RSA, EC and Ed25519 keys");
        }
        if (publicKey instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < LEAST_RSA_BITS) {
            throw certificate.wrong("has an RSA key of " + rsa.getModulus().bitLength() + " bits: it takes "
                    + LEAST_RSA_BITS + " or more");
        }
        PemFile.Block block = file.blocks().stream()
                .filter(candidate -> candidate.label().endsWith(LABEL_END))
                .findFirst()
                .orElseThrow(() -> file.wrong("holds no private key: it takes PEM, with -----BEGIN PRIVATE KEY-----"));
        try {
            PrivateKey key = KeyFactory.getInstance(algorithm)
                    .generatePrivate(new PKCS8EncodedKeySpec(pkcs8(file, block, publicKey)));
            if (belongsTo(publicKey, key)) {
                return key;
            }
        } catch (InvalidKeySpecException e) {
            throw file.wrong("holds no key that the certificate in " + certificate.path() + " goes with: it is damaged,"
                    + " or not of the kind " + algorithm);
        } catch (GeneralSecurityException e) {
            throw file.wrong("holds a key that cannot be used: " + e.getMessage());
        }
        throw file.wrong("does not belong to the certificate in " + certificate.path()
                + ": that one, the first in its file, takes the key that it was made with");
    }

    private static boolean belongsTo(PublicKey publicKey, PrivateKey key) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(String.valueOf(SIGNATURES.get(publicKey.getAlgorithm())));
        signature.initSign(key);
        signature.update(PROOF);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update(PROOF);
        return signature.verify(signed);
    }

    /** A key as the JDK takes it (RFC 5958). The older forms lack a head, which says the same as that of the public key. */
    private static byte[] pkcs8(PemFile file, PemFile.Block block, PublicKey publicKey) {
        if (block.isEncrypted()) {
            throw file.wrong("is encrypted: the relay takes a key without a password, as"
                    + " `openssl pkey -in " + file.path() + " -out NEW-FILE` writes it, in a file that only the relay"
                    + " may read");
        }
        return switch (block.label()) {
            case "PRIVATE KEY" -> file.bytes(block);
            case "RSA PRIVATE KEY", "EC PRIVATE KEY" ->
                der(SEQUENCE, VERSION_0, algorithmOf(publicKey), der(OCTET_STRING, file.bytes(block)));
            default ->
                throw file.wrong("holds a " + block.label() + ": it takes a PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE"
                        + " KEY");
        };
    }

    /** The AlgorithmIdentifier of a public key, which comes first in its encoding (RFC 5280 §4.1). */
    private static byte[] algorithmOf(PublicKey publicKey) {
        ByteBuffer encoded = ByteBuffer.wrap(publicKey.getEncoded());
        skipHead(encoded);
        int start = encoded.position();
        int length = skipHead(encoded);
        byte[] algorithm = new byte[encoded.position() - start + length];
        encoded.position(start).get(algorithm);
        return algorithm;
    }

    /** Moves to where a DER value begins, and returns its length. */
    private static int skipHead(ByteBuffer der) {
        der.get();
        int length = der.get() & 0xFF;
        if (length < 0x80) {
            return length;
        }
        int value = 0;
        for (int i = length & 0x7F; i > 0; i--) {
            value = value << 8 | (der.get() & 0xFF);
        }
        return value;
    }

    private static byte[] der(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteBuffer der = ByteBuffer.allocate(4 + length);
        der.put((byte) tag);
        if (length < 0x80) {
            der.put((byte) length);
        } else if (length < 0x100) {
            der.put((byte) 0x81).put((byte) length);
        } else {
            der.put((byte) 0x82).putShort((short) length);
        }
        for (byte[] part : parts) {
            der.put(part);
        }
        byte[] result = new byte[der.position()];
        der.flip().get(result);
        return result;
    }
}
