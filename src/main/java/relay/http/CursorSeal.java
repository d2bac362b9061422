package relay.http;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import relay.client.ClientId;
import relay.message.InvalidInputException;

/**
 * Makes the cursor of a listing of clients: the id of the last one on a page, so that the next page goes on exactly
 * there, encrypted, since an id is a credential. Whoever has the cursor learns nothing of the id and can make no cursor
 * of its own (AES-GCM, NIST SP 800-38D). The key is this process's own: nothing is kept for a listing. For any thread.
 */
final class CursorSeal {
    private static final String ALGORITHM = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int SEALED_BYTES = NONCE_BYTES + 2 * Long.BYTES + TAG_BITS / Byte.SIZE;

    private final SecureRandom random = new SecureRandom();
    private final SecretKey key;

    CursorSeal() {
        try {
            key = KeyGenerator.getInstance("AES").generateKey();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES", e);
        }
    }

    /** The cursor that stands for an id: different each time. */
    String seal(ClientId id) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] plain = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.high())
                .putLong(id.low())
                .array();
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(plain);
            byte[] whole =
                    ByteBuffer.allocate(SEALED_BYTES).put(nonce).put(sealed).array();
            return Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The id that a cursor stands for.
     *
     * @throws InvalidInputException if this relay has given no such cursor
     */
    ClientId open(String cursor) {
        try {
            byte[] whole = Base64.getUrlDecoder().decode(cursor);
            if (whole.length != SEALED_BYTES) {
                throw unknown();
            }
            ByteBuffer plain = ByteBuffer.wrap(
                    cipher(Cipher.DECRYPT_MODE, whole).doFinal(whole, NONCE_BYTES, whole.length - NONCE_BYTES));
            return new ClientId(plain.getLong(), plain.getLong());
        } catch (IllegalArgumentException | AEADBadTagException e) {
            throw unknown();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Cipher cipher(int mode, byte[] nonceFirst) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(ALGORITHM);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonceFirst, 0, NONCE_BYTES));
        return cipher;
    }

    static InvalidInputException unknown() {
        return new InvalidInputException(
                "after is no cursor of this relay: send next as it came, or begin again without after");
    }
}
