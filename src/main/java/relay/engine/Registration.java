package relay.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import relay.client.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/**
 * A registration that any relay can serve.
 *
 * @param topics what it asks for, and for each the sequence after which it wants messages; 0: after its first
 *     cursor, or from its first connection on if it is not kept
 * @param allowed what it may ask for
 * @param keep how long it outlives a lost connection; zero: not at all
 * @param ends when the credential ends that it was made with; empty: never
 */
public record Registration(
        ClientId id,
        UserId user,
        Map<Topic, Long> topics,
        TopicFilter allowed,
        Duration keep,
        Optional<Instant> ends) {}
