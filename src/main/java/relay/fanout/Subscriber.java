package relay.fanout;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.client.Overflow;
import relay.engine.Journal;
import relay.message.Topic;
import relay.outbound.SendQueue;

/**
 * One client, as the worker that owns it sees it. That worker only.
 *
 * <pre>
 *                 connected, catchUp                    caughtUp
 *   REGISTERED ─────────────────────▶ CATCHING UP ─────────────────▶ UP TO DATE
 *       │                              ▲       │ ◀──────────────────     │
 *       │           connected, catchUp │       │      catchUp            │
 *       │                              │       │ disconnected            │ disconnected
 *       │                              │       ▼                         │
 *       │                            DISCONNECTED ◀──────────────────────┤
 *       │ removed                      │       ▲                         │ draining
 *       │                      removed │       │ acknowledged, or        ▼
 *       ▼                              │       │ the connection's end  CLOSING
 *     gone  ◀──────────────────────────┘       └─────────────────────────┘
 * </pre>
 *
 * <ul>
 *   <li>REGISTERED: it has had no connection yet. {@link Sessions#register} makes it so.
 *   <li>CATCHING UP: it is sent messages of the past, and is in {@link CatchUpQueue}. {@link Sessions#connect} and
 *       {@link Sessions#subscribe} begin that, and {@link Subscriptions#fallBehind} for a client that may catch up, when its send
 *       queue is full. A client that wants nothing of the past goes past this state.
 *   <li>UP TO DATE: it is in {@link TopicIndex}, and so receives each new message. {@link Subscriptions#advance} moves it here
 *       when the past is in its send queue. Nothing but this state puts it in the index.
 *   <li>DISCONNECTED: it is kept for a while, or gone at once if nothing keeps it. {@link Sessions#connectionLost}.
 *   <li>CLOSING: the relay goes away and has sent the close frame, and waits for the client to acknowledge what it was sent
 *       before. {@link DueClients} begins that, {@link Sessions#acknowledge} ends it.
 * </ul>
 *
 * <p>Its time runs out in each state but CLOSING by {@link DueClients}: it was not connected in time, its credential has
 * expired, or it does not answer pings. {@link Sessions} removes it then.
 */
final class Subscriber {
    final Client client;

    /** Where {@link Batch} has the first and the last of its runs of frames; {@link Runs#NONE} while it has none. */
    int firstRun = Runs.NONE;

    int lastRun = Runs.NONE;

    /** Whether {@link Batch} has a message for it that it cannot be given. */
    boolean failed;

    /** When {@link Timers} has it looked at, in nanoseconds of the worker's clock, and where it keeps it. */
    long deadline;

    int place = Timers.NO_PLACE;

    /** Where {@link ClientTable} keeps it. */
    int number;

    /** How many pings it has left unanswered, and when the last was sent: for {@link Liveness}. */
    int unanswered;

    long lastPing;

    /** The last pass of {@link Subscriptions} in which it was a recipient. */
    long lastPass;

    /** Whether the socket takes bytes, as {@link Liveness} has seen it; absent for those who have to answer pings. */
    @Nullable
    SocketProgress progress;

    /** How many gaps in all topics it knows of, as {@link GapNotices} counts them. */
    int gapRound;

    /** Whether its next step of catching up is in {@link CatchUpQueue}, or will be when its socket has taken the last one. */
    boolean stepPending;

    /** Whether it is owed retained values that it may not have received: if it is kept, it gets them with its next connection. */
    boolean retainedDue;

    private final long registeredAt;

    /** The sequence since which it has been subscribed to all its topics. */
    private long subscribedSince;

    /** Where messages are encoded for its connection; absent while it has none. */
    private @Nullable FrameBuffer frames;

    /** How far it has come on its way to the present; absent unless it catches up. */
    private @Nullable CatchUp catchUp;

    /** What it was sent and has acknowledged; absent where nobody needs to know. */
    private @Nullable AckTracker acks;

