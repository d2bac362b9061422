package relay.history;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.engine.Archive;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.Topic;
import relay.message.UserId;
import relay.schedule.Ticker;

/**
 * The recent past: the last messages of each topic, bounded by their number, their age, and the bytes of all of them. The
 * oldest go first. Where an engine has an {@link relay.engine.Archive}, what memory has no room for is there only, until the archive
 * trims it: of these {@value ArchivedPart#ENTRY_BYTES} bytes each stay here.
 *
 * <p>The messages of a topic that are for one user are counted apart, for each user: so what is sent to others does not push
 * out what a user has missed. Any thread may call any method. The lock is held for some tens of microseconds at most: a long
 * operation takes it again and again, and clients read page by page ({@link HistoryReader}).
 */
public final class History {
    /** What a stored message takes beside its text and the name of its topic, if it is the only one of that: the objects. */
    static final int MESSAGE_OVERHEAD_BYTES = 300;

    /** What it takes more if it is for one user, beside the user's id. */
    static final int RECIPIENT_BYTES = 90;

    /** How many old messages one publish removes: more than it adds, so that the old ones become fewer; too few to be felt. */
    private static final int EXPIRED_BY_APPEND = 32;

    /** From how many logs what the archive has trimmed is removed by one publish, or each time the lock is held. */
    private static final int TRIMMED_BY_APPEND = 8;

    private static final int TRIMMED_UNDER_LOCK = 64;

    static final int EXPIRED_UNDER_LOCK = 128;
    private static final int EXPIRED_AT_A_TIME = 2048;
    private static final int TOPICS_UNDER_LOCK = 8;

    private static final TopicLog EMPTY = new TopicLog(new TrimPoints.TrimPoint(0, 0));

    private final HistoryOptions options;
    private final Ticker ticker;
    private final TopicLogs logs;
    private final Invalidations invalidations = new Invalidations();
    private final Timeline timeline = new Timeline();
    private long newest;

    /** Whether a message has come since the start. */
    private boolean begun;

    /** Messages up to this one may be damaged. Written by the engine's thread at the start, read by all. */
    private volatile long damagedThrough;

    /**
     * Logs whose trim points may be forgotten if no client is interested in them.
     *
     * @param through the newest sequence at that moment: a log that is trimmed further is not forgotten
     */
    public record Sweep(List<TopicLogKey> logs, long through) {}

    /** How many messages of a topic are stored that are for everybody, and the sequence of the last; 0 if none is. */
    public record Stored(int messages, long lastSequence) {}

    public History(HistoryOptions options, Ticker ticker) {
        this(options, ticker, HistoryOptions.indexBytes());
    }

    /** @param indexBytes how much memory the messages may take that only the archive has */
    History(HistoryOptions options, Ticker ticker, long indexBytes) {
        this.options = options;
        this.ticker = ticker;
        this.logs = new TopicLogs(options, indexBytes);
    }

    /**
     * Takes in the message with the next sequence, which came at this moment.
     *
     * @param location where the archive has it, or {@link Archive#NOWHERE}
     * @return whether it is time for {@link #sweep}
     */
    synchronized boolean append(AcceptedMessage accepted, long now, long location) {
        long sequence = accepted.sequence();
        newest = sequence;
        begun = true;
        timeline.add(sequence, now);
        for (Topic topic : accepted.message().topics()) {
            append(accepted, topic, now, location);
        }
        return logs.isSweepDue();
    }

    private void append(AcceptedMessage accepted, Topic topic, long now, long location) {
        Message message = accepted.message();
        long sequence = accepted.sequence();
        TopicLogKey key = new TopicLogKey(topic, message.recipient());
        boolean archived = location != Archive.NOWHERE;
        if (archived ? options.holdsArchived() : options.holdsAnything()) {
            logs.expire(now, EXPIRED_BY_APPEND);
            logs.trimArchived(TRIMMED_BY_APPEND);
            logs.append(
                    key,
                    archived
                            ? new ArchivedMessage(sequence, accepted.timeMillis(), message, topic, now, location)
                            : new StoredMessage(sequence, accepted.timeMillis(), message, topic, now));
        } else {
            logs.skip(key, sequence);
        }
    }

