package relay.history;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import relay.message.Message;
import relay.message.Topic;
import relay.message.UserId;
import relay.schedule.Ticker;

/**
 * The recent past: the last messages of each topic, bounded by their number, their age and their bytes in all, the oldest
 * out first.
 *
 * <p>The messages of a topic that are for one user are counted apart, for each user, so that what is sent to others does
 * not push out what somebody missed. Any thread may call any method. The lock is held for some tens of
 * microseconds at most: who reads does so in a {@link HistoryReader}, and what has become too old is hidden at once, what is
 * dropped out of reach at once, and both let go a little at a time.
 */
public final class History {
    /** What holding a message takes beside its text and its topic's name, the only one of its topic: the objects around it. */
    static final int MESSAGE_OVERHEAD_BYTES = 300;

    /** What it takes more if it is for one user, beside that one's name. */
    static final int RECIPIENT_BYTES = 90;

    /** What one publisher lets go of: more than comes, so that what ages gets less, and too little to be felt. */
    private static final int EXPIRED_BY_APPEND = 32;

    private static final int EXPIRED_UNDER_LOCK = 128;
    private static final int EXPIRED_AT_A_TIME = 2048;
    private static final int TOPICS_UNDER_LOCK = 8;

    /** So far above its bytes, as a part of them, it may be for a moment. */
    private static final int SHARE_ABOVE = 8;

    private static final TopicLog NONE = new TopicLog(new TrimPoints.TrimPoint(0, 0));

    private final HistoryOptions options;
    private final Ticker ticker;
    private final Map<TopicLogKey, TopicLog> logs = new HashMap<>();

    private final TrimPoints trimPoints = new TrimPoints();

    /** Topics of which messages come only since they are followed: empty where all messages come. */
    private final Map<Topic, FollowedTopic> followed = new ConcurrentHashMap<>();

    private final Invalidations invalidations = new Invalidations();

    private long newest;

    private final ExpiryQueue byAge = new ExpiryQueue();

    /** Strands whose messages nobody finds any more, and that are yet to be let go. */
    private final Deque<TopicLog> dropped = new ArrayDeque<>();

    /**
     * Strands that may be forgotten.
     *
     * @param through how far they may have gone
     */
    public record Sweep(List<TopicLogKey> logs, long through) {}

    /** What is held of a topic for everybody. */
    public record Held(int messages, long lastSequence) {}

    public History(HistoryOptions options, Ticker ticker) {
        this.options = options;
        this.ticker = ticker;
    }

    /**
     * Takes in the message with the next sequence, which came at this moment.
     *
     * @return whether it is time for {@link #sweep}
     */
    synchronized boolean append(long sequence, Message message, long now) {
        newest = sequence;
        TopicLogKey key = new TopicLogKey(message.topic(), message.recipient());
        if (options.holdsAnything()) {
            expire(now, EXPIRED_BY_APPEND);
            append(key, new StoredMessage(sequence, message, now));
        } else {
            remember(key, new TrimPoints.TrimPoint(sequence, trimPoint(key).perhapsThrough()));
        }
        return trimPoints.isSweepDue();
    }

    private void append(TopicLogKey key, StoredMessage held) {
        TopicLog log = logs.get(key);
        if (log == null) {
            log = new TopicLog(trimPoint(key));
            put(key, log);
        }
        log.add(held);
        byAge.addNewest(held);
        trim(key, log);
    }

    /** Some logs that hold nothing, none after the last of them; and the sequence up to which they may be forgotten where nobody asks for them. */
    public synchronized Sweep sweep() {
        return new Sweep(trimPoints.sweep(), newest);
    }

    /** Forgets logs that nobody asked for when all messages up to the sweep had come to those who ask. */
    public synchronized void forgetAllBut(Set<TopicLogKey> askedFor, Sweep sweep) {
        for (TopicLogKey key : trimPoints.forgetAllBut(askedFor, sweep.logs(), sweep.through())) {
            FollowedTopic topicFollowed = followed.get(key.topic());
            if (topicFollowed != null) {
                topicFollowed.logs.remove(key);
            }
        }
    }

    /** From now on messages on a topic come; those up to this sequence did not. */
    public void follow(Topic topic, long since) {
        forget(topic);
        synchronized (this) {
            followed.put(topic, new FollowedTopic(since));
            invalidations.add(topic);
        }
    }

    /** Messages on a topic come no more: what is held of it is let go. */
    public void forget(Topic topic) {
        FollowedTopic before = noLongerFollowed(topic);
        if (before != null) {
            Iterator<TopicLogKey> logsOfIt = before.logs.iterator();
            while (logsOfIt.hasNext()) {
                dropSome(topic, logsOfIt);
            }
            letGoOfDropped();
        }
    }

    @Nullable
    private synchronized FollowedTopic noLongerFollowed(Topic topic) {
        invalidations.add(topic);
        return followed.remove(topic);
    }

    private synchronized void dropSome(Topic topic, Iterator<TopicLogKey> keys) {
        for (int i = 0; i < EXPIRED_UNDER_LOCK && keys.hasNext(); i++) {
            drop(keys.next());
        }
        invalidations.add(topic);
    }

