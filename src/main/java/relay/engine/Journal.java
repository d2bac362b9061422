package relay.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;

/**
 * Stores the registrations of a relay that is alone, so that it has them again after a restart: the engine brings them back by
 * {@link Receiver#restored(Entry)}. For any thread; nothing blocks.
 *
 * <p>What returns a stage is stored when that completes, which is in a thread of the engine that must not wait. A stage fails with
 * {@link relay.message.UnavailableException}, and then nothing was stored. The others are stored a moment later, in the order of
 * the calls; while the engine cannot, it keeps them until it can. A call for a registration that is not stored changes nothing.
 */
public interface Journal {
    /** How a registration was served when it was last stored. */
    enum Presence {
        /** It has had no connection yet. */
        AWAITED,
        /** A connection served it. */
        CONNECTED,
        /** Its connection has ended. */
        DISCONNECTED
    }

    /**
     * A registration as it was stored.
     *
     * @param cursor the sequence of the last message that its client is known to have received; before there is one, of the newest
     *     message when it was added
     * @param since for how long nobody has connected to it; zero if it was {@link Presence#CONNECTED}: that counts from now
     */
    record Entry(Registration registration, long cursor, Presence presence, Duration since) {}

    /**
     * Adds a registration that nobody has connected to yet.
     *
     * @return the id of the newest message in the same step: its first cursor
     */
    CompletionStage<MessageId> add(Registration registration);

    /** Removes it. */
    CompletionStage<Void> remove(ClientId id);

    /**
     * It has another credential.
     *
     * @param granted what it may ask for by that
     * @param ends when that expires
     */
    CompletionStage<Void> renewed(ClientId id, TopicFilter granted, Optional<Instant> ends);

    /**
     * Somebody else has changed it.
     *
     * @param topics what it is subscribed to from now on, as for {@link #connected}
     * @param allowed what it may ask for by the registration itself
     * @param publish what it may publish to
     * @return fails also where the topics are stored a moment later, and only the rest is not
     */
    CompletionStage<Void> changed(ClientId id, Map<Topic, Long> topics, TopicFilter allowed, TopicFilter publish);

    /** A connection serves it, and it is subscribed to these topics from now on, of each to messages after a sequence. */
    void connected(ClientId id, Map<Topic, Long> topics);

    /** Its client has received all messages up to this sequence. Stored about once a second. */
    void acknowledged(ClientId id, long sequence);

    /**
     * Its connection has ended.
     *
     * @param cursor the sequence of the last message that the client is known to have received; empty: as it was
     */
    void disconnected(ClientId id, OptionalLong cursor);

    /** It has come to its end. */
    void ended(ClientId id);

    /** Completes when all earlier calls are stored. */
    CompletionStage<Void> settled();
}