    private boolean upToDate;

    /** Whether the deadline is the moment when its connection is closed because the relay goes away. */
    private boolean draining;

    /** The connection that was closed and may yet acknowledge something; absent unless it is CLOSING. */
    private @Nullable SendQueue closing;

    /** Its topics: with its memberships in the index while it is up to date. */
    private SubscribedTopics topics;

    /** Until it has its first connection: the topics that it got after its registration, and since which sequence; absent if there are none. */
    private @Nullable Map<Topic, Long> addedSince;

    /** @param registeredAt the sequence of the newest message when it was registered */
    Subscriber(Client client, SubscribedTopics topics, long registeredAt) {
        this.client = client;
        this.registeredAt = registeredAt;
        this.topics = topics;
    }

    /** A client from before a restart, as it was stored: it has no connection, and has had all topics that it is subscribed to up to its cursor. */
    static Subscriber restored(Client client, SubscribedTopics topics, Journal.Entry entry) {
        Subscriber subscriber = new Subscriber(client, topics, entry.cursor());
        if (entry.presence() != Journal.Presence.AWAITED) {
            // One object for all topics that begin at the cursor.
            Long cursor = entry.cursor();
            Map<Topic, Long> stored = entry.registration().topics();
            Map<Topic, Long> starts = new HashMap<>();
            for (Topic topic : topics) {
                Long start = stored.getOrDefault(topic, cursor);
                starts.put(topic, start > cursor ? start : cursor);
            }
            subscriber.trackAcks(cursor).want(starts);
        } else {
            Map<Topic, Long> later = new HashMap<>(entry.registration().topics());
            later.values().removeIf(start -> start <= entry.cursor());
            if (!later.isEmpty()) {
                subscriber.addedSince = later;
            }
        }
        return subscriber;
    }

    /** The sequence of the newest message when it was registered: the first cursor of one that is kept. */
    long registeredAt() {
        return registeredAt;
    }

    /** A connection serves it, in place of any older one. */
    void connected(SendQueue queue, FrameBuffer newFrames) {
        client.attach(queue);
        if (frames == null) {
            topics.forEachEntry(entry -> entry.shared().connected());
        }
        frames = newFrames;
        unanswered = 0;
        progress = client.overflow() == Overflow.CATCHUP ? new SocketProgress() : null;
    }

    /** No connection serves it. */
    void disconnected() {
        client.detach();
        closing = null;
        if (frames != null) {
            topics.forEachEntry(entry -> entry.shared().disconnected());
            frames = null;
        }
    }

    /** Its connection was closed, and may yet acknowledge what it was sent. */
    void closing(SendQueue queue) {
        disconnected();
        closing = queue;
    }

    /** Whether it waits for what this connection acknowledges. */
    boolean isClosing(SendQueue queue) {
        return closing == queue;
    }

    boolean isClosing() {
        return closing != null;
    }

    /** Whether it was closed, and has answered the last ping: there is nothing more to wait for. */
    boolean hasAnsweredLast() {
        return closing != null && (acks == null || !acks.isAsked());
    }

    /** Its connection is to be closed when its deadline comes, because the relay goes away. */
    void drain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    /** Where messages are encoded for its connection; absent while it has none. */
    @Nullable
    FrameBuffer frames() {
        return frames;
    }

    /** It receives nothing new until it has caught up. */
    void catchUp(CatchUp begun) {
        endCatchUp();
        catchUp = begun;
    }

    /** How far it has come on its way to the present; absent unless it catches up. */
    @Nullable
    CatchUp catchUp() {
        return catchUp;
    }

    /** It is on its way to the present no more: it has come there, or has lost its connection. */
    void endCatchUp() {
        if (catchUp != null) {
            catchUp.readAnew();
            catchUp = null;
        }
    }

