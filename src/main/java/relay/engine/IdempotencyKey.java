package relay.engine;

/**
 * Names one publish request, so that it is published once however often it is sent.
 *
 * @param key as the publisher chose it
 * @param fingerprint what tells its content from another's
 */
public record IdempotencyKey(String key, String fingerprint) {}
