package relay.http;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import relay.access.Caller;
import relay.engine.IdempotencyKey;
import relay.message.InvalidInputException;
import relay.message.UserId;
import relay.uri.Parameters;

/**
 * A publish request with an {@code Idempotency-Key}, before its body has arrived. Immutable.
 *
 * @param key the value of the header
 * @param caller who sent it: other callers may use the same key
 * @param path what follows {@code /publish/}, decoded
 * @param recipient the user in the query
 * @param options the options in the query
 */
record KeyedRequest(
        String key, Caller caller, String path, Optional<UserId> recipient, PublishOptions options, MediaType type) {
    /**
     * Reads the headers of a request; empty, and cheap, if it has no such header.
     *
     * @param path what follows {@code /publish/}, as it was sent
     * @throws InvalidInputException if the header is wrong
     */
    static Optional<KeyedRequest> of(Exchange exchange, Caller caller, String path, MediaType type) {
        Optional<String> key = IdempotencyHeader.key(exchange.headers(IdempotencyHeader.NAME));
        if (key.isEmpty()) {
            return Optional.empty();
        }
        Parameters parameters = exchange.parameters();
        return Optional.of(new KeyedRequest(
                key.get(),
                caller,
                Parameters.decodePath(path),
                parameters.get("user_id").map(UserId::new),
                PublishOptions.in(parameters),
                type));
    }

    /** Identifies the request: digests of its parts, so that the length is always the same. */
    IdempotencyKey with(ByteBuffer body) {
        List<ByteBuffer> parts = new ArrayList<>(List.of(
                IdempotencyKey.utf8(path),
                IdempotencyKey.utf8(recipient.map(UserId::value).orElse("")),
                IdempotencyKey.utf8(type.name()),
                body));
        // Not where there are none: then the digest is that of earlier versions, which a disk or an engine may still
        // have.
        if (!options.equals(PublishOptions.NONE)) {
            parts.add(IdempotencyKey.utf8(options.text()));
        }
        return IdempotencyKey.of(List.of(caller.identity(), key), parts);
    }
}
