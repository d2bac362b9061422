package relay.engine.redis;

import relay.message.Characters;
import relay.message.UnavailableException;

/** The server did not do what it was asked to, or did not say so. It carries no stack trace. */
final class CallFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The server's own words, and names of machines, are for those who run the relay: the log and {@code /ready} have them. */
    private static final String NOT_AVAILABLE = "the engine is not available";

    private final boolean certain;
    private final String shown;

    /**
     * A reason that anybody may read.
     *
     * @param certain whether it is sure that nothing was done
     */
    CallFailedException(boolean certain, String reason) {
        this(certain, reason, reason);
    }

    private CallFailedException(boolean certain, String reason, String shown) {
        super(Characters.oneLine(reason), null, false, false);
        this.certain = certain;
        this.shown = shown;
    }

    /** One with a reason that is not for whoever asked; it is sure that nothing was done. */
    static CallFailedException unexplained(String reason) {
        return new CallFailedException(true, reason, NOT_AVAILABLE);
    }

    boolean isCertain() {
        return certain;
    }

    String reason() {
        return String.valueOf(getMessage());
    }

    /** For whoever asked. */
    UnavailableException unavailable() {
        return UnavailableException.engine(shown + ": come back in a second");
    }

    /** For the publisher of a message. */
    UnavailableException unpublished() {
        return certain
                ? UnavailableException.engine("the message was not published, since " + shown + ": send it again")
                : unknown(shown);
    }

    static UnavailableException unknown(String reason) {
        return UnavailableException.engine("it is not known whether the message was published, since " + reason
                + ": send it again with the same Idempotency-Key, so that it is published once");
    }
}
