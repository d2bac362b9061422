package relay.client;

import relay.message.Topic;

/**
 * A topic, or a pattern that clients ask for, as it is looked up. Immutable.
 *
 * @param subscribers how many clients ask for it
 * @param connected how many of these have an open connection
 * @param retained whether there is a retained value of it for everybody; false for a pattern
 */
public record TopicInfo(Topic topic, int subscribers, int connected, boolean retained) {
    /** One without a retained value. */
    public TopicInfo(Topic topic, int subscribers, int connected) {
        this(topic, subscribers, connected, false);
    }
}
