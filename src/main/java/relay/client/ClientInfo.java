package relay.client;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import relay.message.Topic;
import relay.outbound.SendQueue;

/**
 * A client as its worker found it at one moment. For any thread.
 *
 * @param topics what it asks for
 * @param queue that of its connection; empty if it has none
 * @param timeWithoutConnection for how long it has had none, since it was registered or lost its last one; empty if it
 *     has one, and where its credential ends before it has to be connected, which leaves no trace of that
 */
public record ClientInfo(
        Client client, Set<Topic> topics, Optional<SendQueue> queue, Optional<Duration> timeWithoutConnection) {}
