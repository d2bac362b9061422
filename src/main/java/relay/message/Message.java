package relay.message;

import java.util.List;
import java.util.Optional;

/**
 * A message as it was published.
 *
 * @param topics where it is published: 1 to {@value #MOST_TOPICS}, each once, none of them a pattern
 * @param recipient the only user whose clients get it; empty: all subscribers of the topics
 * @param text what clients receive
 */
public record Message(List<Topic> topics, Optional<UserId> recipient, Text text, MessageOptions options) {
    /** The most topics that one message is published to. */
    public static final int MOST_TOPICS = 100;

    public Message {
        topics = List.copyOf(topics);
    }

    /** A message for one topic, without options. */
    public Message(Topic topic, Optional<UserId> recipient, Text text) {
        this(List.of(topic), recipient, text, MessageOptions.NONE);
    }

    /** The only topic, or the first. */
    public Topic topic() {
        return topics.get(0);
    }

    /** The message as those get it who are subscribed to one of its topics. */
    public Message on(Topic topic) {
        return topics.size() == 1 ? this : new Message(List.of(topic), recipient, text, options);
    }

    /** Whether it is for one user and has a time after which it is not delivered any more: then it may have come to nobody. */
    public boolean mayComeToNobody() {
        return recipient.isPresent() && options.ttl().isPresent();
    }

    /** Whether everybody who gets it gets the same, whenever that is. */
    public boolean isPlain() {
        return topics.size() == 1 && options.areForAll();
    }
}
