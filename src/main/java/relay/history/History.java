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
 * microseconds at most: who reads does so in a {@link Reading}, and what has become too old is hidden at once, what is
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

    private static final Strand NONE = new Strand(new Emptied.Gone(0, 0));

    private final HistoryOptions options;
    private final Ticker ticker;
    private final Map<StrandKey, Strand> strands = new HashMap<>();

    private final Emptied emptied = new Emptied();

    /** Topics of which messages come only since they are followed: empty where all messages come. */
    private final Map<Topic, Followed> followed = new ConcurrentHashMap<>();

    private final Upsets upsets = new Upsets();

    private long newest;

    private final HeldByAge byAge = new HeldByAge();

    /** Strands whose messages nobody finds any more, and that are yet to be let go. */
    private final Deque<Strand> dropped = new ArrayDeque<>();

    /**
     * Strands that may be forgotten.
     *
     * @param through how far they may have gone
     */
    public record Sweep(List<StrandKey> strands, long through) {}

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
        StrandKey key = new StrandKey(message.topic(), message.recipient());
        if (options.holdsAnything()) {
            expire(now, EXPIRED_BY_APPEND);
            append(key, new HeldMessage(sequence, message, now));
        } else {
            remember(key, new Emptied.Gone(sequence, gone(key).perhapsThrough()));
        }
        return emptied.isSweepDue();
    }

    private void append(StrandKey key, HeldMessage held) {
        Strand strand = strands.get(key);
        if (strand == null) {
            strand = new Strand(gone(key));
            put(key, strand);
        }
        strand.add(held);
        byAge.addNewest(held);
        trim(key, strand);
    }

    /** Some strands that hold nothing, none after the last of them; and the sequence up to which they may be forgotten where nobody asks for them. */
    public synchronized Sweep sweep() {
        return new Sweep(emptied.sweep(), newest);
    }

    /** Forgets strands that nobody asked for when all messages up to the sweep had come to those who ask. */
    public synchronized void forgetAllBut(Set<StrandKey> askedFor, Sweep sweep) {
        for (StrandKey key : emptied.forgetAllBut(askedFor, sweep.strands(), sweep.through())) {
            Followed topicFollowed = followed.get(key.topic());
            if (topicFollowed != null) {
                topicFollowed.strands.remove(key);
            }
        }
    }

    /** From now on messages on a topic come; those up to this sequence did not. */
    public void follow(Topic topic, long since) {
        forget(topic);
        synchronized (this) {
            followed.put(topic, new Followed(since));
            upsets.add(topic);
        }
    }

    /** Messages on a topic come no more: what is held of it is let go. */
    public void forget(Topic topic) {
        Followed before = noLongerFollowed(topic);
        if (before != null) {
            Iterator<StrandKey> strandsOfIt = before.strands.iterator();
            while (strandsOfIt.hasNext()) {
                dropSome(topic, strandsOfIt);
            }
            letGoOfDropped();
        }
    }

    @Nullable
    private synchronized Followed noLongerFollowed(Topic topic) {
        upsets.add(topic);
        return followed.remove(topic);
    }

    private synchronized void dropSome(Topic topic, Iterator<StrandKey> keys) {
        for (int i = 0; i < EXPIRED_UNDER_LOCK && keys.hasNext(); i++) {
            drop(keys.next());
        }
        upsets.add(topic);
    }

    /**
     * Takes in what was sent on a topic before it was followed.
     *
     * @param past by growing sequence; what has come since is left out
     * @param through the sequence up to which messages may be missing
     */
    public synchronized void load(Topic topic, Optional<UserId> recipient, List<HeldMessage> past, long through) {
        StrandKey key = new StrandKey(topic, recipient);
        boolean complete = gone(key).through() == neverHeld(key).through();
        if (!followed.containsKey(topic) || !complete) {
            return;
        }
        upsets.add(topic);
        Strand before = strands.remove(key);
        Strand whole = new Strand(new Emptied.Gone(through, through));
        long end = before == null ? Long.MAX_VALUE : before.get(before.begin()).sequence();
        List<HeldMessage> missing =
                past.stream().filter(message -> message.sequence() < end).toList();
        missing.forEach(whole::add);
        for (int i = missing.size() - 1; i >= 0; i--) {
            byAge.addOldest(missing.get(i));
        }
        for (long place = before == null ? 0 : before.begin(); before != null && place < before.end(); place++) {
            whole.add(before.get(place));
        }
        if (whole.held() == 0) {
            remember(key, whole.gone());
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
        Iterator<Map.Entry<Topic, Followed>> topics = followed.entrySet().iterator();
        while (topics.hasNext()) {
            interruptSome(topics, whole, through);
        }
        letGoOfDropped();
    }

    private synchronized void interruptSome(
            Iterator<Map.Entry<Topic, Followed>> topics, Map<Topic, Set<UserId>> whole, long through) {
        upsets.addAll();
        for (int i = 0; i < TOPICS_UNDER_LOCK && topics.hasNext(); i++) {
            Map.Entry<Topic, Followed> next = topics.next();
            Topic topic = next.getKey();
            Set<StrandKey> keys = new HashSet<>(Set.of(new StrandKey(topic, Optional.empty())));
            whole.getOrDefault(topic, Set.of()).forEach(user -> keys.add(new StrandKey(topic, Optional.of(user))));
            next.getValue().interrupt(keys, through).forEach(this::drop);
        }
    }

    /** Messages of a strand up to this sequence did not come, and are not to be had. */
    public void miss(Topic topic, Optional<UserId> recipient, long through) {
        StrandKey key = new StrandKey(topic, recipient);
        synchronized (this) {
            drop(key);
            remember(key, new Emptied.Gone(through, through));
            upsets.add(topic);
        }
        letGoOfDropped();
    }

    /** How often the past of a topic has become another, so far. */
    synchronized long upsets() {
        return upsets.count();
    }

    /** With the lock held: whether the past of any of these topics may have become another since then. */
    boolean isUpset(Set<Topic> topics, long since) {
        return upsets.concern(topics, since);
    }

    /** Whether the past of each of these topics may have become another since then. */
    public synchronized boolean areAllUpset(Set<Topic> topics, long since) {
        return topics.stream().allMatch(topic -> upsets.concern(Set.of(topic), since));
    }

    /** The time by which the age of messages is told. */
    long now() {
        return ticker.nanos();
    }

    /** With the lock held: what is held of a strand and not too old; absent if nothing is held. */
    @Nullable
    Strand strand(StrandKey key, long now) {
        Strand strand = strands.get(key);
        if (strand != null) {
            strand.hide(now, options.ageNanos());
        }
        return strand;
    }

    /** With the lock held: whether the next message of a strand is there no more, or too old. */
    boolean isLost(StrandReader reader, long now) {
        return reader.isLost(now, options.ageNanos());
    }

    /** How many messages of a topic are held that are for everybody, and the sequence of the last; 0 if none is. */
    public synchronized Held held(Topic topic) {
        Strand strand = strand(new StrandKey(topic, Optional.empty()), ticker.nanos());
        return strand == null || strand.begin() == strand.end()
                ? new Held(0, 0)
                : new Held(
                        (int) (strand.end() - strand.begin()),
                        strand.get(strand.end() - 1).sequence());
    }

    /** The sequence up to which messages of a topic that this user would get may be missing; 0 if none is. */
    public synchronized long trimmedThrough(Topic topic, UserId user) {
        return Math.max(
                gone(new StrandKey(topic, Optional.empty())).perhapsThrough(),
                gone(new StrandKey(topic, Optional.of(user))).perhapsThrough());
    }

    private Emptied.Gone gone(StrandKey key) {
        Strand strand = strand(key, ticker.nanos());
        return strand != null ? strand.gone() : goneWithoutStrand(key);
    }

    /** With the lock held: how far a strand went that holds nothing. */
    Emptied.Gone goneWithoutStrand(StrandKey key) {
        Emptied.Gone gone = emptied.get(key);
        return gone != null ? gone : neverHeld(key);
    }

    private Emptied.Gone neverHeld(StrandKey key) {
        Followed topicFollowed = followed.get(key.topic());
        return topicFollowed == null ? emptied.unknown() : emptied.unknown().orLater(topicFollowed.since(key));
    }

    /** The sequence after which come the last so many messages, of those up to a sequence, that this user would get. */
    public synchronized long startOfLast(Topic topic, UserId user, int count, long through) {
        Strand toAll = strand(new StrandKey(topic, Optional.empty()), ticker.nanos());
        Strand toOne = strand(new StrandKey(topic, Optional.of(user)), ticker.nanos());
        long first = Strand.firstOfLast(count, through, toAll == null ? NONE : toAll, toOne == null ? NONE : toOne);
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
        HeldMessage oldest = byAge.oldest();
        for (int i = 0; i < most && oldest != null && oldest.isOlder(now, options.ageNanos()); i++) {
            removeOldest(oldest);
            oldest = byAge.oldest();
        }
        return oldest != null && oldest.isOlder(now, options.ageNanos());
    }

    private void removeOldest(HeldMessage message) {
        StrandKey key =
                new StrandKey(message.message().topic(), message.message().recipient());
        Strand strand = strands.get(key);
        if (strand != null && strand.get(strand.first()) == message) {
            remove(key, strand);
        } else {
            // Its strand is one of those that were dropped.
            byAge.remove(message);
        }
    }

    private void trim(StrandKey key, Strand strand) {
        while (strand.held() > options.messages()) {
            remove(key, strand);
        }
        trimBytes();
    }

    /** Lets go of what is more than the bytes allow, so much at a time unless it is far more; whether there is more. */
    private boolean trimBytes() {
        long far = options.bytes() + options.bytes() / SHARE_ABOVE;
        HeldMessage oldest = byAge.oldest();
        for (int i = 0; oldest != null && byAge.bytes() > (i < EXPIRED_UNDER_LOCK ? options.bytes() : far); i++) {
            removeOldest(oldest);
            oldest = byAge.oldest();
        }
        return byAge.bytes() > options.bytes();
    }

    private void put(StrandKey key, Strand strand) {
        emptied.remove(key);
        strands.put(key, strand);
        Followed topicFollowed = followed.get(key.topic());
        if (topicFollowed != null) {
            topicFollowed.strands.add(key);
        }
    }

    /** As if it had never been. */
    private void drop(StrandKey key) {
        Strand strand = strands.remove(key);
        if (strand != null) {
            dropped.add(strand);
        }
        emptied.remove(key);
    }

    private void letGoOfDropped() {
        while (letGoOfSomeDropped()) {
            // Others may have the lock in between.
        }
    }

    private synchronized boolean letGoOfSomeDropped() {
        for (int i = 0; i < EXPIRED_UNDER_LOCK && !dropped.isEmpty(); i++) {
            Strand strand = dropped.getFirst();
            byAge.remove(strand.removeFirst());
            if (strand.held() == 0) {
                dropped.removeFirst();
            }
        }
        return !dropped.isEmpty();
    }

    /** Lets go of a strand's first message. */
    private void remove(StrandKey key, Strand strand) {
        HeldMessage removed = strand.removeFirst();
        byAge.remove(removed);
        if (strand.held() == 0) {
            strands.remove(key);
            remember(key, strand.gone());
        }
    }

    /** A strand is empty, and went so far. */
    private void remember(StrandKey key, Emptied.Gone gone) {
        emptied.put(key, gone);
        Followed topicFollowed = followed.get(key.topic());
        if (topicFollowed != null) {
            topicFollowed.strands.add(key);
        }
    }
}
