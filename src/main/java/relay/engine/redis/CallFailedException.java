package relay.engine.redis;

import relay.message.UnavailableException;

/** The server did not do what it was asked to, or did not say so. It carries no stack trace. */
final class CallFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean certain;

    /** @param certain whether it is sure that nothing was done */
    CallFailedException(boolean certain, String reason) {
        super(reason, null, false, false);
        this.certain = certain;
    }

    boolean isCertain() {
        return certain;
    }

    String reason() {
        return String.valueOf(getMessage());
    }

    /** For whoever asked. */
    UnavailableException unavailable() {
        return UnavailableException.engine(reason() + ": come back in a second");
    }

    /** For the publisher of a message. */
    UnavailableException unpublished() {
        return certain
                ? UnavailableException.engine("the message was not published, since " + reason() + ": send it again")
                : unknown(reason());
    }

    static UnavailableException unknown(String reason) {
        return UnavailableException.engine("it is not known whether the message was published, since " + reason
                + ": send it again with the same Idempotency-Key, so that it is published once");
    }
}
