package relay.http;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import relay.message.ClientId;
import relay.message.InvalidInputException;

/**
 * Encrypts the id of the last client on a page to a cursor (AES-GCM, NIST SP 800-38D). Clients are listed in the order of their
 * ids, and an id is a credential: it lets its holder connect as that client, so an admin must not read it in a cursor, nor
 * invent one. A serial number would need no secret, but an index over all clients. The key lives as long as the process. For any
 * thread.
 */
final class CursorSeal {
    private static final int KEY_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int SEALED_BYTES = NONCE_BYTES + 2 * Long.BYTES + TAG_BYTES;

    private final SecureRandom random = new SecureRandom();
    private final SecretKey key = new SecretKeySpec(randomBytes(KEY_BYTES), "AES");

    /** The cursor for an id: different each time. */
    String seal(ClientId id) {
        byte[] nonce = randomBytes(NONCE_BYTES);
        ByteBuffer plain = ByteBuffer.allocate(2 * Long.BYTES);
        plain.putLong(id.high()).putLong(id.low()).flip();
        ByteBuffer sealed = ByteBuffer.allocate(SEALED_BYTES).put(nonce);
        try {
            cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(plain, sealed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(sealed.array());
    }

    /**
     * The id that a cursor stands for.
     *
     * @throws InvalidInputException if this process has made no such cursor
     */
    ClientId open(String cursor) {
        try {
            byte[] sealed = Base64.getUrlDecoder().decode(cursor);
            if (sealed.length != SEALED_BYTES) {
                throw unknown();
            }
            ByteBuffer plain = ByteBuffer.wrap(
                    cipher(Cipher.DECRYPT_MODE, sealed).doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES));
            return new ClientId(plain.getLong(), plain.getLong());
        } catch (IllegalArgumentException | AEADBadTagException e) {
            throw unknown();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    static InvalidInputException unknown() {
        return new InvalidInputException(
                "after is no cursor of this relay: send next unchanged, or begin again without after");
    }

    private Cipher cipher(int mode, byte[] nonceFirst) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonceFirst, 0, NONCE_BYTES));
        return cipher;
    }

    private byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
