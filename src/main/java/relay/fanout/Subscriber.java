package relay.fanout;

import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.message.Topic;
import relay.outbound.SendQueue;

/** What a worker knows of one of its clients. The owning worker only. */
final class Subscriber {
    final Client client;

    /** The sequence of the newest message when it was registered: the first cursor of one that is kept. */
    final long registeredAt;

    /** The sequence since which it has asked for its topics all the while: all of them have been known since. */
    long askedSince;

    /** Where the frames of its connection's format are encoded; absent while it has no connection. */
    @Nullable
    FrameBuffer frames;

    /** The first and the last of the runs of frames that the current batch has for it. */
    int firstRun = Runs.NONE;

    int lastRun = Runs.NONE;

    /** Whether the current batch has a message for it that it cannot be given. */
    boolean failed;

    /** When to look at it again, in nanoseconds of the relay's ticker. */
    long deadline;

    /** Where {@link Timers} keeps it. */
    int place = Timers.NO_PLACE;

    /** Where {@link Everybody} keeps it. */
    int number;

    /** How often it was asked for a sign of life since it gave the last one. */
    int unanswered;

    /** When it was asked last, in nanoseconds of the relay's ticker. */
    long askedForLife;

    /** How many announcements to all it knows of: as {@link GapNotices} counts them. */
    int gapRound;

    /** Whether the next step of its catching up has been asked for. */
    boolean stepPending;

    /** Whether it is connected and up to date, and receives what is new. */
    private boolean receiving;

    /** Whether its connection is to be closed when the deadline comes, because the relay goes away. */
    boolean leavesAtDeadline;

    /** The connection that was closed in order and may yet say what it has received; absent but for that time. */
    @Nullable
    SendQueue leaving;

    /** What it was sent and has received; absent where nobody needs to know. */
    @Nullable
    AckTracker acks;

    /** Its way to the present; absent once it is there. */
    @Nullable
    CatchUp catchUp;

    /** What it asks for: its memberships, while it is connected and up to date. */
    private SubscribedTopics topics;

    /** @param registeredAt the sequence of the newest message when it was registered */
    Subscriber(Client client, SubscribedTopics topics, long registeredAt) {
        this.client = client;
        this.registeredAt = registeredAt;
        this.topics = topics;
    }

    /** What it asks for at this moment. */
    SubscribedTopics topics() {
        return topics;
    }

    /** Asks for other topics, while it receives nothing. */
    void want(SubscribedTopics wanted) {
        topics = wanted;
    }

    /** Asks for other topics, while it receives; takes effect at once. */
    void replaceTopics(SubscribedTopics wanted, TopicIndex byTopic) {
        SubscribedTopics before = topics;
        topics = wanted.with(entry -> {
            SubscribedTopics.Entry membership = before.find(entry.shared());
            return membership == null ? byTopic.join(entry.shared(), this) : membership;
        });
        before.forEachEntry(entry -> {
            if (wanted.find(entry.shared()) == null) {
                leave(entry, byTopic);
            }
        });
    }

    /** It is connected and up to date, and receives from now on. */
    void join(TopicIndex byTopic) {
        if (!receiving) {
            receiving = true;
            topics = topics.with(entry -> byTopic.join(entry.shared(), this));
        }
    }

    /** It receives nothing from now on. */
    void leave(TopicIndex byTopic) {
        if (receiving) {
            receiving = false;
            topics = topics.with(entry -> leave(entry, byTopic));
        }
    }

    private static SubscribedTopic leave(SubscribedTopics.Entry entry, TopicIndex byTopic) {
        if (entry instanceof TopicIndex.Membership membership) {
            byTopic.leave(membership);
        }
        return entry.shared();
    }

    /** Whether it was closed in order, and has said what it had received. */
    boolean hasSaidLast() {
        return leaving != null && (acks == null || !acks.isAsked());
    }

    /** Whether it is connected and up to date. */
    boolean isReceiving() {
        return receiving;
    }

    /** Whether it asks for a topic, connected or not. */
    boolean asksFor(Topic topic) {
        return topics.find(topic) != null;
    }

    /** Whether it is connected and up to date, and asks for a topic. */
    boolean receives(SubscribedTopic topic) {
        return receiving && topics.find(topic) != null;
    }
}
