package relay.history;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import relay.message.PatternMap;
import relay.message.Topic;

/**
 * The topics and patterns that are followed: none where the engine brings all messages. A log is followed if its topic is, or a pattern
 * that matches it. With the history's lock held, unless a method says otherwise.
 */
final class FollowedTopics {
    private final Map<Topic, FollowedTopic> all = new ConcurrentHashMap<>();
    private final PatternMap<FollowedTopic> patterns = new PatternMap<>();

    void follow(Topic topic, long since) {
        FollowedTopic followed = new FollowedTopic(topic, since);
        all.put(topic, followed);
        if (topic.isPattern()) {
            patterns.put(topic, followed);
        }
    }

    /** What was followed; absent if it was not. */
    @Nullable
    FollowedTopic unfollow(Topic topic) {
        if (topic.isPattern()) {
            patterns.change(topic, before -> null);
        }
        return all.remove(topic);
    }

    /** A topic or pattern itself; absent if it is not followed. */
    @Nullable
    FollowedTopic find(Topic topic) {
        return all.get(topic);
    }

    /** The topic, and the patterns that match it or cover it if it is one itself; as far as they are followed. */
    List<FollowedTopic> of(Topic topic) {
        FollowedTopic exact = all.get(topic);
        if (patterns.isEmpty()) {
            return exact == null ? List.of() : List.of(exact);
        }
        List<FollowedTopic> found = new ArrayList<>();
        if (exact != null && !topic.isPattern()) {
            found.add(exact);
        }
        patterns.addMatching(topic, found);
        return found;
    }

    /** All, to be gone through with or without the lock. */
    Iterator<FollowedTopic> iterator() {
        return all.values().iterator();
    }
}
