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

    /** From here on it is the longest. */
    private static final int MOST_DOUBLINGS = 20;

    /** Before the next attempt: from 50 to 100 % of 1 s, 2 s, 4 s and so on, up to 5 min. */
    Duration after(int failures) {
        long doubled = FIRST.toMillis() << Math.min(failures - 1, MOST_DOUBLINGS);
        long most = Math.min(doubled, LONGEST.toMillis());
        return Duration.ofMillis(random.nextLong(most / 2, most + 1));
    }
}