    /**
     * Takes in what was sent on a topic before it was followed.
     *
     * @param past by growing sequence; what has come since is left out
     * @param through the sequence up to which messages may be missing
     */
    public synchronized void load(Topic topic, Optional<UserId> recipient, List<StoredMessage> past, long through) {
        TopicLogKey key = new TopicLogKey(topic, recipient);
        boolean complete = trimPoint(key).through() == neverHeld(key).through();
        if (!followed.containsKey(topic) || !complete) {
            return;
        }
        invalidations.add(topic);
        TopicLog before = logs.remove(key);
        TopicLog whole = new TopicLog(new TrimPoints.TrimPoint(through, through));
        long end = before == null ? Long.MAX_VALUE : before.get(before.begin()).sequence();
        List<StoredMessage> missing =
                past.stream().filter(message -> message.sequence() < end).toList();
        missing.forEach(whole::add);
        for (int i = missing.size() - 1; i >= 0; i--) {
            byAge.addOldest(missing.get(i));
        }
        for (long place = before == null ? 0 : before.begin(); before != null && place < before.end(); place++) {
            whole.add(before.get(place));
        }
        if (whole.held() == 0) {
            remember(key, whole.trimPoint());
        } else {
            put(key, whole);
        }
        trim(key, whole);
    }

    /**
     * Messages up to a sequence may not have come but those for everybody and for these users: what is held of others is
     * let go, as if their topics were followed from then on. One topic after the other: meanwhile none is followed anew.
     */
    public void interrupt(Map<Topic, Set<UserId>> whole, long through) {
        Iterator<Map.Entry<Topic, FollowedTopic>> topics = followed.entrySet().iterator();
        while (topics.hasNext()) {
            interruptSome(topics, whole, through);
        }
        letGoOfDropped();
    }

    private synchronized void interruptSome(
            Iterator<Map.Entry<Topic, FollowedTopic>> topics, Map<Topic, Set<UserId>> whole, long through) {
        invalidations.addAll();
        for (int i = 0; i < TOPICS_UNDER_LOCK && topics.hasNext(); i++) {
            Map.Entry<Topic, FollowedTopic> next = topics.next();
            Topic topic = next.getKey();
            Set<TopicLogKey> keys = new HashSet<>(Set.of(new TopicLogKey(topic, Optional.empty())));
            whole.getOrDefault(topic, Set.of()).forEach(user -> keys.add(new TopicLogKey(topic, Optional.of(user))));
            next.getValue().interrupt(keys, through).forEach(this::drop);
        }
    }

    /** Messages of a log up to this sequence did not come, and are not to be had. */
    public void miss(Topic topic, Optional<UserId> recipient, long through) {
        TopicLogKey key = new TopicLogKey(topic, recipient);
        synchronized (this) {
            drop(key);
            remember(key, new TrimPoints.TrimPoint(through, through));
            invalidations.add(topic);
        }
        letGoOfDropped();
    }

    /** How often the past of a topic has become another, so far. */
    synchronized long invalidations() {
        return invalidations.count();
    }

    /** With the lock held: whether the past of any of these topics may have become another since then. */
    boolean isInvalidated(Set<Topic> topics, long since) {
        return invalidations.concern(topics, since);
    }

    /** Whether the past of each of these topics may have become another since then. */
    public synchronized boolean areAllInvalidated(Set<Topic> topics, long since) {
        return topics.stream().allMatch(topic -> invalidations.concern(Set.of(topic), since));
    }

    /** The time by which the age of messages is told. */
    long now() {
        return ticker.nanos();
    }

    /** With the lock held: what is held of a log and not too old; absent if nothing is held. */
    @Nullable
    TopicLog log(TopicLogKey key, long now) {
        TopicLog log = logs.get(key);
        if (log != null) {
            log.hide(now, options.ageNanos());
        }
        return log;
    }

    /** With the lock held: whether the next message of a log is there no more, or too old. */
    boolean isLost(TopicLogReader reader, long now) {
        return reader.isLost(now, options.ageNanos());
    }

    /** How many messages of a topic are held that are for everybody, and the sequence of the last; 0 if none is. */
    public synchronized Held held(Topic topic) {
        TopicLog log = log(new TopicLogKey(topic, Optional.empty()), ticker.nanos());
        return log == null || log.begin() == log.end()
                ? new Held(0, 0)
                : new Held(
                        (int) (log.end() - log.begin()), log.get(log.end() - 1).sequence());
    }

    /** The sequence up to which messages of a topic that this user would get may be missing; 0 if none is. */
    public synchronized long trimmedThrough(Topic topic, UserId user) {
        return Math.max(
                trimPoint(new TopicLogKey(topic, Optional.empty())).perhapsThrough(),
                trimPoint(new TopicLogKey(topic, Optional.of(user))).perhapsThrough());
    }

