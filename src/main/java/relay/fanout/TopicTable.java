package relay.fanout;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import relay.client.TopicInfo;
import relay.message.PatternMap;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.schedule.Ticker;

/**
 * The topics that have subscribers, over all workers. For any thread, and no lock is held around more than a place of a map: a client's
 * topics are looked up here once, when it subscribes to them.
 *
 * <p>A topic without subscribers takes no memory.
 */
public final class TopicTable {
    /** A map grows all at once, in the thread that happens to fill it: with a million topics each of these parts takes 0.2 ms. */
    private static final int PARTS = 256;

    private final List<ConcurrentHashMap<Topic, SubscribedTopic>> parts = Stream.generate(
                    () -> new ConcurrentHashMap<Topic, SubscribedTopic>())
            .limit(PARTS)
            .toList();

    /** The patterns among them. With its own lock held, for a moment. */
    private final PatternMap<SubscribedTopic> patterns = new PatternMap<>();

    private final int workers;
    private final TopicListing listing;

    /** @param workers how many workers share the clients */
    public TopicTable(int workers, Ticker ticker) {
        this.workers = workers;
        this.listing = new TopicListing(topic -> find(topic) != null, this::topics, ticker);
    }

    /** Subscribes a client without a connection to these topics. */
    public SubscribedTopics enter(Collection<Topic> topics) {
        List<SubscribedTopic> entered = new ArrayList<>(topics.size());
        topics.forEach(topic -> entered.add(enter(topic)));
        return SubscribedTopics.of(entered);
    }

    /** Subscribes a connected client to other topics. */
    SubscribedTopics replace(SubscribedTopics before, Set<Topic> now) {
        return replace(before, now, true);
    }

    /** Subscribes a client to other topics. */
    SubscribedTopics replace(SubscribedTopics before, Set<Topic> now, boolean connected) {
        List<SubscribedTopic> wanted = new ArrayList<>(now.size());
        for (Topic topic : now) {
            SubscribedTopics.Entry known = before.find(topic);
            wanted.add(known == null ? enter(topic, connected) : known.shared());
        }
        before.forEachEntry(entry -> {
            if (!now.contains(entry.shared().topic())) {
                if (connected) {
                    entry.shared().disconnected();
                }
                leave(entry.shared());
            }
        });
        return SubscribedTopics.of(wanted);
    }

    /** Ends the subscriptions of a client without a connection. */
    public void leave(SubscribedTopics topics) {
        topics.forEachEntry(entry -> leave(entry.shared()));
    }

    /** How many topics have subscribers. */
    public int size() {
        return parts.stream().mapToInt(ConcurrentHashMap::size).sum();
    }

    /** Whether a topic has subscribers, or matches a pattern that has some. */
    public boolean hasSubscribers(Topic topic) {
        return get(topic).subscribers() > 0 || matchesPattern(topic);
    }

    private boolean matchesPattern(Topic topic) {
        List<SubscribedTopic> found = new ArrayList<>(0);
        synchronized (patterns) {
            patterns.addMatching(topic, found);
        }
        return !found.isEmpty();
    }

    private void putPattern(SubscribedTopic pattern) {
        synchronized (patterns) {
            patterns.put(pattern.topic(), pattern);
        }
    }

    private void removePattern(SubscribedTopic pattern) {
        synchronized (patterns) {
            patterns.remove(pattern.topic(), pattern);
        }
    }

    /** A shared topic; absent if it has no subscribers. */
    @Nullable
    SubscribedTopic find(Topic topic) {
        return part(topic).get(topic);
    }

    public TopicInfo get(Topic topic) {
        SubscribedTopic asked = find(topic);
        return asked == null ? new TopicInfo(topic, 0, 0) : asked.entry();
    }

    /**
     * The next topics of a filter after one, or the first ones, in the order of their names: at most so many. May wait for another
     * thread that lists.
     */
    public List<TopicInfo> after(Optional<Topic> topic, TopicFilter filter, int most) {
        List<TopicInfo> found = new ArrayList<>();
        listing.view().forEachAfter(topic, next -> {
            if (filter.allows(next)) {
                TopicInfo entry = get(next);
                if (entry.subscribers() > 0) {
                    found.add(entry);
                }
            }
            return found.size() < most;
        });
        return found;
    }

    /** Drops what is not used. To be called now and then. */
    void rest() {
        listing.rest();
    }

    private SubscribedTopic enter(Topic topic) {
        ConcurrentHashMap<Topic, SubscribedTopic> part = part(topic);
        while (true) {
            SubscribedTopic asked = part.get(topic);
            if (asked == null) {
                SubscribedTopic first = new SubscribedTopic(topic, workers);
                SubscribedTopic other = part.putIfAbsent(topic, first);
                asked = other == null ? first : other;
            }
            if (asked.isNew()) {
                // Each thread that finds it new does this, so that no topic has subscribers before the listing knows of
                // it.
                listing.announce(topic);
            }
            if (asked.enter()) {
                if (asked.isPattern()) {
                    putPattern(asked);
                }
                return asked;
            }
            // The last subscriber has left it, and has not removed it yet.
            part.remove(topic, asked);
        }
    }

    private SubscribedTopic enter(Topic topic, boolean connected) {
        SubscribedTopic asked = enter(topic);
        if (connected) {
            asked.connected();
        }
        return asked;
    }

    private void leave(SubscribedTopic asked) {
        if (asked.leave()) {
            if (asked.isPattern()) {
                removePattern(asked);
            }
            part(asked.topic()).remove(asked.topic(), asked);
        }
    }

    private Stream<Topic> topics() {
        return parts.stream().flatMap(part -> part.values().stream()).map(SubscribedTopic::topic);
    }

    private ConcurrentHashMap<Topic, SubscribedTopic> part(Topic topic) {
        int hash = topic.hashCode();
        // Other bits than those that a part's map uses.
        return parts.get((hash * 0x9e3779b9) >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PARTS)));
    }
}
