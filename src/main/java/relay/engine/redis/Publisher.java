package relay.engine.redis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.IdempotencyConflictException;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.fatal.Fatal;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** Brings publications to the server, and their answers back. For any thread. */
record Publisher(
        Keys keys,
        RedisOptions options,
        OrderedReceiver receiver,
        PendingPublications pending,
        FollowedTopics topics,
        Barriers barriers,
        Claims claims,
        Heard heard) {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    /** More may be under way than calls: the messages themselves come by the other socket. */
    private static final int MOST_PENDING = 4 * RedisConnection.MOST_CALLS;

    private static final long STORED = 0;
    private static final long REPEATED = 1;
    private static final long NOT_SERVED = 3;

    void publish(RedisConnection connection, Publication publication) {
        if (pending.size() >= MOST_PENDING) {
            publication.refused(EngineException.refused("as many messages are under way as may be")
                    .unpublished());
            return;
        }
        List<List<FollowedTopics.Followed>> before = bringing(publication);
        boolean certain = isCertain(before);
        PendingPublications.Pending entry = pending.begin(publication);
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        var unused = answer.whenComplete(Fatal.watched((reply, failure) -> {
            if (failure != null) {
                refuse(entry, failure);
            } else {
                answered(connection, entry, before, certain, reply);
            }
        }));
        connection.call(answer, Script.PUBLISH, scriptKeys(publication), arguments(connection, entry));
    }

    private String[] scriptKeys(Publication publication) {
        List<String> all = new ArrayList<>(List.of(
                keys.log(),
                keys.idempotencyKey(publication.key().map(IdempotencyKey::key).orElse("")),
                keys.last(),
                keys.lastBefore(),
                keys.topicNames(),
                keys.topicNamesBefore(),
                keys.retained(),
                keys.retainedByAge(),
                keys.retainedNames()));
        Message message = publication.message();
        message.topics().forEach(topic -> all.add(keys.stream(topic, message.recipient())));
        return all.toArray(String[]::new);
    }

    private Object[] arguments(RedisConnection connection, PendingPublications.Pending entry) {
        Publication publication = entry.publication();
        Message message = publication.message();
        List<Object> all = new ArrayList<>(List.of(
                connection.log(),
                ChannelMessage.head(keys.relay(), entry.number(), publication),
                message.text(),
                options.holdsHistory() ? options.historyMessages() : 0,
                options.historyAge(),
                options.streamLife(),
                publication.key().map(IdempotencyKey::fingerprint).orElse(""),
                options.keyLife(),
                OptionsField.of(message.options()),
                OptionsField.retain(message.options()),
                options.retainedBytes(),
                message.recipient().map(UserId::value).orElse("")));
        for (Topic topic : message.topics()) {
            all.add(keys.channel(topic));
            all.add(topic);
        }
        publication.client().ifPresent(client -> all.addAll(claim(client)));
        // Of a client's message nobody asks whether it has come in time: it has no ttl.
        all.addAll(heard.watching(message));
        return all.toArray();
    }

    /** By what this relay serves a client: the registration may be another's now, or allow something else. */
    private List<Object> claim(ClientId client) {
        return List.of(
                keys.registration(client), keys.relay(), claims.numberOf(client).orElse(0));
    }

    /** For each topic, by what it comes here. */
    private List<List<FollowedTopics.Followed>> bringing(Publication publication) {
        return publication.message().topics().stream().map(topics::bringing).toList();
    }

    /** Whether what is published now is sure to come here by each of these, and by nothing else. */
    private static boolean isCertain(List<List<FollowedTopics.Followed>> all) {
        return all.stream().flatMap(List::stream).allMatch(followed -> followed.state == FollowedTopics.State.ACTIVE);
    }

    private static boolean comes(List<Topic> all, List<List<FollowedTopics.Followed>> bringing) {
        for (int i = 0; i < all.size(); i++) {
            Topic topic = all.get(i);
            if (bringing.get(i).stream().anyMatch(followed -> followed.topic.matches(topic))) {
                return true;
            }
        }
        return false;
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
            List<List<FollowedTopics.Followed>> before,
            boolean certain,
            Reply reply) {
        long kind = reply.number(0);
        if (kind == STORED) {
            stored(connection, entry, before, certain, reply);
        } else if (kind == REPEATED) {
            entry.repeated(
                    receiver.id(reply.number(1)), Optional.of(reply.text(2)).filter(text -> !text.isEmpty()));
        } else if (kind == NOT_SERVED) {
            entry.refuse(EngineException.refused(
                            "its client is served elsewhere now, or its registration was changed or has ended")
                    .unpublished());
        } else {
            entry.refuse(new IdempotencyConflictException());
        }
    }

    /**
     * Whether the message comes here depends on how its topics were followed when the server published it.
     *
     * @param before by what it was to come here when it was sent
     * @param certain whether that was certain then
     */
    private void stored(
            RedisConnection connection,
            PendingPublications.Pending entry,
            List<List<FollowedTopics.Followed>> before,
            boolean certain,
            Reply reply) {
        long sequence = reply.number(1);
        receiver.given(sequence);
        MessageId id = receiver.id(sequence);
        int[] copies = new int[before.size()];
        Arrays.setAll(copies, topic -> (int) reply.number(2 + topic));
        List<List<FollowedTopics.Followed>> after = bringing(entry.publication());
        if (certain && before.equals(after) && isCertain(after)) {
            int[] here = before.stream().mapToInt(List::size).toArray();
            entry.stored(id, copies, here, comes(entry.publication().message().topics(), before));
        } else {
            barriers.raise(connection).whenComplete((reached, failure) -> {
                if (failure != null) {
                    refuse(entry, EngineException.connectionLost());
                } else {
                    entry.storedBefore(id, copies);
                }
            });
        }
    }
}
