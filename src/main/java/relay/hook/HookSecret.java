package relay.hook;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import relay.access.SecretFile;
import relay.access.SettledFile;
import relay.message.InvalidInputException;

/**
 * The secret that signs what is posted, and the signatures of
 * <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard Webhooks</a> by it.
 * Immutable, for any thread.
 */
public final class HookSecret {
    /** How many bytes it has at least. */
    private static final int LEAST_BYTES = 24;

    private static final int MOST_BYTES = 64;
    /** Larger files are something else. */
    private static final int MOST_FILE_BYTES = 1024;

    private static final String PREFIX = "whsec_";
    private static final String VERSION = "v1,";
    private static final String ALGORITHM = "HmacSHA256";
    private static final String RIGHT = "it takes one line, whsec_ and then " + LEAST_BYTES + " to " + MOST_BYTES
            + " random bytes in Base64, such as: echo whsec_$(openssl rand -base64 32)";

    private final SecretKeySpec key;

    private HookSecret(byte[] bytes) {
        key = new SecretKeySpec(bytes, ALGORITHM);
    }

    /**
     * The file of the secret.
     *
     * @param flag that names it
     * @throws InvalidInputException if it cannot be read, or holds no secret
     */
    public static SecretFile<HookSecret> in(String flag, Path path) {
        return new SecretFile<>(
                "hook-secret-file",
                flag,
                SettledFile.ofText(path, MOST_FILE_BYTES),
                HookSecret::of,
                "signs the events from now on");
    }

    /**
     * The secret that a text is. White space around it is not part of it.
     *
     * @throws InvalidInputException if it is none; the message has nothing of it
     */
    public static HookSecret of(String text) {
        String line = text.strip();
        if (!line.startsWith(PREFIX)) {
            throw new InvalidInputException("the secret does not begin with whsec_: " + RIGHT);
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(line.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("what follows whsec_ is not Base64: " + RIGHT);
        }
        if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) {
            throw new InvalidInputException("the secret has " + bytes.length + " bytes: " + RIGHT);
        }
        return new HookSecret(bytes);
    }

    /**
     * The signature of a body, as the header {@code webhook-signature} has it.
     *
     * @param id the header {@code webhook-id}
     * @param timestamp the header {@code webhook-timestamp}
     */
    public String sign(String id, String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return VERSION + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            // Every Java has this algorithm, and takes any key for it.
            throw new IllegalStateException(e);
        }
    }

    /**
     * Whether one of the signatures is that of this body by this secret. How long it takes does not tell how much of one is right.
     *
     * @param signatures with spaces between them: there are several while a secret is changed
     */
    public boolean hasSigned(String signatures, String id, String timestamp, byte[] body) {
        byte[] right = sign(id, timestamp, body).getBytes(StandardCharsets.UTF_8);
        boolean found = false;
        for (String signature : signatures.split(" ", -1)) {
            found |= MessageDigest.isEqual(right, signature.getBytes(StandardCharsets.UTF_8));
        }
        return found;
    }
}