    /**
     * Takes in the message with the next sequence from before this start, which only the archive has.
     *
     * @param ageNanos how long ago it was accepted
     */
    synchronized void restore(long sequence, List<TopicLogKey> keys, long location, long ageNanos) {
        newest = sequence;
        timeline.add(sequence, ticker.nanos() - ageNanos);
        keys.forEach(key -> restore(sequence, key, location));
    }

    private void restore(long sequence, TopicLogKey key, long location) {
        if (options.holdsArchived()) {
            logs.restore(key, sequence, location);
            logs.trimArchived(TRIMMED_BY_APPEND);
        } else {
            logs.skip(key, sequence);
        }
    }

    /**
     * The archive has no message up to a sequence any more. Before the first message of this start comes, and before any is restored:
     * it is not known which logs had some.
     */
    public synchronized void trimmed(long through) {
        logs.trimmed(through);
        if (!begun) {
            logs.perhapsTrimmed(through);
        }
    }

    /** Whether the archive has no message up to a sequence any more. */
    public synchronized boolean isTrimmed(long sequence) {
        return logs.isTrimmed(sequence);
    }

    /** Messages up to a sequence, on any topic, may be damaged: nobody can get them any more. */
    public synchronized void damaged(long through) {
        damagedThrough = Math.max(damagedThrough, through);
    }

    /** Whether messages after a sequence may be damaged, on any topic. */
    public boolean isDamagedAfter(long sequence) {
        return sequence < damagedThrough;
    }

    /** The next portion of logs that hold nothing; an empty one after the last. */
    public synchronized Sweep sweep() {
        return new Sweep(logs.sweep(), newest);
    }

    /** Forgets the logs of a sweep but those in which clients are interested. */
    public synchronized void forgetAllBut(Set<TopicLogKey> interesting, Sweep sweep) {
        logs.forgetAllBut(interesting, sweep);
    }

    /** From now on messages on a topic come, or on all topics that match a pattern; those up to this sequence did not. */
    public void follow(Topic topic, long since) {
        forget(topic);
        synchronized (this) {
            logs.follow(topic, since);
            invalidations.add(topic);
        }
    }

    /** Messages on a topic or pattern come no more: its logs are dropped, but for those of others that are still followed. */
    public void forget(Topic topic) {
        FollowedTopic before = unfollow(topic);
        if (before != null) {
            Iterator<TopicLogKey> keys = before.logs.iterator();
            while (keys.hasNext()) {
                dropSome(topic, keys);
            }
            removeDropped();
        }
    }

    @Nullable
    private synchronized FollowedTopic unfollow(Topic topic) {
        invalidations.add(topic);
        return logs.unfollow(topic);
    }

    private synchronized void dropSome(Topic topic, Iterator<TopicLogKey> keys) {
        for (int i = 0; i < EXPIRED_UNDER_LOCK && keys.hasNext(); i++) {
            logs.dropUnlessFollowed(keys.next());
        }
        invalidations.add(topic);
    }

    /**
     * Takes in what was sent on a topic before it was followed, by itself or by a pattern.
     *
     * <p>A pattern is loaded when all of its topics have been that have a past: it has no messages itself, and tells up to which sequence
     * messages of its other topics may be missing.
     *
     * @param past by growing sequence; what has come since is left out
     * @param through the sequence up to which messages may be missing
     */
    public void load(Topic topic, Optional<UserId> recipient, List<StoredMessage> past, long through) {
        if (topic.isPattern()) {
            loadRest(topic, recipient, through);
            return;
        }
        synchronized (this) {
            if (logs.load(new TopicLogKey(topic, recipient), past, through, ticker.nanos())) {
                invalidations.add(topic);
            }
        }
    }

