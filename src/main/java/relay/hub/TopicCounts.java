package relay.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.message.TopicFilter;

/**
 * The topics that anybody asks for, over all workers, with how many do. For any thread, without a lock around more than a
 * place of a map: a client's topics are looked up here once, when it begins to ask for them.
 *
 * <p>A topic that nobody asks for takes nothing.
 */
final class TopicCounts {
    /** A map grows in one go, by the thread that happens to fill it: with a million topics each of these takes 0.2 ms. */
    private static final int PARTS = 256;

    private static final Comparator<TopicEntry> BY_NAME =
            Comparator.comparing(entry -> entry.topic().name());

    private final List<ConcurrentHashMap<Topic, AskedTopic>> parts = Stream.generate(
                    () -> new ConcurrentHashMap<Topic, AskedTopic>())
            .limit(PARTS)
            .toList();

    private final int workers;

    /** @param workers how many share the clients that ask */
    TopicCounts(int workers) {
        this.workers = workers;
    }

    /** A client without a connection asks for these topics from now on. */
    AskedTopics enter(Collection<Topic> topics) {
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
    int size() {
        return parts.stream().mapToInt(ConcurrentHashMap::size).sum();
    }

    /** A topic as those who ask for it share it; absent if nobody does. */
    @Nullable
    AskedTopic find(Topic topic) {
        return part(topic).get(topic);
    }

    TopicEntry get(Topic topic) {
        AskedTopic asked = find(topic);
        return asked == null ? new TopicEntry(topic, 0, 0) : asked.entry();
    }

    /**
     * The topics of a filter that come next after one, or first of all, in the order of their names: so many at most. It
     * goes through all topics once.
     */
    List<TopicEntry> after(Optional<Topic> topic, TopicFilter filter, int most) {
        PriorityQueue<TopicEntry> first = new PriorityQueue<>(BY_NAME.reversed());
        String after = topic.map(Topic::name).orElse("");
        for (ConcurrentHashMap<Topic, AskedTopic> part : parts) {
            for (AskedTopic asked : part.values()) {
                String name = asked.topic().name();
                TopicEntry last = first.size() < most ? null : first.peek();
                if (name.compareTo(after) > 0
                        && (last == null || name.compareTo(last.topic().name()) < 0)
                        && filter.allows(asked.topic())) {
                    addUnlessLeft(asked.entry(), first, most);
                }
            }
        }
        return first.stream().sorted(BY_NAME).toList();
    }

    private static void addUnlessLeft(TopicEntry entry, PriorityQueue<TopicEntry> first, int most) {
        if (entry.subscribers() > 0) {
            first.add(entry);
            if (first.size() > most) {
                first.remove();
            }
        }
    }

    private AskedTopic enter(Topic topic) {
        ConcurrentHashMap<Topic, AskedTopic> part = part(topic);
        while (true) {
            AskedTopic asked = part.get(topic);
            if (asked == null) {
                AskedTopic first = new AskedTopic(topic, workers);
                asked = part.putIfAbsent(topic, first);
                if (asked == null) {
                    return first;
                }
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

    private ConcurrentHashMap<Topic, AskedTopic> part(Topic topic) {
        int hash = topic.hashCode();
        // Other bits than those by which a part's map places it.
        return parts.get((hash * 0x9e3779b9) >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PARTS)));
    }
}
