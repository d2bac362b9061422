package relay.fanout;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.schedule.Ticker;

/**
 * The topics that anybody asks for, over all workers, with how many do. For any thread, without a lock around more than a
 * place of a map: a client's topics are looked up here once, when it begins to ask for them.
 *
 * <p>A topic that nobody asks for takes nothing.
 */
public final class TopicTable {
    /** A map grows in one go, by the thread that happens to fill it: with a million topics each of these takes 0.2 ms. */
    private static final int PARTS = 256;

    private final List<ConcurrentHashMap<Topic, SubscribedTopic>> parts = Stream.generate(
                    () -> new ConcurrentHashMap<Topic, SubscribedTopic>())
            .limit(PARTS)
            .toList();

    private final int workers;
    private final TopicListing listing;

    /** @param workers how many share the clients that ask */
    public TopicTable(int workers, Ticker ticker) {
        this.workers = workers;
        this.listing = new TopicListing(topic -> find(topic) != null, this::topics, ticker);
    }

    /** A client without a connection asks for these topics from now on. */
    public SubscribedTopics enter(Collection<Topic> topics) {
        return SubscribedTopics.of(topics.stream().map(this::enter).toList());
    }

    /** A connected client asks for other topics from now on. */
    SubscribedTopics replace(SubscribedTopics before, Set<Topic> now) {
        List<SubscribedTopic> wanted = new ArrayList<>(now.size());
        for (Topic topic : now) {
            SubscribedTopics.Entry known = before.find(topic);
            wanted.add(known == null ? enterConnected(topic) : known.shared());
        }
        before.forEachEntry(entry -> {
            if (!now.contains(entry.shared().topic())) {
                entry.shared().disconnected();
                leave(entry.shared());
            }
        });
        return SubscribedTopics.of(wanted);
    }

    /** A client without a connection asks for nothing any more. */
    void leave(SubscribedTopics topics) {
        topics.forEachEntry(entry -> leave(entry.shared()));
    }

    /** How many topics anybody asks for. */
    public int size() {
        return parts.stream().mapToInt(ConcurrentHashMap::size).sum();
    }

    /** A topic as those who ask for it share it; absent if nobody does. */
    @Nullable
    SubscribedTopic find(Topic topic) {
        return part(topic).get(topic);
    }

    public TopicInfo get(Topic topic) {
        SubscribedTopic asked = find(topic);
        return asked == null ? new TopicInfo(topic, 0, 0) : asked.entry();
    }

    /**
     * The topics of a filter that come next after one, or first of all, in the order of their names: so many at most. May
     * wait for another thread that lists.
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

    /** Gives back what nobody uses. To be called now and then. */
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
                // Whoever finds it so: nobody asks for a topic that those who list have not heard of.
                listing.announce(topic);
            }
            if (asked.enter()) {
                return asked;
            }
            // Everybody has left it, and the last to leave has not yet removed it.
            part.remove(topic, asked);
        }
    }

    private SubscribedTopic enterConnected(Topic topic) {
        SubscribedTopic asked = enter(topic);
        asked.connected();
        return asked;
    }

    private void leave(SubscribedTopic asked) {
        if (asked.leave()) {
            part(asked.topic()).remove(asked.topic(), asked);
        }
    }

    private Stream<Topic> topics() {
        return parts.stream().flatMap(part -> part.values().stream()).map(SubscribedTopic::topic);
    }

    private ConcurrentHashMap<Topic, SubscribedTopic> part(Topic topic) {
        int hash = topic.hashCode();
        // Other bits than those by which a part's map places it.
        return parts.get((hash * 0x9e3779b9) >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PARTS)));
    }
}
