package relay.engine.redis;

import java.time.Duration;

/**
 * Which server, and how much it holds.
 *
 * @param prefix what all keys and channels begin with; relays with the same one are one
 * @param historyMessages the most messages that are held of a topic, and of each user's on it; 0: none
 * @param historyAge how long they are held at most; zero: none
 * @param historyBytes how much this relay may hold, of all topics
 * @param keyLife how long the key of a request is remembered
 * @param registrationsOfUser how many registrations one user may have at a time
 */
public record RedisOptions(
        EngineUrl url,
        String prefix,
        int historyMessages,
        Duration historyAge,
        long historyBytes,
        Duration keyLife,
        int registrationsOfUser) {
    boolean holdsHistory() {
        return historyMessages > 0 && historyAge.toMillis() > 0;
    }
}
