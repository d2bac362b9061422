package relay.engine;

/** A key was used before, for a request with another content. */
public final class IdempotencyConflictException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * A conflict.
     *
     * @param detail what would be right
     */
    public IdempotencyConflictException(String detail) {
        super(detail, null, false, false);
    }

    /** What happened, and what would be right. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