    /** It has been sent all of the past that it wants, and receives what is new. */
    void caughtUp(TopicIndex index) {
        catchUp = null;
        if (!upToDate) {
            upToDate = true;
            topics = topics.with(entry -> index.join(entry.shared(), this));
        }
    }

    /** It receives nothing new from now on. */
    void leave(TopicIndex index) {
        if (upToDate) {
            upToDate = false;
            topics = topics.with(entry -> leave(entry, index));
        }
    }

    /** Whether it catches up when its send queue is full, where others are disconnected. */
    boolean fallsBehind() {
        return client.overflow() == Overflow.CATCHUP && acks != null;
    }

    /** Whether it receives what is new. */
    boolean isUpToDate() {
        return upToDate;
    }

    /** What it is subscribed to. */
    SubscribedTopics topics() {
        return topics;
    }

    /** Subscribes to other topics: while it is up to date, with effect for the next message. */
    void subscribe(SubscribedTopics wanted, TopicIndex index) {
        if (!upToDate) {
            topics = wanted;
            return;
        }
        SubscribedTopics before = topics;
        topics = wanted.with(entry -> {
            SubscribedTopics.Entry membership = before.find(entry.shared());
            return membership == null ? index.join(entry.shared(), this) : membership;
        });
        before.forEachEntry(entry -> {
            if (wanted.find(entry.shared()) == null) {
                leave(entry, index);
            }
        });
    }

    private static SubscribedTopic leave(SubscribedTopics.Entry entry, TopicIndex index) {
        if (entry instanceof TopicIndex.Membership membership) {
            index.leave(membership);
        }
        return entry.shared();
    }

    /** It is subscribed to its topics from this sequence on. */
    void subscribedAt(long sequence) {
        subscribedSince = sequence;
    }

    /** The sequence since which it has been subscribed to all its topics. */
    long subscribedSince() {
        return subscribedSince;
    }

    /** These of its topics are new, from this sequence on, and it has had no connection yet. */
    void added(Set<Topic> more, long sequence) {
        Map<Topic, Long> starts = addedSince == null ? new HashMap<>() : addedSince;
        starts.keySet().retainAll(topics);
        // One object for all topics.
        Long start = sequence;
        more.forEach(topic -> starts.put(topic, start));
        addedSince = starts;
    }

    /** Before its first connection: its topics, and for each the sequence after which it wants messages. */
    Map<Topic, Long> firstStarts() {
        Long first = registeredAt;
        Map<Topic, Long> starts = new HashMap<>();
        topics.forEach(topic -> starts.put(topic, addedSince == null ? first : addedSince.getOrDefault(topic, first)));
        return starts;
    }

    /** Whether it is subscribed to a topic, by name or by pattern, connected or not. */
    boolean isSubscribedTo(Topic topic) {
        return topics.haveMatch(topic);
    }

    /** Whether it is up to date and subscribed to a topic by name. */
    boolean receives(SubscribedTopic topic) {
        return upToDate && topics.find(topic) != null;
    }

    /** Whether it is up to date and subscribed to a topic, by name or by pattern. */
    boolean receives(Topic topic) {
        return upToDate && topics.haveMatch(topic);
    }

    /** What it was sent and has acknowledged; absent where nobody needs to know. */
    @Nullable
    AckTracker acks() {
        return acks;
    }

    /** What it was sent and has acknowledged is to be known; position is the sequence up to which nothing is owed to it. */
    AckTracker trackAcks(long position) {
        if (acks == null) {
            acks = new AckTracker(this, position);
            if (addedSince != null) {
                acks.want(addedSince);
                addedSince = null;
            }
        }
        return acks;
    }

    /** Nobody needs to know what it acknowledges. */
    void forgetAcks() {
        acks = null;
    }

    /** Keeps what it has acknowledged only where it outlives its connection. */
    void forgetAcksUnlessKept() {
        if (client.keep().isZero()) {
            forgetAcks();
        }
    }
}
