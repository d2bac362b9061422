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
        // By what this relay serves a client now: the registration may be another's when the server looks, or allow something else.
        OptionalLong claim = publication.client().map(claims::numberOf).orElse(OptionalLong.empty());
        connection.publish(pending.begin(publication, claim.orElse(0)));
    }

    /** Writes one call. */
    void send(RedisConnection connection, List<PendingPublications.Pending> messages) {
        PublishCall call = new PublishCall(keys, heard);
        messages.forEach(call::add);
        Coming[] before = coming(messages);
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        var unused = answer.whenComplete(Fatal.watched((reply, failure) -> {
            if (failure != null) {
                messages.forEach(message -> refuse(message, failure));
                return;
            }
            Coming[] after = coming(messages);
            for (int i = 0; i < before.length; i++) {
                answered(connection, messages.get(i), before[i], after[i], reply.part(i));
            }
            // Not before all have been told what was said of them.
            for (int i = 0; i < before.length; i++) {
                if (reply.part(i).number(0) >= REFUSED) {
                    connection.endBecauseOf(reply.part(i).text(1));
                }
            }
        }));
        connection.call(answer, Script.PUBLISH, call.keys(), call.arguments(connection.log(), options));
    }

    /** By what each comes here now; those that follow each other mostly come by the same. */
    private Coming[] coming(List<PendingPublications.Pending> messages) {
        Coming[] all = new Coming[messages.size()];
        for (int i = 0; i < all.length; i++) {
            List<Topic> on = messages.get(i).publication().message().topics();
            all[i] = i > 0 && all[i - 1].on().equals(on) ? all[i - 1] : Coming.of(on, topics);
        }
        return all;
    }

    private static void refuse(PendingPublications.Pending message, Throwable failure) {
        if (EngineException.cause(failure) instanceof EngineException failed) {
            message.refuse(failed.unpublished());
        } else {
            LOG.error("a message could not be published", failure);
            message.refuse(EngineException.perhapsPublished("the relay failed"));
        }
    }

    private void answered(
            RedisConnection connection,
            PendingPublications.Pending message,
            Coming before,
            Coming after,
            Reply reply) {
        switch ((int) reply.number(0)) {
            case STORED -> stored(connection, message, before, after, reply);
            case REPEATED ->
                message.repeated(
                        receiver.id(reply.number(1)), Optional.of(reply.text(2)).filter(text -> !text.isEmpty()));
            case CONFLICT -> message.refuse(new IdempotencyConflictException());
            case NOT_SERVED ->
                message.refuse(EngineException.refused(
                                "its client is served elsewhere now, or its registration was changed or has ended")
                        .unpublished());
            case REFUSED -> message.refuse(connection.said(reply.text(1)).unpublished());
            default -> message.refuse(connection.said(reply.text(1)).perhapsPublished());
        }
    }

    /** Whether the message comes here depends on how its topics were followed when the server published it. */
    private void stored(
            RedisConnection connection,
            PendingPublications.Pending message,
            Coming before,
            Coming after,
            Reply reply) {
        long sequence = reply.number(1);
        receiver.given(sequence);
        MessageId id = receiver.id(sequence);
        int[] copies = new int[reply.size() - 2];
        Arrays.setAll(copies, topic -> (int) reply.number(2 + topic));
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
