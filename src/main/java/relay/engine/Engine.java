package relay.engine;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/**
 * Gives every message its place in the one sequence, and brings it to every relay whose clients ask for its topic.
 *
 * <p>Any thread may call any method but {@link #start} and {@link #stop}, and none blocks.
 */
public interface Engine {
    /** Keeps a topic followed until whoever asked for it has become a subscriber of it, or no longer wants to. */
    interface Hold {
        /** There is nothing to keep. */
        Hold NONE = () -> {};

        /** To be called once. */
        void release();
    }

    /** Begins: from now on the receiver hears of messages, in the order of their ids. To be called once. */
    void start(Receiver receiver);

    /** Ends: whatever is under way is refused. To be called once. */
    void stop();

    /** What keeps it from working now, for people, with what they can do about it; empty while it works. */
    Optional<String> trouble();

    /**
     * Stores a message and brings it to its receivers.
     *
     * @param publication is told what became of it, by any thread, perhaps this one
     */
    void publish(Publication publication);

    /**
     * Follows topics: once the stage is complete, the receiver hears of every message on them that anybody publishes from
     * then on, and of the past up to then has been given what {@code pastOf} asks for.
     *
     * @param pastOf whose past on these topics the receiver needs, what was sent to everybody included; empty: none
     * @return fails with {@link UnavailableException}
     */
    CompletionStage<Hold> follow(Set<Topic> topics, Optional<UserId> pastOf);

    /** The registrations that all relays share; empty: each relay has its own. */
    Optional<Registrations> registrations();

    /** The other relays; empty: it is alone. */
    default Optional<Peers> peers() {
        return Optional.empty();
    }

    /** Keeps the answer to a request with a key, for whoever sends the request again to another relay. */
    void remember(IdempotencyKey key, String answer);

    /**
     * Tells the relay where a message was published what this one did with it.
     *
     * @param report as it came with the message
     */
    void report(Report report, int queued, int acknowledged);
}
