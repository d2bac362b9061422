package relay.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import relay.message.Characters;
import relay.message.Sha256;

/**
 * Names one publish request, so that it is published once however often it is sent.
 *
 * @param key as the publisher chose it
 * @param fingerprint of the request's content: the same key with another one is a conflict
 */
public record IdempotencyKey(String key, String fingerprint) {
    /** The most characters that a publisher's own key has. */
    public static final int MAX_CHARACTERS = 255;

    /** No digest has a full stop. */
    private static final String OF_CLIENT = "c.";

    /**
     * One of digests, so that its length is always the same.
     *
     * @param names who chose the key, and the key as it was chosen; others may choose the same
     * @param content all that makes a difference
     */
    public static IdempotencyKey of(List<String> names, List<ByteBuffer> content) {
        return new IdempotencyKey(
                digest(names.stream().map(IdempotencyKey::utf8).toList()), digest(content));
    }

    /**
     * One that a client has chosen, who may choose as many as it likes.
     *
     * @param names the client, and the key as it was chosen
     * @param content all that makes a difference
     */
    public static IdempotencyKey ofClient(List<String> names, List<ByteBuffer> content) {
        IdempotencyKey digests = of(names, content);
        return new IdempotencyKey(OF_CLIENT + digests.key(), digests.fingerprint());
    }

    /** Whether a key was chosen by a client: these push out none of backends, wherever they are kept. */
    public static boolean isOfClient(String key) {
        return key.startsWith(OF_CLIENT);
    }

    /**
     * A publisher's own key.
     *
     * @throws InvalidInputException if it has not 1 to {@value #MAX_CHARACTERS} characters
     */
    public static String checked(String key) {
        Characters.requireLength("key", key, MAX_CHARACTERS);
        return key;
    }

    /** A part of the content. */
    public static ByteBuffer utf8(String text) {
        return StandardCharsets.UTF_8.encode(text);
    }

    /** The length in front of each part keeps different parts from giving the same digest. */
    private static String digest(List<ByteBuffer> parts) {
        MessageDigest sha = Sha256.newDigest();
        for (ByteBuffer part : parts) {
            sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, part.remaining()));
            sha.update(part);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(sha.digest());
    }
}
