package relay.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import relay.client.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The registrations that all relays share. For any thread; nothing blocks. What fails does so with
 * {@link relay.message.UnavailableException}.
 *
 * <p>A relay that dies leaves nothing behind for good: a registration that is claimed lives on while its relay says so now
 * and then, one that is not for as long as it is kept. What the engine has lost of those that relays serve, they put back;
 * what was removed stays so.
 */
public interface Registrations {
    /**
     * Adds one, unless its user has as many as one may; it is dropped if nobody claims it in time.
     *
     * @return the id of the newest message, in the same step: one that is kept has it as its first cursor
     */
    CompletionStage<MessageId> add(Registration registration, Duration registerTtl);

    /** Looks one up, and changes nothing. */
    CompletionStage<Optional<Registration>> find(ClientId id);

    /**
     * This relay serves it from now on; whichever did before is told, by {@link Receiver#replaced}. Empty if there is no
     * such registration.
     */
    CompletionStage<Optional<Claim>> claim(ClientId id);

    /** It asks for these topics from now on, and of each for what comes after a sequence. Nothing if it is claimed anew. */
    void topics(ClientId id, long claim, Map<Topic, Long> topics);

    /** Its client has received all messages up to this sequence. Nothing if it is claimed anew. Written now and then. */
    void acknowledged(ClientId id, long claim, long sequence);

    /**
     * Its connection has ended: it is kept for as long as it asked, or removed. Nothing if it is claimed anew.
     *
     * @param cursor the sequence of the last message that the client is known to have received
     */
    void release(ClientId id, long claim, OptionalLong cursor);

    /** Removes it, and tells the relay that serves it, by {@link Receiver#removed}; whether the engine knew it. */
    CompletionStage<Boolean> remove(ClientId id);

    /** It ends with its credential, or, where that cannot be said, when this relay no longer says that it lives. */
    void end(ClientId id, long claim);

    /**
     * Before all registrations of a user are removed: those that the engine does not know, but a relay serves, end too, and
     * are not put back.
     */
    CompletionStage<Void> revoke(UserId user);

    /** The registrations of a user. */
    CompletionStage<List<ClientId>> of(UserId user);
}