    private TrimPoints.TrimPoint trimPoint(TopicLogKey key) {
        TopicLog log = log(key, ticker.nanos());
        return log != null ? log.trimPoint() : trimPointWithoutLog(key);
    }

    /** With the lock held: how far a log went that holds nothing. */
    TrimPoints.TrimPoint trimPointWithoutLog(TopicLogKey key) {
        TrimPoints.TrimPoint trimPoint = trimPoints.get(key);
        return trimPoint != null ? trimPoint : neverHeld(key);
    }

    private TrimPoints.TrimPoint neverHeld(TopicLogKey key) {
        FollowedTopic topicFollowed = followed.get(key.topic());
        return topicFollowed == null
                ? trimPoints.unknown()
                : trimPoints.unknown().orLater(topicFollowed.since(key));
    }

    /** The sequence after which come the last so many messages, of those up to a sequence, that this user would get. */
    public synchronized long startOfLast(Topic topic, UserId user, int count, long through) {
        TopicLog toAll = log(new TopicLogKey(topic, Optional.empty()), ticker.nanos());
        TopicLog toOne = log(new TopicLogKey(topic, Optional.of(user)), ticker.nanos());
        long first = TopicLog.firstOfLast(count, through, toAll == null ? NONE : toAll, toOne == null ? NONE : toOne);
        return first == 0 ? through : first - 1;
    }

    /**
     * Lets go of some of what has become too old. To be called now and then: otherwise it happens when messages come.
     *
     * @return whether there is more, so that it is to be called again soon
     */
    public boolean expire() {
        boolean more = true;
        for (int i = 0; i < EXPIRED_AT_A_TIME && more; i += EXPIRED_UNDER_LOCK) {
            more = expireSome();
        }
        return more;
    }

    private synchronized boolean expireSome() {
        return expire(ticker.nanos(), EXPIRED_UNDER_LOCK) || trimBytes();
    }

    /** How many bytes are held, as they are counted. */
    public synchronized long bytes() {
        return byAge.bytes();
    }

    /** Lets go of so much at most of what is too old, which is hidden from those who read; whether there is more. */
    private boolean expire(long now, int most) {
        StoredMessage oldest = byAge.oldest();
        for (int i = 0; i < most && oldest != null && oldest.isOlder(now, options.ageNanos()); i++) {
            removeOldest(oldest);
            oldest = byAge.oldest();
        }
        return oldest != null && oldest.isOlder(now, options.ageNanos());
    }

    private void removeOldest(StoredMessage message) {
        TopicLogKey key =
                new TopicLogKey(message.message().topic(), message.message().recipient());
        TopicLog log = logs.get(key);
        if (log != null && log.get(log.first()) == message) {
            remove(key, log);
        } else {
            // Its log is one of those that were dropped.
            byAge.remove(message);
        }
    }

    private void trim(TopicLogKey key, TopicLog log) {
        while (log.held() > options.messages()) {
            remove(key, log);
        }
        trimBytes();
    }

    /** Lets go of what is more than the bytes allow, so much at a time unless it is far more; whether there is more. */
    private boolean trimBytes() {
        long far = options.bytes() + options.bytes() / SHARE_ABOVE;
        StoredMessage oldest = byAge.oldest();
        for (int i = 0; oldest != null && byAge.bytes() > (i < EXPIRED_UNDER_LOCK ? options.bytes() : far); i++) {
            removeOldest(oldest);
            oldest = byAge.oldest();
        }
        return byAge.bytes() > options.bytes();
    }

    private void put(TopicLogKey key, TopicLog log) {
        trimPoints.remove(key);
        logs.put(key, log);
        FollowedTopic topicFollowed = followed.get(key.topic());
        if (topicFollowed != null) {
            topicFollowed.logs.add(key);
        }
    }

    /** As if it had never been. */
    private void drop(TopicLogKey key) {
        TopicLog log = logs.remove(key);
        if (log != null) {
            dropped.add(log);
        }
        trimPoints.remove(key);
    }

    private void letGoOfDropped() {
        while (letGoOfSomeDropped()) {
            // Others may have the lock in between.
        }
    }

    private synchronized boolean letGoOfSomeDropped() {
        for (int i = 0; i < EXPIRED_UNDER_LOCK && !dropped.isEmpty(); i++) {
            TopicLog log = dropped.getFirst();
            byAge.remove(log.removeFirst());
            if (log.held() == 0) {
                dropped.removeFirst();
            }
        }
        return !dropped.isEmpty();
    }

    /** Lets go of a log's first message. */
    private void remove(TopicLogKey key, TopicLog log) {
        StoredMessage removed = log.removeFirst();
        byAge.remove(removed);
        if (log.held() == 0) {
            logs.remove(key);
            remember(key, log.trimPoint());
        }
    }

    /** A log is empty, and went so far. */
    private void remember(TopicLogKey key, TrimPoints.TrimPoint trimPoint) {
        trimPoints.put(key, trimPoint);
        FollowedTopic topicFollowed = followed.get(key.topic());
        if (topicFollowed != null) {
            topicFollowed.logs.add(key);
        }
    }
}
