package relay.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/**
 * The registrations that an engine keeps. A relay <em>claims</em> one while a connection serves it there; the newest claim
 * counts, and calls with an older one change nothing. For any thread; nothing blocks. What fails does so with {@link
 * relay.message.UnavailableException}.
 *
 * <p>A relay that dies leaves nothing behind for good: a claimed registration lives while its relay renews the claim, one
 * that is not claimed for as long as its {@code keep}. Relays put back what the engine has lost of the registrations they
 * serve, unless it was removed meanwhile.
 */
public interface Registrations {
    /**
     * A registration that a relay serves from now on.
     *
     * @param number grows with every claim of this registration
     * @param cursor the sequence of the last message that the client is known to have received; before there is one, of the
     *     newest message when it was added; may be empty where {@code keep} is 0
     * @param owesRetained whether it has got topics since its last connection, or has had none: it is owed their retained values
     */
    record Claim(Registration registration, long number, OptionalLong cursor, boolean owesRetained) {}

    /**
     * Adds one, unless its user has as many as allowed; it is dropped if nobody claims it in time.
     *
     * @return the id of the newest message, in the same step: a registration with {@code keep} has it as its first cursor
     */
    CompletionStage<MessageId> add(Registration registration, Duration registerTtl);

    /**
     * A registration as the engine has it at one moment.
     *
     * @param claim the number of its last claim; 0: there was none
     * @param relay which relay serves it, by its {@linkplain Peers#name name}; empty: none, it waits
     * @param revision other for every write of it within one claim
     */
    record Standing(Registration registration, long claim, Optional<String> relay, String revision) {}

    /** Looks one up, and changes nothing. Fails if the engine has lost it, perhaps, and a relay may put it back. */
    CompletionStage<Optional<Standing>> standing(ClientId id);

    /**
     * Changes what one may do and asks for that waits, or whose relay is away. The topics that it had go on where they were, the others
     * begin after the newest message. A relay that is away has its claim no more, and is told by {@link Receiver#taken}: at this place
     * among the messages that it receives.
     *
     * @param before what it is to be still, else nothing changes
     * @param after its topics, and what it may ask for and publish to
     * @param force whether to take it from a relay that is there too
     * @return whether it has changed; if not, it is not as it was, or its relay is there
     */
    CompletionStage<Boolean> change(Standing before, Registration after, boolean force);

    /** Looks one up, and changes nothing. */
    CompletionStage<Optional<Registration>> find(ClientId id);

    /**
     * This relay serves it from now on; the one that did before is told, by {@link Receiver#replaced}. Empty if there is no
     * such registration.
     */
    CompletionStage<Optional<Claim>> claim(ClientId id);

    /** It asks for these topics from now on, of each for messages after a sequence. */
    void topics(ClientId id, long claim, Map<Topic, Long> topics);

    /**
     * Another credential serves it from now on.
     *
     * @param granted what it may ask for by that
     * @param ends when that expires
     * @return completes when the engine has it; if that fails, it goes on trying for as long as this claim lasts
     */
    CompletionStage<Void> renewed(ClientId id, long claim, TopicFilter granted, Optional<Instant> ends);

    /**
     * Its backend has changed what it may do, and what it asks for from now on, of each topic after a sequence.
     *
     * @param allowed what it may ask for by the registration itself
     * @return completes when the engine has it; if that fails, it goes on trying for as long as this claim lasts
     */
    CompletionStage<Void> changed(
            ClientId id, long claim, TopicFilter allowed, TopicFilter publish, Map<Topic, Long> topics);

    /** Its client has received all messages up to this sequence. Written about once a second. */
    void acknowledged(ClientId id, long claim, long sequence);

    /**
     * Its connection has ended: it is kept for its {@code keep}, or removed.
     *
     * @param cursor the sequence of the last message that the client is known to have received
     */
    void release(ClientId id, long claim, OptionalLong cursor);

    /** Removes it, and tells the relay that serves it, by {@link Receiver#removed}; whether the engine knew it. */
    CompletionStage<Boolean> remove(ClientId id);

    /** Its credential has expired: it is removed, or, where the engine is away, lives on until the claim runs out. */
    void end(ClientId id, long claim);

    /**
     * To be called before all registrations of a user are removed: also ends those that the engine has lost but a relay
     * serves, so that they are not put back.
     */
    CompletionStage<Void> revoke(UserId user);

    /** The registrations of a user. */
    CompletionStage<List<ClientId>> of(UserId user);
}
