package relay.engine.redis;

import java.time.Duration;

/**
 * Which server, and how much it holds.
 *
 * @param prefix what all keys and channels begin with; relays with the same one act as one
 * @param historyMessages the most messages that are held of a topic, and of each user's on it; 0: none
 * @param historyAge how long they are held at most; zero: none
 * @param historyBytes how much this relay may hold, of all topics
 * @param retainedBytes how much the server may hold of retained values, of all topics together
 * @param keyLife how long an idempotency key is remembered
 * @param registrationsOfUser how many registrations one user may have at a time
 * @param hookQueue how many events may wait for the backend; 0: it hears of none
 */
public record RedisOptions(
        EngineUrl url,
        String prefix,
        int historyMessages,
        Duration historyAge,
        long historyBytes,
        long retainedBytes,
        Duration keyLife,
        int registrationsOfUser,
        int hookQueue) {
    private static final Duration LONGER = Duration.ofDays(1);

    boolean holdsHistory() {
        return historyMessages > 0 && historyAge.toMillis() > 0;
    }

    /** How long the server keeps a stream that nothing is published on: a whole number of hours. */
    Duration streamLife() {
        return Duration.ofHours(historyAge.plus(LONGER).toHours() + 1);
    }
}
