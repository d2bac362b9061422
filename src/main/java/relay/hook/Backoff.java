package relay.hook;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before a failed attempt is repeated: about twice as long each time, and never for the same time as everybody else.
 * For one thread.
 */
record Backoff(RandomGenerator random) {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /**
     * For an endpoint that does not speak HTTP. The JDK's client leaves the connection to such a one open for ever, at least that of
     * Java 17: so there are a few tens in a day, and not hundreds.
     */
    private static final Duration LONGEST_IF_NOT_HTTP = Duration.ofHours(1);

    /** From here on it is the longest. */
    private static final int MOST_DOUBLINGS = 20;

    /** Before the next attempt: from 50 to 100 % of 1 s, 2 s, 4 s and so on, up to 5 min; up to 1 h for one that does not speak HTTP. */
    Duration after(int failures, Attempt.Outcome outcome) {
        Duration longest = outcome == Attempt.Outcome.NOT_HTTP ? LONGEST_IF_NOT_HTTP : LONGEST;
        long doubled = FIRST.toMillis() << Math.min(failures - 1, MOST_DOUBLINGS);
        long most = Math.min(doubled, longest.toMillis());
        return Duration.ofMillis(random.nextLong(most / 2, most + 1));
    }
}
