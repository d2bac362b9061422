package relay.engine.redis;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.IdempotencyConflictException;
import relay.engine.Publication;
import relay.engine.redis.PendingPublications.Pending;
import relay.fatal.Fatal;
import relay.message.MessageId;
import relay.message.Topic;

/** Brings publications to the server, several in one call, and each its answer back. For any thread. */
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
    /** More may be under way than wait to be sent: the messages themselves come by the other socket. */
    private static final int MOST_PENDING = 4 * Gathering.MOST_WAITING;

    private static final int STORED = 0;
    private static final int REPEATED = 1;
    private static final int CONFLICT = 2;
    private static final int NOT_SERVED = 3;
    private static final int REFUSED = 4;

    void publish(RedisConnection connection, Publication publication) {
        if (pending.size() >= MOST_PENDING) {
            publication.refused(EngineException.refused("as many messages are under way as may be")
                    .unpublished());
            return;
        }
        // By what this relay serves a client now: the registration may be another's when the server looks, or allow
        // something else.
        OptionalLong claim = publication.client().map(claims::numberOf).orElse(OptionalLong.empty());
        connection.publish(pending.begin(publication, claim.orElse(0)));
    }

    /** Writes one call. */
    void send(RedisConnection connection, List<Pending> messages) {
        PublishCall call = new PublishCall(keys, heard);
        messages.forEach(call::add);
        Coming[] before = coming(messages);
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        var unused = answer.whenComplete(Fatal.watched((reply, failure) -> {
            if (failure != null) {
                messages.forEach(message -> refuse(message, failure));
                return;
            }
            tell(connection, messages, before, reply);
        }));
        connection.call(answer, Script.PUBLISH, call.keys(), call.arguments(connection.log(), options));
    }

    /** By what each comes here now; those that follow each other mostly come by the same. */
    private Coming[] coming(List<Pending> messages) {
        Coming[] all = new Coming[messages.size()];
        for (int i = 0; i < all.length; i++) {
            List<Topic> on = messages.get(i).publication().message().topics();
            all[i] = i > 0 && all[i - 1].on().equals(on) ? all[i - 1] : Coming.of(on, topics);
        }
        return all;
    }

    private void tell(RedisConnection connection, List<Pending> messages, Coming[] before, Reply reply) {
        Coming[] after = coming(messages);
        Optional<String> wrong = Optional.empty();
        int at = 0;
        for (int i = 0; i < before.length; i++) {
            Pending message = messages.get(i);
            int topics = message.publication().message().topics().size();
            switch ((int) reply.number(at)) {
                case STORED -> {
                    stored(connection, message, before[i], after[i], reply, at + 1);
                    at += 2 + topics;
                }
                case REPEATED -> {
                    Optional<String> first = Optional.of(reply.text(at + 2)).filter(text -> !text.isEmpty());
                    message.repeated(receiver.id(reply.number(at + 1)), first);
                    at += 3;
                }
                case CONFLICT -> {
                    message.refuse(new IdempotencyConflictException());
                    at++;
                }
                case NOT_SERVED -> {
                    message.refuse(EngineException.refused(
                                    "its client is served elsewhere now, or its registration was changed or has ended")
                            .unpublished());
                    at++;
                }
                default -> {
                    EngineException said = connection.said(reply.text(at + 1));
                    message.refuse(reply.number(at) == REFUSED ? said.unpublished() : said.perhapsPublished());
                    wrong = Optional.of(reply.text(at + 1));
                    at += 2;
                }
            }
        }
        // Not before all have been told what was said of them.
        wrong.ifPresent(connection::endBecauseOf);
    }

    private static void refuse(Pending message, Throwable failure) {
        if (EngineException.cause(failure) instanceof EngineException failed) {
            message.refuse(failed.unpublished());
        } else {
            LOG.error("a message could not be published", failure);
            message.refuse(EngineException.perhapsPublished("the relay failed"));
        }
    }

    /**
     * Whether the message comes here depends on how its topics were followed when the server published it.
     *
     * @param at where the reply has its sequence
     */
    private void stored(RedisConnection connection, Pending message, Coming before, Coming after, Reply reply, int at) {
        long sequence = reply.number(at);
        receiver.given(sequence);
        MessageId id = receiver.id(sequence);
        int[] copies = new int[before.on().size()];
        Arrays.setAll(copies, topic -> (int) reply.number(at + 1 + topic));
        if (before.isSureUntil(after)) {
            message.stored(id, copies, before.copiesHere(), before.comes());
        } else {
            barriers.raise(connection).whenComplete((reached, failure) -> {
                if (failure != null) {
                    refuse(message, EngineException.connectionLost());
                } else {
                    message.storedBefore(id, copies);
                }
            });
        }
    }
}
