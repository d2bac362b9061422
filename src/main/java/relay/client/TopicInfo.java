package relay.client;

import relay.message.Topic;

/**
 * A topic as it is looked up. Immutable.
 *
 * @param subscribers how many clients ask for it
 * @param connected how many of these have an open connection
 */
public record TopicInfo(Topic topic, int subscribers, int connected) {}
