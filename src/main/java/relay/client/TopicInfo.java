package relay.client;

import relay.message.Topic;

/**
 * A topic as it is looked up. Immutable.
 *
 * @param subscribers how many clients ask for it
 * @param connected how many of these have an open connection
 * @param retained whether it has a retained value for everybody
 */
public record TopicInfo(Topic topic, int subscribers, int connected, boolean retained) {
    /** One without a retained value. */
    public TopicInfo(Topic topic, int subscribers, int connected) {
        this(topic, subscribers, connected, false);
    }
}
