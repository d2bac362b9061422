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
public final class TopicCounts {
    /** A map grows in one go, by the thread that happens to fill it: with a million topics each of these takes 0.2 ms. */
    private static final int PARTS = 256;

    private final List<ConcurrentHashMap<Topic, AskedTopic>> parts = Stream.generate(
                    () -> new ConcurrentHashMap<Topic, AskedTopic>())
            .limit(PARTS)
            .toList();

    private final int workers;
    private final TopicListing listing;

    /** @param workers how many share the clients that ask */
    public TopicCounts(int workers, Ticker ticker) {
        this.workers = workers;
        this.listing = new TopicListing(topic -> find(topic) != null, this::topics, ticker);
    }

    /** A client without a connection asks for these topics from now on. */
    public AskedTopics enter(Collection<Topic> topics) {
        return AskedTopics.of(topics.stream().map(this::enter).toList());
    }

    /** A connected client asks for other topics from now on. */
    AskedTopics replace(AskedTopics before, Set<Topic> now) {
        List<AskedTopic> wanted = new ArrayList<>(now.size());
        for (Topic topic : now) {
            AskedTopics.Entry known = before.find(topic);
            wanted.add(known == null ? enterConnected(topic) : known.asked());
        }
        before.forEachEntry(entry -> {
            if (!now.contains(entry.asked().topic())) {
                entry.asked().disconnected();
                leave(entry.asked());
            }
        });
        return AskedTopics.of(wanted);
    }

    /** A client without a connection asks for nothing any more. */
    void leave(AskedTopics topics) {
        topics.forEachEntry(entry -> leave(entry.asked()));
    }

    /** How many topics anybody asks for. */
    public int size() {
        return parts.stream().mapToInt(ConcurrentHashMap::size).sum();
    }

    /** A topic as those who ask for it share it; absent if nobody does. */
    @Nullable
    AskedTopic find(Topic topic) {
        return part(topic).get(topic);
    }

    public TopicEntry get(Topic topic) {
        AskedTopic asked = find(topic);
        return asked == null ? new TopicEntry(topic, 0, 0) : asked.entry();
    }

    /**
     * The topics of a filter that come next after one, or first of all, in the order of their names: so many at most. May
     * wait for another thread that lists.
     */
    public List<TopicEntry> after(Optional<Topic> topic, TopicFilter filter, int most) {
        List<TopicEntry> found = new ArrayList<>();
        listing.view().forEachAfter(topic, next -> {
            if (filter.allows(next)) {
                TopicEntry entry = get(next);
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

    private AskedTopic enter(Topic topic) {
        ConcurrentHashMap<Topic, AskedTopic> part = part(topic);
        while (true) {
            AskedTopic asked = part.get(topic);
            if (asked == null) {
                AskedTopic first = new AskedTopic(topic, workers);
                AskedTopic other = part.putIfAbsent(topic, first);
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

    private AskedTopic enterConnected(Topic topic) {
        AskedTopic asked = enter(topic);
        asked.connected();
        return asked;
    }

    private void leave(AskedTopic asked) {
        if (asked.leave()) {
            part(asked.topic()).remove(asked.topic(), asked);
        }
    }

    private Stream<Topic> topics() {
        return parts.stream().flatMap(part -> part.values().stream()).map(AskedTopic::topic);
    }

    private ConcurrentHashMap<Topic, AskedTopic> part(Topic topic) {
        int hash = topic.hashCode();
        // Other bits than those by which a part's map places it.
        return parts.get((hash * 0x9e3779b9) >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PARTS)));
    }
}
