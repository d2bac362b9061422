package relay.engine.redis;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.IdempotencyConflictException;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.fatal.Fatal;
import relay.message.Message;
import relay.message.MessageId;

/** Brings publications to the server, and their answers back. For any thread. */
final class Publisher {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    /** More may be on their way than calls are: the messages themselves come by the other connection. */
    private static final int MOST_SENT = 4 * Session.MOST_CALLS;

    private static final long STORED = 0;
    private static final long REPEATED = 1;

    private final Parts parts;
    private final byte[] most;
    private final byte[] age;
    private final byte[] strandLife;
    private final byte[] keyLife;

    Publisher(Parts parts) {
        this.parts = parts;
        RedisOptions options = parts.options();
        most = Bytes.of(options.holdsHistory() ? options.historyMessages() : 0);
        age = Bytes.of(options.historyAge());
        keyLife = Bytes.of(options.keyLife());
        strandLife = Bytes.of(Duration.ofHours(Past.strandHours(options)));
    }

    void publish(Session session, Publication publication) {
        if (parts.publications().size() >= MOST_SENT) {
            publication.refused(
                    new CallFailedException(true, "as many messages are under way as may be").unpublished());
            return;
        }
        Message message = publication.message();
        Optional<IdempotencyKey> key = publication.key();
        Followed before = parts.follows().of(message.topic());
        Sent sent = parts.publications().begin(publication, isActive(before) ? before : null);
        session.call(
                        Script.PUBLISH,
                        new String[] {
                            parts.names().log(),
                            parts.names().strand(message.topic(), message.recipient()),
                            parts.names().key(key.map(IdempotencyKey::key).orElse("")),
                            parts.names().last(),
                            parts.names().lastBefore()
                        },
                        session.log(),
                        Bytes.of(parts.names().channel(message.topic())),
                        Envelope.head(parts.relay(), sent.number, publication),
                        Bytes.of(message.text()),
                        most,
                        age,
                        strandLife,
                        Bytes.of(key.map(IdempotencyKey::fingerprint).orElse("")),
                        keyLife)
                .whenComplete(Fatal.watched((answer, failure) -> {
                    if (failure != null) {
                        refuse(sent, failure);
                    } else {
                        answered(session, sent, before, answer);
                    }
                }));
    }

    private static boolean isActive(@Nullable Followed followed) {
        return followed != null && followed.state == Followed.State.ACTIVE;
    }

    private void refuse(Sent sent, Throwable failure) {
        if (Session.cause(failure) instanceof CallFailedException failed) {
            parts.publications().refuse(sent, failed.unpublished());
        } else {
            LOG.error("a message could not be published", failure);
            parts.publications().refuse(sent, CallFailedException.unknown("the relay failed"));
        }
    }

    private void answered(Session session, Sent sent, @Nullable Followed before, List<Object> answer) {
        long kind = Bytes.number(answer, 0);
        if (kind == STORED) {
            stored(session, sent, before, Bytes.number(answer, 1), (int) Bytes.number(answer, 2));
            return;
        }
        if (kind == REPEATED) {
            MessageId id = parts.inbox().id(Bytes.number(answer, 1));
            Optional<String> told = Optional.of(Bytes.text(answer, 2)).filter(text -> !text.isEmpty());
            sent.end(() -> sent.publication.repeated(id, told));
            parts.publications().forget(sent);
            return;
        }
        parts.publications().refuse(sent, new IdempotencyConflictException());
    }

    /** Whether the message comes here depends on how its topic was followed when the server published it. */
    private void stored(Session session, Sent sent, @Nullable Followed before, long sequence, int relays) {
        parts.inbox().given(sequence);
        MessageId id = parts.inbox().id(sequence);
        Followed after = parts.follows().of(sent.publication.message().topic());
        if (sent.before != null && sent.before == after && isActive(after)) {
            sent.storedHere(id, relays);
            parts.publications().forget(sent);
        } else if (before == null && after == null) {
            sent.stored(id, relays);
            parts.publications().forget(sent);
        } else {
            parts.barriers().raise(session).whenComplete((reached, failure) -> {
                if (failure != null) {
                    refuse(sent, new CallFailedException(false, "the connection to the engine was lost"));
                } else {
                    sent.stored(id, relays);
                    parts.publications().forget(sent);
                }
            });
        }
    }
}
