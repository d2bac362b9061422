package relay.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.client.SendQueue;
import relay.message.Topic;

/** What a worker knows of one of its clients. The owning worker only. */
final class Subscriber {
    static final int NO_RUN = -1;

    final Client client;

    /** The sequence of the newest message when it was registered: the first cursor of one that is kept. */
    final long registeredAt;

    /** The sequence since which it has asked for its topics all the while: all of them have been known since. */
    long askedSince;

    /** Where the frames of its connection's format are encoded; absent while it has no connection. */
    @Nullable
    FrameBuffer frames;

    /** The first and the last of the runs of frames that the current batch has for it. */
    int firstRun = NO_RUN;

    int lastRun = NO_RUN;

    /** Whether the current batch has a message for it that it cannot be given. */
    boolean failed;

    /** When to look at it again, in nanoseconds of the relay's ticker. */
    long deadline;

    /** Where {@link Deadlines} keeps it. */
    int place = Deadlines.NO_PLACE;

    /** How often it was asked for a sign of life since it gave the last one. */
    int unanswered;

    /** When it was asked last, in nanoseconds of the relay's ticker. */
    long askedForLife;

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
    Progress progress;

    /** Its way to the present; absent once it is there. */
    @Nullable
    CatchUp catchUp;

    /** What it will ask for when it is connected and up to date; nothing while it is: then the memberships say it. */
    private Collection<Topic> topics;

    private List<Index.Membership<Topic>> memberships = List.of();

    /** @param registeredAt the sequence of the newest message when it was registered */
    Subscriber(Client client, Collection<Topic> topics, long registeredAt) {
        this.client = client;
        this.registeredAt = registeredAt;
        this.topics = List.copyOf(topics);
    }

    /** What it asks for. */
    Set<Topic> topics() {
        return topicsLater().get();
    }

    /** How many topics it asks for. */
    int topicCount() {
        return receiving ? memberships.size() : topics.size();
    }

    /** What it asks for at this moment, to be gathered by any thread, at any time: there may be many. */
    Supplier<Set<Topic>> topicsLater() {
        if (receiving) {
            List<Index.Membership<Topic>> now = memberships;
            return () -> now.stream().map(Index.Membership::key).collect(Collectors.toUnmodifiableSet());
        }
        Collection<Topic> now = topics;
        return () -> Set.copyOf(now);
    }

    /** Asks for other topics, while it receives nothing. */
    void want(Set<Topic> wanted) {
        topics = List.copyOf(wanted);
    }

    /** Asks for other topics, while it receives; takes effect at once. */
    void replaceTopics(Set<Topic> wanted, Index<Topic> byTopic) {
        Set<Topic> missing = new HashSet<>(wanted);
        List<Index.Membership<Topic>> now = new ArrayList<>(wanted.size());
        for (Index.Membership<Topic> membership : memberships) {
            if (missing.remove(membership.key())) {
                now.add(membership);
            } else {
                byTopic.leave(membership);
            }
        }
        missing.forEach(topic -> now.add(byTopic.join(topic, this)));
        memberships = List.copyOf(now);
    }

    /** It is connected and up to date, and receives from now on. */
    void join(Index<Topic> byTopic) {
        if (!receiving) {
            receiving = true;
            // This kind of list holds one or two elements without an array: most clients have no more.
            memberships =
                    topics.stream().map(topic -> byTopic.join(topic, this)).collect(Collectors.toUnmodifiableList());
            topics = List.of();
        }
    }

    /** It receives nothing from now on. */
    void leave(Index<Topic> byTopic) {
        if (receiving) {
            receiving = false;
            memberships.forEach(byTopic::leave);
            topics = memberships.stream().map(Index.Membership::key).toList();
            memberships = List.of();
        }
    }

    /** Whether it was closed in order, and has said what it had received. */
    boolean hasSaidLast() {
        return leaving != null && (progress == null || !progress.isAsked());
    }

    /** Whether it is connected and up to date. */
    boolean isReceiving() {
        return receiving;
    }

    /** Whether it asks for a topic, connected or not. */
    boolean asksFor(Topic topic) {
        return topics.contains(topic) || receives(topic);
    }

    boolean receives(Topic topic) {
        for (Index.Membership<Topic> membership : memberships) {
            if (membership.key().equals(topic)) {
                return true;
            }
        }
        return false;
    }
}
