package relay.access;

import java.time.Duration;
import java.time.Instant;

/** Says when something was or will be, for people who read it at once. Stateless. */
final class TimeWords {
    private static final int SECONDS_TO_COUNT = 120;
    private static final int MINUTES_TO_COUNT = 120;
    private static final int HOURS_TO_COUNT = 48;

    private TimeWords() {}

    /** {@code 3 min ago}, {@code in 45 s} or {@code just now}. */
    static String from(Instant now, Instant time) {
        Duration distance = Duration.between(now, time);
        if (distance.abs().compareTo(Duration.ofSeconds(1)) < 0) {
            return "just now";
        }
        return distance.isNegative() ? length(distance.negated()) + " ago" : "in " + length(distance);
    }

    private static String length(Duration time) {
        if (time.toSeconds() < SECONDS_TO_COUNT) {
            return time.toSeconds() + " s";
        }
        if (time.toMinutes() < MINUTES_TO_COUNT) {
            return time.toMinutes() + " min";
        }
        return time.toHours() < HOURS_TO_COUNT ? time.toHours() + " h" : time.toDays() + " days";
    }
}
