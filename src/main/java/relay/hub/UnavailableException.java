package relay.hub;

/** The relay takes in nothing more of this kind at the moment: the caller should come back later. It carries no stack trace. */
public final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int retryAfterSeconds;

    private UnavailableException(String detail, int retryAfterSeconds) {
        super(detail, null, false, false);
        this.retryAfterSeconds = retryAfterSeconds;
    }

    static UnavailableException backlogIsFull() {
        return new UnavailableException(
                "the messages that wait to be sent fill the publish queue: come back in a second", 1);
    }

    static UnavailableException goingAway() {
        return new UnavailableException("the relay is going away: register with another, or later", 10);
    }

    /** @param things what there may be no more of */
    static UnavailableException noRoomFor(String things) {
        return new UnavailableException("the relay has as many " + things + " as it may: come back later", 10);
    }

    /** What happened, and what to do about it. */
    public String detail() {
        return String.valueOf(getMessage());
    }

    /** When it is worth to try again. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
