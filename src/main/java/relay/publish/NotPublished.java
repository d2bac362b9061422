package relay.publish;

import java.util.Optional;
import relay.message.MessageId;

/** Is told why a message was not published now. Called at most once, by any thread: it must neither block nor throw. */
public interface NotPublished {
    /**
     * It was published before, by a request with the same idempotency key.
     *
     * @param answer what was answered then; empty if that is not known
     */
    void repeated(MessageId id, Optional<String> answer);

    /**
     * It was refused, or it is not known what became of it.
     *
     * @param cause a {@link relay.message.UnavailableException} or a {@link relay.engine.IdempotencyConflictException}
     */
    void refused(RuntimeException cause);
}
