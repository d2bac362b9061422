package relay.history;

import java.util.Optional;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Whose messages a log holds: those of one topic that are for everybody, or for one user. In order, a topic's log for everybody
 * comes before those for users.
 */
public record TopicLogKey(Topic topic, Optional<UserId> recipient) implements Comparable<TopicLogKey> {
    @Override
    public int compareTo(TopicLogKey other) {
        int byTopic = topic.compareTo(other.topic);
        if (byTopic != 0) {
            return byTopic;
        }
        return recipient
                .map(user -> other.recipient.map(user::compareTo).orElse(1))
                .orElse(other.recipient.isPresent() ? -1 : 0);
    }
}
