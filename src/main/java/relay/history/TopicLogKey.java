package relay.history;

import java.util.Optional;
import relay.message.Topic;
import relay.message.UserId;

/**
 * What goes to one kind of receiver on one topic: everybody, or one user. A topic's for everybody comes first, then those for
 * users.
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
