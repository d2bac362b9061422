package relay.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import relay.access.Caller;
import relay.engine.IdempotencyKey;
import relay.message.InvalidInputException;
import relay.message.UserId;
import relay.uri.Parameters;

/**
 * A publish request with an {@code Idempotency-Key}, before its body has come. Immutable.
 *
 * @param key as the header has it
 * @param caller whose key it is: others may use the same one
 * @param path what follows {@code /publish/}, decoded
 * @param recipient whom the query names
 */
record KeyedRequest(String key, Caller caller, String path, Optional<UserId> recipient, MediaType type) {
    /**
     * Reads it from a request; empty if that has no such header, and then at the cost of a look.
     *
     * @param path what follows {@code /publish/}, as it was sent
     * @throws InvalidInputException if the header is there, and is wrong
     */
    static Optional<KeyedRequest> of(Exchange exchange, Caller caller, String path, MediaType type) {
        Optional<String> key = IdempotencyHeader.key(exchange.headers(IdempotencyHeader.NAME));
        if (key.isEmpty()) {
            return Optional.empty();
        }
        Optional<UserId> recipient = exchange.parameters().get("user_id").map(UserId::new);
        return Optional.of(new KeyedRequest(key.get(), caller, Parameters.decodePath(path), recipient, type));
    }

    /** What tells the request from others: digests of all of it, so that their length is the same whatever they stand for. */
    IdempotencyKey with(ByteBuffer body) {
        return new IdempotencyKey(
                digest(utf8(caller.identity()), utf8(key)),
                digest(utf8(path), utf8(recipient.map(UserId::value).orElse("")), utf8(type.name()), body));
    }

    /** Each part comes after its length, so that other parts never make the same whole. */
    private static String digest(ByteBuffer... parts) {
        MessageDigest sha = sha256();
        for (ByteBuffer part : parts) {
            sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, part.remaining()));
            sha.update(part);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(sha.digest());
    }

    private static ByteBuffer utf8(String text) {
        return StandardCharsets.UTF_8.encode(text);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
