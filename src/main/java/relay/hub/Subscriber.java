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
import relay.message.Topic;

/** What a worker knows of one of its clients. The owning worker only. */
final class Subscriber {
    static final int NO_RUN = -1;

    final Client client;

    /** Where the frames of its connection's format are encoded; absent while it has no connection. */
    @Nullable
    FrameBuffer frames;

    /** The first and the last of the runs of frames that the current batch has for it. */
    int firstRun = NO_RUN;

    int lastRun = NO_RUN;

    /** When to look at it again, in nanoseconds of the relay's ticker. */
    long deadline;

    /** Where {@link Deadlines} keeps it. */
    int place = Deadlines.NO_PLACE;

    /** Whether the next step of its catching up has been asked for. */
    boolean stepPending;

    /** Whether it is connected and up to date, and receives what is new. */
    private boolean receiving;

    /** Whether its connection is to be closed when the deadline comes, because the relay goes away. */
    boolean leavesAtDeadline;

    /** What it was sent and has received; absent where nobody needs to know. */
    @Nullable
    Progress progress;

    /** Its way to the present; absent once it is there. */
    @Nullable
    CatchUp catchUp;

    /** What it will ask for when it is connected and up to date; nothing while it is: then the memberships say it. */
    private Collection<Topic> topics;

    private List<Index.Membership<Topic>> memberships = List.of();

    Subscriber(Client client, Collection<Topic> topics) {
        this.client = client;
        this.topics = List.copyOf(topics);
    }

    /** What it asks for. */
    Set<Topic> topics() {
        return topicsLater().get();
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

    boolean receives(Topic topic) {
        for (Index.Membership<Topic> membership : memberships) {
            if (membership.key().equals(topic)) {
                return true;
            }
        }
        return false;
    }
}
