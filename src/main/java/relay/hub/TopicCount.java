package relay.hub;

import java.util.concurrent.ConcurrentHashMap;
import relay.message.Topic;

/**
 * How many topics anybody receives: one that clients of several workers receive counts once. For any thread. A worker
 * comes here when one of its topics gets its first subscriber or loses its last, and for no message.
 */
final class TopicCount {
    private final ConcurrentHashMap<Topic, Integer> workers = new ConcurrentHashMap<>();

    /** One more worker has subscribers of this topic. */
    void enter(Topic topic) {
        workers.merge(topic, 1, Integer::sum);
    }

    /** One worker fewer has subscribers of this topic. */
    void leave(Topic topic) {
        workers.computeIfPresent(topic, (key, count) -> count == 1 ? null : count - 1);
    }

    long get() {
        return workers.mappingCount();
    }
}
