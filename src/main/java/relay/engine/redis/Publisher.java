package relay.engine.redis;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.IdempotencyConflictException;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.fatal.Fatal;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;

/** Brings publications to the server, and their answers back. For any thread. */
record Publisher(
        Keys keys,
        RedisOptions options,
        OrderedReceiver receiver,
        PendingPublications pending,
        FollowedTopics topics,
        Barriers barriers) {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    /** More may be under way than calls: the messages themselves come by the other socket. */
    private static final int MOST_PENDING = 4 * RedisConnection.MOST_CALLS;

    private static final long STORED = 0;
    private static final long REPEATED = 1;

    void publish(RedisConnection connection, Publication publication) {
        if (pending.size() >= MOST_PENDING) {
            publication.refused(EngineException.refused("as many messages are under way as may be")
                    .unpublished());
            return;
        }
        Message message = publication.message();
        Optional<IdempotencyKey> key = publication.key();
        FollowedTopics.Followed followed = topics.of(message.topic());
        boolean comesHere = isActive(followed);
        PendingPublications.Pending entry = pending.begin(publication);
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        var unused = answer.whenComplete(Fatal.watched((reply, failure) -> {
            if (failure != null) {
                refuse(entry, failure);
            } else {
                answered(connection, entry, message.topic(), followed, comesHere, reply);
            }
        }));
        connection.call(
                answer,
                Script.PUBLISH,
                new String[] {
                    keys.log(),
                    keys.stream(message.topic(), message.recipient()),
                    keys.idempotencyKey(key.map(IdempotencyKey::key).orElse("")),
                    keys.last(),
                    keys.lastBefore(),
                    keys.topicNames(),
                    keys.topicNamesBefore()
                },
                connection.log(),
                keys.channel(message.topic()),
                ChannelMessage.head(keys.relay(), entry.number(), publication),
                message.text(),
                options.holdsHistory() ? options.historyMessages() : 0,
                options.historyAge(),
                options.streamLife(),
                key.map(IdempotencyKey::fingerprint).orElse(""),
                options.keyLife(),
                message.topic());
    }

    private static boolean isActive(FollowedTopics.@Nullable Followed followed) {
        return followed != null && followed.state == FollowedTopics.State.ACTIVE;
    }

    private static void refuse(PendingPublications.Pending entry, Throwable failure) {
        if (EngineException.cause(failure) instanceof EngineException failed) {
            entry.refuse(failed.unpublished());
        } else {
            LOG.error("a message could not be published", failure);
            entry.refuse(EngineException.perhapsPublished("the relay failed"));
        }
    }

    private void answered(
            RedisConnection connection,
            PendingPublications.Pending entry,
            Topic topic,
            FollowedTopics.@Nullable Followed before,
            boolean comesHere,
            Reply reply) {
        long kind = reply.number(0);
        if (kind == STORED) {
            stored(connection, entry, topic, before, comesHere, reply.number(1), (int) reply.number(2));
        } else if (kind == REPEATED) {
            entry.repeated(
                    receiver.id(reply.number(1)), Optional.of(reply.text(2)).filter(text -> !text.isEmpty()));
        } else {
            entry.refuse(new IdempotencyConflictException());
        }
    }

    /**
     * Whether the message comes here depends on how its topic was followed when the server published it.
     *
     * @param before how the topic was followed when it was sent
     * @param comesHere whether that was active then
     */
    private void stored(
            RedisConnection connection,
            PendingPublications.Pending entry,
            Topic topic,
            FollowedTopics.@Nullable Followed before,
            boolean comesHere,
            long sequence,
            int relays) {
        receiver.given(sequence);
        MessageId id = receiver.id(sequence);
        FollowedTopics.Followed after = topics.of(topic);
        if (comesHere && before == after && isActive(after)) {
            entry.storedHere(id, relays);
        } else if (before == null && after == null) {
            entry.stored(id, relays);
        } else {
            barriers.raise(connection).whenComplete((reached, failure) -> {
                if (failure != null) {
                    refuse(entry, EngineException.connectionLost());
                } else {
                    entry.stored(id, relays);
                }
            });
        }
    }
}
