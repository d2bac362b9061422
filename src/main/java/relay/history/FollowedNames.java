package relay.history;

import java.util.HashSet;
import java.util.Set;
import relay.message.Topic;

/** The topics and patterns that are followed, where an engine brings messages on these only. With the lock of its owner held. */
final class FollowedNames {
    private final Set<Topic> topics = new HashSet<>();
    private final Set<Topic> patterns = new HashSet<>();

    void add(Topic topic) {
        (topic.isPattern() ? patterns : topics).add(topic);
    }

    void remove(Topic topic) {
        (topic.isPattern() ? patterns : topics).remove(topic);
    }

    /** Whether a topic is followed, or a pattern that it matches. */
    boolean includes(Topic topic) {
        return topics.contains(topic) || patterns.stream().anyMatch(pattern -> pattern.matches(topic));
    }
}
