package relay.engine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import relay.client.ClientId;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * What an engine tells a relay. The engine calls it by one thread at a time, in the order in which things happened.
 *
 * <p>{@link #own} and {@link #fromElsewhere} may make the engine wait while the relay has more to send than it may hold;
 * nothing else blocks.
 */
public interface Receiver {
    /**
     * A message of the past.
     *
     * @param ageNanos how long ago it was stored
     */
    record Past(long sequence, Message message, long ageNanos) {}

    /** A message that was published here has its place. */
    void own(MessageId id, Publication publication);

    /**
     * A message that was published elsewhere, or here before the engine was lost for a moment.
     *
     * @param report where to report what became of it
     */
    void fromElsewhere(MessageId id, Message message, Optional<Report> report);

    /** Every message on a followed topic up to this sequence has come. */
    void reached(long sequence);

    /** From now on messages on a topic come; those up to this sequence are not held here. */
    void following(Topic topic, long since);

    /** A topic is no longer followed: what is held of it is to be let go. */
    void notFollowing(Topic topic);

    /**
     * The past of a topic that is followed, up to the first message that has come by itself.
     *
     * @param recipient whose messages these are; empty: everybody's
     * @param messages by growing sequence; some of them may have come already
     * @param trimmedThrough the sequence up to which messages may be missing
     */
    void loaded(Topic topic, Optional<UserId> recipient, List<Past> messages, long trimmedThrough);

    /** The epochs are these. */
    void epochs(Epochs epochs);

    /**
     * Of the messages on followed topics up to a sequence, those for everybody and for these users are brought; of those for
     * other users some may not have come. What is held for these is to be let go.
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

    /** Messages on any topic may have been stored and lost again after this one, which is the last that was not. */
    void lost(MessageId after);

    /** Whether any client here subscribes to a topic. */
    boolean isWanted(Topic topic);

    /** Of all topics that clients here subscribe to, which users' clients these are. */
    CompletionStage<Map<Topic, Set<UserId>>> wanted();

    /** A newer connection at another relay serves a client that was claimed here with this number, or an earlier one. */
    void replaced(ClientId id, long claim);

    /** The registration of a client that was claimed here with this number, or an earlier one, was removed. */
    void removed(ClientId id, long claim);
}