    private void loadRest(Topic pattern, Optional<UserId> recipient, long through) {
        long since;
        Iterator<TopicLogKey> keys;
        synchronized (this) {
            FollowedTopic followed = logs.followed().find(pattern);
            if (followed == null) {
                return;
            }
            since = followed.since(recipient);
            keys = followed.loaded(recipient, through).iterator();
            invalidations.add(pattern);
        }
        while (keys.hasNext()) {
            synchronized (this) {
                for (int i = 0; i < EXPIRED_UNDER_LOCK && keys.hasNext(); i++) {
                    logs.loadRest(keys.next(), since, through);
                }
                invalidations.add(pattern);
            }
        }
    }

    /**
     * Up to a sequence, only messages for everybody and for these users are known to have come. The logs of other users are
     * dropped, as if their topics were followed from then on. One topic after the other: meanwhile none is followed anew.
     *
     * @param whole the users for each topic, or pattern, as it is followed
     */
    public void interrupt(Map<Topic, Set<UserId>> whole, long through) {
        Iterator<FollowedTopic> topics = logs.followed().iterator();
        while (topics.hasNext()) {
            interruptSome(topics, whole, through);
        }
        removeDropped();
    }

    private synchronized void interruptSome(
            Iterator<FollowedTopic> topics, Map<Topic, Set<UserId>> whole, long through) {
        invalidations.addAll();
        for (int i = 0; i < TOPICS_UNDER_LOCK && topics.hasNext(); i++) {
            FollowedTopic next = topics.next();
            next.interrupt(whole.getOrDefault(next.topic, Set.of()), through).forEach(key -> {
                boolean elsewhere = logs.followed().of(key.topic()).stream()
                        .anyMatch(other -> key.recipient()
                                .filter(whole.getOrDefault(other.topic, Set.of())::contains)
                                .isPresent());
                logs.interrupt(key, through, elsewhere);
            });
        }
    }

    /** The messages of a log up to this sequence did not come, and cannot be had. */
    public void miss(Topic topic, Optional<UserId> recipient, long through) {
        synchronized (this) {
            logs.miss(new TopicLogKey(topic, recipient), through);
            invalidations.add(topic);
        }
        removeDropped();
    }

    private void removeDropped() {
        while (removeSomeDropped()) {
            // Others may have the lock in between.
        }
    }

    private synchronized boolean removeSomeDropped() {
        return logs.removeDropped(EXPIRED_UNDER_LOCK);
    }

    /** How many {@link Invalidations} there have been so far. */
    synchronized long invalidations() {
        return invalidations.count();
    }

    /** With the lock held: whether what was looked up of these topics before that count may be wrong now. */
    boolean isInvalidated(Set<Topic> topics, long since) {
        return invalidations.concern(topics, since);
    }

    /** Whether what was looked up of each of these topics before that count may be wrong now. */
    public synchronized boolean areAllInvalidated(Set<Topic> topics, long since) {
        return topics.stream().allMatch(topic -> invalidations.concern(Set.of(topic), since));
    }

    /** The time by which messages age. */
    long now() {
        return ticker.nanos();
    }

    /** With the lock held: a log, with what is too old hidden; absent if it holds nothing. */
    @Nullable
    TopicLog log(TopicLogKey key, long now) {
        return logs.find(key, now);
    }

    HistoryOptions options() {
        return options;
    }

    /** Between which sequences a time was. */
    synchronized Timeline.Span timelineAt(long nanos) {
        return timeline.at(nanos);
    }

    /** With the lock held: up to where a log was trimmed; it is absent if it holds nothing. */
    TrimPoints.TrimPoint trimPoint(TopicLogKey key, @Nullable TopicLog log) {
        return log == null ? logs.trimPointWithoutLog(key) : log.trimPoint();
    }

    /** With the lock held: up to where a log was trimmed that holds nothing. */
    TrimPoints.TrimPoint trimPointWithoutLog(TopicLogKey key) {
        return logs.trimPointWithoutLog(key);
    }

