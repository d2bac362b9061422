package relay.engine;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/**
 * The port to where the one sequence lives: an engine gives each accepted message its place, stores it, and brings it to the
 * {@link Receiver} of each relay whose clients subscribe to its topic.
 *
 * <p>What every engine promises: the receiver gets messages in the order of their ids; a message is
 * {@link Publication#stored stored} and handed to the receiver only after the engine has it as safely as it ever will; what
 * it cannot take is refused, never queued without bound.
 *
 * <p>What only some engines can do is an interface of its own: {@link #registrations} where registrations outlive the relay
 * that serves them, {@link #peers} and {@link #outbox} where other relays share the engine, {@link #journal} and {@link #archive} where registrations
 * and messages outlive the process. None implies another.
 *
 * <p>Any thread may call any method but {@link #start} and {@link #stop}, and none blocks.
 */
public interface Engine {
    /** Keeps a topic followed until the client that asked for it has become a subscriber, or has given up. */
    interface Hold {
        /** There is nothing to keep. */
        Hold NONE = () -> {};

        /** To be called once. */
        void release();
    }

    /**
     * Whoever reads messages gets those for everybody, and those for one user.
     *
     * @param user empty: those for everybody only
     * @param retainedOnly whether it reads the retained values only
     */
    record Reader(Optional<UserId> user, boolean retainedOnly) {
        /** One that reads all of the past. */
        public Reader(Optional<UserId> user) {
            this(user, false);
        }
    }

    /** Begins: from now on the receiver is called. To be called once, before all else. */
    void start(Receiver receiver);

    /** Ends: what is still under way is refused. To be called once. */
    void stop();

    /** Why the engine does not work now, for people, with what they can do about it; empty while it works. */
    Optional<String> trouble();

    /**
     * Stores a message and brings it to its receivers.
     *
     * @param publication is told the outcome, by any thread, perhaps this one
     */
    void publish(Publication publication);

    /**
     * Follows topics. When the stage is complete, the receiver gets every message that is published on them from then on,
     * and has got the past of them that a reader is to get. An engine that always brings all messages has nothing to do.
     *
     * @param past who reads the past of these topics; empty: nobody
     * @return fails with {@link UnavailableException}
     */
    CompletionStage<Hold> follow(Set<Topic> topics, Optional<Reader> past);

    /**
     * Keeps the answer to a publish with a key: a later one with the same key is told it by {@link Publication#repeated}. It
     * may be lost with the engine's connection or process; the key itself is not.
     *
     * @return completes when the answer is as safe as it will be, at once where nobody is to wait for that; never fails
     */
    CompletionStage<Void> remember(IdempotencyKey key, String answer);

    /** The registrations that the engine keeps; empty: the relay keeps its own, for as long as it runs. */
    default Optional<Registrations> registrations() {
        return Optional.empty();
    }

    /** Where it stores the relay's own registrations; empty: they end with the relay, or are in {@link #registrations}. */
    default Optional<Journal> journal() {
        return Optional.empty();
    }

    /** Where it keeps messages that the relay has no more; empty: nowhere. */
    default Optional<Archive> archive() {
        return Optional.empty();
    }

    /** The other relays that share the engine; empty: the relay is alone. */
    default Optional<Peers> peers() {
        return Optional.empty();
    }

    /** The events for the backend, where relays share them; empty: each relay has its own, or there are to be none. */
    default Optional<Outbox> outbox() {
        return Optional.empty();
    }
}
