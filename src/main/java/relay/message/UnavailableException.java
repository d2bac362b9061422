package relay.message;

import java.util.concurrent.CompletionException;

/** The relay takes in nothing more of this kind at the moment: the caller should come back later. It carries no stack trace. */
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

    /** As many bytes wait for the workers as may. */
    public static UnavailableException backlogIsFull() {
        return new UnavailableException(
                "the messages that wait to be sent fill the publish queue: come back in a second", 1);
    }

    /** As much has come in part as may. */
    public static UnavailableException inputIsFull() {
        return new UnavailableException(
                "what others have sent in part fills the memory for it: come back in a second", 1);
    }

    /** The relay is leaving. */
    public static UnavailableException goingAway() {
        return new UnavailableException("the relay is going away: try another, or later", 10);
    }

    /**
     * There is no room for one more.
     *
     * @param things what there may be no more of
     */
    public static UnavailableException noRoomFor(String things) {
        return new UnavailableException("the relay has as many " + things + " as it may: come back later", 10);
    }

    /**
     * One user has as many of something as one may.
     *
     * @param things what there may be no more of
     */
    public static UnavailableException userHasTooMany(String things, int most) {
        return new UnavailableException(
                "this user has " + most + " " + things + ", as many as one may: remove some, or come back later",
                60,
                true);
    }

    /**
     * The engine does not work, or could not tell what it did.
     *
     * @param detail which of them, and what to do about it
     */
    public static UnavailableException engine(String detail) {
        return new UnavailableException(detail, 1);
    }

    /** What made a stage fail, as one of these. */
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

    /** Whether others are still served: who asks has had its share. */
    public boolean isOnlyForOne() {
        return onlyForOne;
    }

    /** When it is worth to try again. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