    /** With the lock held: the names of all logs, from now on. */
    LogNames names() {
        return logs.names(newest);
    }

    /** With the lock held: whether the next message of a log has been removed, or is too old, and was not taken from another log. */
    boolean isLost(TopicLogReader reader, long now, long taken) {
        return logs.isLost(reader, now, taken);
    }

    /** What is stored of a topic for everybody. */
    public synchronized Stored stored(Topic topic) {
        TopicLog log = logs.find(new TopicLogKey(topic, Optional.empty()), ticker.nanos());
        return log == null || log.begin() == log.end()
                ? new Stored(0, 0)
                : new Stored((int) (log.end() - log.begin()), log.sequence(log.end() - 1));
    }

    /** The sequence up to which messages of a topic or pattern that this user would get may be missing; 0 if none is. */
    public long trimmedThrough(Topic topic, Optional<UserId> user) {
        return new AskedLogs(this, topic, user).trimmedThrough();
    }

    /**
     * The sequence after which the last so many messages come, of those up to a sequence that this user would get of a topic, or of all
     * topics that match a pattern together. Messages that have expired do not count, but where only the archive has them; those that
     * exclude a client do.
     */
    public long startOfLast(Topic topic, Optional<UserId> user, int count, long through) {
        if (!topic.isPattern()) {
            synchronized (this) {
                long now = ticker.nanos();
                TopicLog toAll = logs.find(new TopicLogKey(topic, Optional.empty()), now);
                TopicLog toOne = user.isPresent() ? logs.find(new TopicLogKey(topic, user), now) : null;
                if (!mayExpire(toAll) && !mayExpire(toOne)) {
                    long first = TopicLog.firstOfLast(
                            count, through, toAll == null ? EMPTY : toAll, toOne == null ? EMPTY : toOne);
                    return first == 0 ? through : first - 1;
                }
            }
        }
        return new AskedLogs(this, topic, user).startOfLast(count, through);
    }

    private static boolean mayExpire(@Nullable TopicLog log) {
        return log != null && log.mayExpire();
    }

    /** How long ago a message was accepted at most; negative if that is not known. */
    public synchronized long ageOf(long sequence) {
        return timeline.ageOf(sequence, ticker.nanos());
    }

    /**
     * The sequence after which all messages come that are held of a topic or pattern and that this user would get, of those up to a
     * sequence.
     */
    public long startOfAll(Topic topic, Optional<UserId> user, long through) {
        return new AskedLogs(this, topic, user).startOfAll(through);
    }

    /**
     * The sequence after which messages of a topic, or of all topics that match a pattern, come that this user would get and that were
     * accepted within a time before now. If some of those are gone, the last of them comes after it too.
     *
     * <p>It is exact where messages are in memory. When those were accepted that are gone, or that only the archive has, is known as
     * exactly as {@link Timeline} knows it: between two checkpoints there, those in the archive come, and those that are gone count as
     * too old where it was their age that they went for.
     */
    public long startOfSince(Topic topic, Optional<UserId> user, Duration time) {
        return new AskedLogs(this, topic, user).startOfSince(time);
    }

    /**
     * Removes some of what is too old. To be called now and then: otherwise it happens only when messages come.
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
        long now = ticker.nanos();
        return logs.expire(now, EXPIRED_UNDER_LOCK)
                || logs.trimBytes(now, EXPIRED_UNDER_LOCK)
                || logs.trimArchived(TRIMMED_UNDER_LOCK);
    }

    /**
     * How many bytes of memory are taken: by messages with the objects around each, and by the index of those that only the archive
     * has, {@value ArchivedPart#ENTRY_BYTES} bytes each and something for each log.
     */
    public synchronized long bytes() {
        return logs.bytes();
    }

    /** How many messages are held that only the archive has. */
    public synchronized long archived() {
        return logs.archived();
    }
}
