package relay.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import relay.message.AcceptedMessage;
import relay.message.MessageOptions.Retain;
import relay.message.Topic;
import relay.message.UserId;
import relay.schedule.Ticker;

/**
 * The retained values: of each topic the newest message that was to be retained, whatever its age. A value that is for one user is held
 * beside the one for everybody.
 *
 * <p>They are bounded by their bytes: the values that were set longest ago go first. A value that is larger than all may be is not
 * held, and neither is the one that it replaces. Any thread may read; they are set by one at a time. One lock guards everything, and
 * it is held for a few tens of topics at most; it may be taken with the history's lock held, never the other way round.
 */
public final class RetainedMessages {
    /** So many topics are remembered whose value was cleared, in case an older one comes late. */
    static final int MOST_CLEARED = 1000;

    /** What a value takes beside the message: its places in the orders of topics and of sequences. */
    static final int VALUE_OVERHEAD_BYTES = 200;

    /** How many values one {@link #expire} looks at. */
    private static final int SWEPT_AT_A_TIME = 512;

    private static final Comparator<StoredMessage> OLDEST_FIRST = Comparator.comparingLong(StoredMessage::sequence)
            .thenComparing(value -> value.message().topic());

    private final long mostBytes;
    private final Ticker ticker;
    private final RetainedTopics topics = new RetainedTopics();
    private final TreeSet<StoredMessage> byAge = new TreeSet<>(OLDEST_FIRST);
    private final FollowedNames followed = new FollowedNames();

    /** The values that were cleared last, and the sequence of what cleared them. */
    private final Map<TopicLogKey, Long> cleared = new LinkedHashMap<>();

    private long bytes;
    private long dropped;

    /** Where the next {@link #expire} goes on. */
    private @Nullable StoredMessage sweptThrough;

    /** Whether there is no value. Written with the lock held; whoever comes to a relay without values takes no lock. */
    private volatile boolean empty = true;

    /** @param mostBytes how many bytes the values may take, from 0, the objects around each among them */
    public RetainedMessages(long mostBytes, Ticker ticker) {
        this.mostBytes = mostBytes;
        this.ticker = ticker;
    }

    /**
     * A message has come: it becomes the value of its topics, or clears that, if it is to.
     *
     * @param nanos when it came, on the relay's ticker
     * @return whether values went because of the bound
     */
    public boolean accept(AcceptedMessage accepted, long nanos) {
        if (accepted.message().options().retain() == Retain.NO) {
            return false;
        }
        boolean dropping = false;
        for (Topic topic : accepted.message().topics()) {
            dropping |= set(new StoredMessage(
                    accepted.sequence(),
                    accepted.timeMillis(),
                    accepted.message().on(topic),
                    nanos));
        }
        return dropping;
    }

    /**
     * Sets the value of a message's only topic, or clears it, unless that was done by a newer message.
     *
     * @return whether values went because of the bound
     */
    public synchronized boolean set(StoredMessage value) {
        TopicLogKey key = keyOf(value);
        StoredMessage before = topics.get(key);
        boolean older = before != null && before.sequence() >= value.sequence();
        if (older || cleared.getOrDefault(key, -1L) >= value.sequence()) {
            return false;
        }
        if (before != null) {
            remove(before);
        }
        if (value.message().options().retain() == Retain.CLEAR) {
            noteCleared(key, value.sequence());
            return false;
        }
        return add(key, value);
    }

    private boolean add(TopicLogKey key, StoredMessage value) {
        if (cost(value) > mostBytes) {
            // All others would have to go for it.
            dropped++;
            return true;
        }
        topics.put(key, value);
        byAge.add(value);
        bytes += cost(value);
        empty = false;
        long before = dropped;
        while (bytes > mostBytes) {
            remove(byAge.first());
            dropped++;
        }
        return dropped > before;
    }

    private void noteCleared(TopicLogKey key, long sequence) {
        cleared.remove(key);
        cleared.put(key, sequence);
        if (cleared.size() > MOST_CLEARED) {
            cleared.remove(cleared.keySet().iterator().next());
        }
    }

    private void remove(StoredMessage value) {
        topics.remove(keyOf(value));
        byAge.remove(value);
        bytes -= cost(value);
        empty = topics.isEmpty();
    }

    /** Messages on a topic, or on all that match a pattern, come from now on. */
    public synchronized void follow(Topic topic) {
        followed.add(topic);
    }

