package relay.engine;

/** A key was used before, for a request with another content. */
public final class IdempotencyConflictException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** It says what would be right. */
    public IdempotencyConflictException() {
        super(
                "this Idempotency-Key stands for another request, with another path, user_id, Content-Type or body:"
                        + " send what was sent with it before, or a new message with a key of its own",
                null,
                false,
                false);
    }

    /** What happened, and what would be right. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
