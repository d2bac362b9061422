package relay.websocket;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import relay.client.Client;
import relay.client.Permissions;
import relay.json.Json;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.SubscribeAnswer;

/**
 * Answers a command for other topics. Immutable, for any thread.
 *
 * @param maxTopics to how many topics a client may be subscribed
 * @param confirms whether the client is told that its command is in force
 * @param checked what the client was permitted when its command was checked
 */
record SubscribeAnswers(
        Json json, int maxTopics, boolean confirms, Client client, Permissions checked, Subscription wanted)
        implements SubscribeAnswer {
    @Override
    public Optional<ByteBuffer> refused(Set<Topic> topics) {
        Optional<ByteBuffer> notAllowed = refused(client.permissions());
        if (notAllowed.isPresent()) {
            return notAllowed;
        }
        if (topics.size() > maxTopics) {
            return Optional.of(SocketAnswer.tooMany(json, "topics", topics.size(), maxTopics));
        }
        int patterns = (int) topics.stream().filter(Topic::isPattern).count();
        return patterns > Subscription.MOST_PATTERNS
                ? Optional.of(SocketAnswer.tooMany(json, "patterns", patterns, Subscription.MOST_PATTERNS))
                : Optional.empty();
    }

    /** A backend may have changed what it allows since the command was checked. */
    private Optional<ByteBuffer> refused(Permissions now) {
        if (now.equals(checked) || wanted.change() == Subscription.Change.REMOVE) {
            return Optional.empty();
        }
        return now.topics().refused(wanted.topics()).map(topic -> SocketAnswer.notAllowed(json, topic, now.topics()));
    }

    @Override
    public Optional<ByteBuffer> inForce(Set<Topic> topics) {
        return confirms ? Optional.of(SocketAnswer.ok(json, topics)) : Optional.empty();
    }
}
