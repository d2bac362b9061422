package relay.message;

import java.util.concurrent.CompletionException;

/** The relay takes no more of this kind now: the caller should try again later. It has no stack trace. */
public final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int retryAfterSeconds;
    private final boolean onlyForOne;

    private UnavailableException(String detail, int retryAfterSeconds) {
        this(detail, retryAfterSeconds, false);
    }

    private UnavailableException(String detail, int retryAfterSeconds, boolean onlyForOne) {
        super(detail, null, false, false);
        this.onlyForOne = onlyForOne;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** The bytes that wait for the workers have reached their bound. */
    public static UnavailableException backlogIsFull() {
        return new UnavailableException(
                "the messages that wait to be sent fill the publish queue: come back in a second", 1);
    }

    /** The unfinished inputs have reached their bound. */
    public static UnavailableException inputIsFull() {
        return new UnavailableException(
                "what others have sent in part fills the memory for it: come back in a second", 1);
    }

    /** As many pages of the past are read as may be at a time. */
    public static UnavailableException archiveIsBusy() {
        return new UnavailableException(
                "the relay reads as many pages of the past at a time as it may: come back in a second", 1);
    }

    /** The answers that wait to be read have reached their bound. */
    public static UnavailableException answersAreFull() {
        return new UnavailableException(
                "the answers that others read slowly fill the memory for them: come back in a second", 1);
    }

    /** The relay is shutting down. */
    public static UnavailableException goingAway() {
        return new UnavailableException("the relay is going away: try another, or later", 10);
    }

    /**
     * A number has reached its bound.
     *
     * @param things of what, in the plural
     */
    public static UnavailableException noRoomFor(String things) {
        return new UnavailableException("the relay has as many " + things + " as it may: come back later", 10);
    }

    /**
     * A user has as many of something as allowed.
     *
     * @param things of what, in the plural
     */
    public static UnavailableException userHasTooMany(String things, int most) {
        return new UnavailableException(
                "this user has " + most + " " + things + ", as many as one may: remove some, or come back later",
                60,
                true);
    }

    /**
     * The engine is down, or the outcome of a call is unknown.
     *
     * @param detail which of the two, and what to do about it
     */
    public static UnavailableException engine(String detail) {
        return new UnavailableException(detail, 1);
    }

    /** Converts the failure of a stage. */
    public static UnavailableException of(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof UnavailableException unavailable
                ? unavailable
                : engine("the engine failed (" + Characters.oneLine(String.valueOf(cause)) + "): try again later");
    }

    /** What happened, and what to do about it. */
    public String detail() {
        return String.valueOf(getMessage());
    }

    /** Whether only this caller is refused, since it has had its share. */
    public boolean isOnlyForOne() {
        return onlyForOne;
    }

    /** When to try again. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
