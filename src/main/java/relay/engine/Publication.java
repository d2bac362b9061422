package relay.engine;

import java.time.Duration;
import java.util.Optional;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;

/** A message on its way to its place in the sequence. Implementations are for any thread, and neither block nor throw. */
public interface Publication {
    Message message();

    /** Makes a second request with the same key no second message. */
    Optional<IdempotencyKey> key();

    /** Whose registration allows it: a client that this relay serves; empty: a backend publishes. */
    default Optional<ClientId> client() {
        return Optional.empty();
    }

    /** How long other relays gather acknowledgements, to {@link #elsewhere report} them; empty: not at all. */
    Optional<Duration> confirm();

    /**
     * It has its place, and is stored. Called once.
     *
     * @param relays how many relays it goes to, this one included if it does; where there is a {@link #confirm} some may be counted
     *     several times, until {@link #droppedElsewhere} says so; otherwise, of a message with several topics, as many as follow one of
     *     the topics
     * @param here whether it comes to this relay's {@link Receiver#own receiver}, before this call or after it
     */
    void stored(MessageId id, int relays, boolean here);

    /**
     * It was published before, by a request with the same key and the same content; it is not published again. Called
     * instead of {@link #stored}.
     *
     * @param answer the answer to that request; empty if it is not known
     */
    void repeated(MessageId id, Optional<String> answer);

    /**
     * It was not published, or it is not known whether it was: the detail says which. Called instead of {@link #stored}, or
     * after it when the message does not come here after all.
     *
     * @param cause a {@link relay.message.UnavailableException} or an {@link IdempotencyConflictException}
     */
    void refused(RuntimeException cause);

    /** It goes to one other relay fewer than was said. */
    void droppedElsewhere();

    /**
     * What another relay has done with it so far.
     *
     * @param queued to how many connections it was handed there
     * @param acknowledged how many of these have acknowledged it
     */
    void elsewhere(String relay, int queued, int acknowledged);
}
