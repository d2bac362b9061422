package relay.engine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import relay.engine.Peers.ReplyTo;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * What an engine tells a relay. The engine calls it by one thread at a time, in the order in which things happened.
 *
 * <p>An engine in this process needs {@link #epochs} and {@link #own} only. The others are for engines that bring a part of
 * all topics, may lose a connection, or keep registrations.
 *
 * <p>{@link #own} and {@link #fromElsewhere} may make the engine wait while the relay has more to send than it may hold;
 * nothing else blocks.
 */
public interface Receiver {
    /**
     * A message of the past.
     *
     * @param timeMillis when it was accepted, in milliseconds since 1970, by the engine's clock
     * @param ageNanos how long ago that was
     */
    record Past(long sequence, long timeMillis, Message message, long ageNanos) {
        /** Whether it has not expired, and goes to a client as far as that depends on its options. */
        public boolean isFor(ClientId client) {
            return !hasExpired() && message.options().isFor(client);
        }

        /** Whether it is not delivered any more. */
        public boolean hasExpired() {
            return message.options().isExpired(ageNanos);
        }
    }

    /** The epochs are these from now on. Called before any message is brought. */
    void epochs(Epochs epochs);

    /**
     * A message that was published here has its place.
     *
     * @param accepted the message; with those of its topics only that are followed here
     * @param location where the {@link Archive} has it, or {@link Archive#NOWHERE}
     */
    void own(AcceptedMessage accepted, Publication publication, long location);

    /**
     * A message, with those of its topics that are followed here, that was published elsewhere, or here before the connection to the engine was lost for a moment.
     *
     * @param replyTo where to report how many connections got it
     */
    void fromElsewhere(AcceptedMessage accepted, Optional<ReplyTo> replyTo);

    /**
     * A message from before this start, which the {@link Archive} has. While the engine starts, in the order of the sequence.
     *
     * @param ageNanos how long ago it was stored
     */
    void restored(long sequence, List<Topic> topics, Optional<UserId> recipient, long location, long ageNanos);

    /**
     * The retained value of a topic: from before this start, or of a topic that is followed from now on. It stays unless a newer one has
     * been brought. After a lost connection a message that clears the value tells that there is none any more.
     *
     * @param value its message has this topic only
     */
    void retained(Past value);

    /** A registration from before this start. While the engine starts. */
    void restored(Journal.Entry entry);

    /**
     * The {@link Archive} has no message up to this sequence any more. At the start: it is not known which topics these messages had.
     */
    void trimmed(long through);

    /**
     * Messages after a sequence and up to another, on any topic, are damaged: clients that have yet to receive them are told of a
     * gap. While the engine starts.
     */
    void damaged(long after, long through);

    /** Every message on a followed topic up to this sequence has been brought. */
    void reached(long sequence);

    /**
     * From now on messages on a topic are brought, or on all topics that match a pattern; those up to this sequence are not held here,
     * unless their topics are followed otherwise too.
     */
    void following(Topic topic, long since);

    /** A topic or pattern is no longer followed: the relay drops the past of what is not followed otherwise. */
    void notFollowing(Topic topic);

    /**
     * The past of a followed topic, up to the first message that was brought by itself.
     *
     * <p>For a followed pattern: first each of the topics that match it and have a past, by its own name. Then, once, the pattern without
     * messages: it tells up to which sequence messages of its other topics may be missing, 0 if none has been stored and lost.
     *
     * @param recipient whose messages these are; empty: everybody's
     * @param messages by growing sequence, each with all topics that it was published to; some of them may have been brought already
     * @param trimmedThrough the sequence up to which messages may be missing
     */
    void loaded(Topic topic, Optional<UserId> recipient, List<Past> messages, long trimmedThrough);

    /**
     * After a lost connection: of the messages on followed topics up to a sequence, those for everybody and for these users
     * are brought; of those for other users some may be missing, so the relay drops their past.
     *
     * @param brought the users for each topic or pattern that is followed
     */
    void interrupted(Map<Topic, Set<UserId>> brought, long through);

    /**
     * Messages on a topic cannot be brought any more.
     *
     * @param recipient whose messages these were; empty: everybody's
     * @param after the last message before them
     * @param through the sequence up to which they may have been
     */
    void missed(Topic topic, Optional<UserId> recipient, MessageId after, long through, Gap.Reason reason);

    /** Messages on any topic may have been stored and lost again after this one, which is the last that was not lost. */
    void lost(MessageId after);

    /** Whether any client here subscribes to a topic. */
    boolean isWanted(Topic topic);

    /** All topics that clients here subscribe to, each with the users of these clients. */
    CompletionStage<Map<Topic, Set<UserId>>> wanted();

    /** A newer connection at another relay serves a client that was claimed here with this number, or an earlier one. */
    void replaced(ClientId id, long claim);

    /**
     * The registration of a client that was claimed here with this number, or an earlier one, was changed by another relay, which did
     * not reach this one: nobody claims it any more, and its client is to connect anew, wherever it likes.
     */
    void taken(ClientId id, long claim);

    /** The registration of a client that was claimed here with this number, or an earlier one, was removed. */
    void removed(ClientId id, long claim);

    /** All clients of a user were removed: those that no engine has a registration of are to go here too. */
    void removedAllOf(UserId user);
}
