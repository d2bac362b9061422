package relay.engine;

/**
 * Names one publish request, so that it is published once however often it is sent.
 *
 * @param key as the publisher chose it
 * @param fingerprint of the request's content: the same key with another one is a conflict
 */
public record IdempotencyKey(String key, String fingerprint) {}
