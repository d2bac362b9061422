package relay.hook;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How it went to post some events. Immutable, for any thread.
 *
 * @param at when it was over
 * @param status that the endpoint answered; empty if it did not
 * @param error why it has not taken them, for people; empty if it has
 * @param retryAfter how long it asks to be left alone
 */
public record Attempt(
        Instant at, Outcome outcome, OptionalInt status, Optional<String> error, Optional<Duration> retryAfter) {
    /** What there is to count. */
    public enum Outcome {
        /** The endpoint has answered with a status from 200 to 299. */
        TAKEN,

        /** It has answered with another status. */
        REFUSED,

        /** It has not answered in time. */
        TIMEOUT,

        /** It could not be reached, or has hung up. */
        FAILED,

        /** What it has answered is not HTTP, or has a head without end. */
        NOT_HTTP;

        /** As the metrics have it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The endpoint has answered. */
    static Attempt answered(Instant at, int status, Optional<Duration> retryAfter) {
        boolean taken = status >= 200 && status < 300;
        return new Attempt(
                at,
                taken ? Outcome.TAKEN : Outcome.REFUSED,
                OptionalInt.of(status),
                taken ? Optional.empty() : Optional.of("it answers " + status + words(status)),
                retryAfter);
    }

    /** The endpoint has not answered. */
    static Attempt failed(Instant at, Outcome outcome, String error) {
        return new Attempt(at, outcome, OptionalInt.empty(), Optional.of(error), Optional.empty());
    }

    boolean isTaken() {
        return outcome == Outcome.TAKEN;
    }

    private static String words(int status) {
        return status >= 300 && status < 400 ? ", and redirects are not followed: --hook takes the URL itself" : "";
    }
}
