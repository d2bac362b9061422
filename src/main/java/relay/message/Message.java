package relay.message;

import java.util.Optional;

/**
 * What a publisher sent.
 *
 * @param topic the label it is published under
 * @param recipient the only user whose clients get it; empty: every client of the topic
 * @param text what the clients receive
 */
public record Message(Topic topic, Optional<UserId> recipient, Text text) {}