    /** Messages on a topic come no more, or on those that match a pattern: their values are not known from now on. */
    public void forget(Topic topic) {
        synchronized (this) {
            followed.remove(topic);
            if (!topic.isPattern()) {
                forgetUnfollowed(topic);
                return;
            }
        }
        Optional<Topic> behind = Optional.empty();
        do {
            behind = forgetSome(topic, behind);
        } while (behind.isPresent());
    }

    private synchronized Optional<Topic> forgetSome(Topic pattern, Optional<Topic> behind) {
        List<Topic> matching = new ArrayList<>();
        Optional<Topic> last = topics.someTopics(pattern, behind, matching::add);
        matching.forEach(this::forgetUnfollowed);
        return last;
    }

    private void forgetUnfollowed(Topic topic) {
        if (!followed.includes(topic)) {
            topics.all(topic).forEach(this::remove);
        }
    }

    /** Whether a user may have to get a value of any of these topics. */
    public boolean mayHave(Collection<Topic> asked, Optional<UserId> user) {
        return !empty && asked.stream().anyMatch(topic -> mayHave(topic, user));
    }

    private synchronized boolean mayHave(Topic topic, Optional<UserId> user) {
        return topics.mayHave(topic, user);
    }

    /** Gives the values of a topic that a user gets, expired ones too. */
    synchronized void find(Topic topic, Optional<UserId> user, Consumer<StoredMessage> found) {
        topics.find(topic, user, found);
    }

    /**
     * Gives the values that a user gets of some topics that match a pattern, in the order of their names, expired ones too.
     *
     * @param behind the topic after which it goes on; empty: from the first one
     * @return where to go on; empty if that was all
     */
    synchronized Optional<Topic> findSome(
            Topic pattern, Optional<Topic> behind, Optional<UserId> user, Consumer<StoredMessage> found) {
        return topics.findSome(pattern, behind, user, found);
    }

    /** The sequence after which all values of a topic come that a user gets, of those up to a sequence. */
    long startOfAll(Topic topic, Optional<UserId> user, long through) {
        if (empty) {
            return through;
        }
        long[] first = {through + 1};
        Consumer<StoredMessage> found = value -> first[0] = Math.min(first[0], value.sequence());
        if (!topic.isPattern()) {
            find(topic, user, found);
            return first[0] - 1;
        }
        Optional<Topic> behind = findSome(topic, Optional.empty(), user, found);
        while (behind.isPresent()) {
            behind = findSome(topic, behind, user, found);
        }
        return first[0] - 1;
    }

    /** The value that is held now, unless it has expired. */
    synchronized @Nullable StoredMessage current(TopicLogKey key) {
        StoredMessage value = topics.get(key);
        return value == null || value.isExpired(ticker.nanos()) ? null : value;
    }

    /** Whether a topic has a value for everybody. */
    public boolean isRetained(Topic topic) {
        return !empty && current(new TopicLogKey(topic, Optional.empty())) != null;
    }

    /**
     * The next topics after one, or the first ones, that have a value for everybody: at most so many, or fewer though there are more.
     *
     * @return in the order of their names; and where to go on, empty if that was all
     */
    public synchronized Listing after(Optional<Topic> topic, int most) {
        long now = ticker.nanos();
        return topics.after(topic, most, value -> !value.isExpired(now));
    }

    /** Some topics that have a value for everybody, and after which one there may be more. */
    public record Listing(List<Topic> topics, Optional<Topic> next) {}

    /** Removes some values that have expired. To be called now and then. */
    public synchronized void expire() {
        if (topics.isEmpty()) {
            return;
        }
        long now = ticker.nanos();
        List<StoredMessage> expired = new ArrayList<>();
        int seen = 0;
        StoredMessage last = null;
        for (StoredMessage value : sweptThrough == null ? byAge : byAge.tailSet(sweptThrough, false)) {
            if (value.isExpired(now)) {
                expired.add(value);
            }
            seen++;
            if (seen == SWEPT_AT_A_TIME) {
                last = value;
                break;
            }
        }
        sweptThrough = last;
        expired.forEach(this::remove);
    }

    /** How many values there are, those that have expired lately among them. */
    public synchronized int size() {
        return byAge.size();
    }

    /** How many bytes they take. */
    public synchronized long bytes() {
        return bytes;
    }

    /** How many values went because of the bound. */
    public synchronized long dropped() {
        return dropped;
    }

    boolean isEmpty() {
        return empty;
    }

    private static TopicLogKey keyOf(StoredMessage value) {
        return new TopicLogKey(value.message().topic(), value.message().recipient());
    }

    private static long cost(StoredMessage value) {
        return (long) value.cost() + VALUE_OVERHEAD_BYTES;
    }
}
