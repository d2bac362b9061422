package relay.message;

import java.util.Optional;

/**
 * A message as it was published.
 *
 * @param topic where it is published
 * @param recipient the only user whose clients get it; empty: all subscribers of the topic
 * @param text what clients receive
 */
public record Message(Topic topic, Optional<UserId> recipient, Text text) {}
