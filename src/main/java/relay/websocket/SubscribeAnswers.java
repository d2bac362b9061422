package relay.websocket;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.SubscribeAnswer;

/**
 * Answers a command for other topics. Immutable, for any thread.
 *
 * @param confirms whether the client is told that its command is in force
 */
record SubscribeAnswers(SocketContext context, boolean confirms) implements SubscribeAnswer {
    @Override
    public Optional<ByteBuffer> refused(Set<Topic> topics) {
        int most = context.options().maxTopics();
        if (topics.size() > most) {
            return Optional.of(SocketAnswer.tooMany(context.json(), "topics", topics.size(), most));
        }
        int patterns = (int) topics.stream().filter(Topic::isPattern).count();
        return patterns > Subscription.MOST_PATTERNS
                ? Optional.of(SocketAnswer.tooMany(context.json(), "patterns", patterns, Subscription.MOST_PATTERNS))
                : Optional.empty();
    }

    @Override
    public Optional<ByteBuffer> inForce(Set<Topic> topics) {
        return confirms ? Optional.of(SocketAnswer.ok(context.json(), topics)) : Optional.empty();
    }
}
