package relay.publish;

import java.util.Optional;
import relay.message.MessageId;

/**
 * Is told what became of a published message. One of the methods is called, once, by any thread: it must neither block nor
 * throw.
 */
public interface PublishListener {
    /**
     * How far a message has come.
     *
     * @param id the message's id
     * @param queued how many open connections it was handed to: with a {@link Receipt} those of other relays too, as far as
     *     these have reported
     * @param acknowledged how many of these connections have acknowledged it; 0 without a receipt
     * @param others how many other relays it went to
     * @param reported how many of those have reported what they did with it; 0 without a receipt
     */
    record Outcome(MessageId id, int queued, int acknowledged, int others, int reported) {
        /** The message was handed over, and nobody waits for acknowledgements. */
        public static Outcome handedOver(MessageId id, int queued, int others) {
            return new Outcome(id, queued, 0, others, 0);
        }
    }

    /** The message was published. */
    void published(Outcome outcome);

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
