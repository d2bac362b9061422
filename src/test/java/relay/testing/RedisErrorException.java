package relay.testing;

/** What a Redis server answers instead of a value: {@code READONLY You can't write against a read only replica.} */
public final class RedisErrorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RedisErrorException(String reply) {
        super(reply);
    }
}
