package relay.hub;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.message.TopicFilter;

/**
 * How many clients ask for each topic, over all workers, in the order of the topics' names. For any thread: workers
 * count, and whoever lists topics reads, without a lock and without a worker's time.
 *
 * <p>A count is replaced as a whole, by comparing and setting, so none is lost. A topic that nobody asks for takes nothing.
 */
final class TopicCounts {
    private final ConcurrentNavigableMap<Topic, Count> counts =
            new ConcurrentSkipListMap<>(Comparator.comparing(Topic::name));

    /** @param topic as whoever asked for it first brought it */
    private record Count(Topic topic, int subscribers, int connected) {}

    /** So many more of these topics' clients, and so many more of them connected; or fewer. */
    void add(Collection<Topic> topics, int subscribers, int connected) {
        for (Topic topic : topics) {
            counts.merge(topic, new Count(topic, subscribers, connected), TopicCounts::sum);
        }
    }

    /**
     * A client without a connection asks for these topics.
     *
     * @return the same, to be kept instead: each is one object, however many clients ask for it
     */
    List<Topic> enter(Collection<Topic> topics) {
        add(topics, 1, 0);
        return topics.stream().map(this::kept).toList();
    }

    /**
     * A connected client asks for other topics.
     *
     * @return the same as now, to be kept instead
     */
    Set<Topic> replace(Set<Topic> before, Set<Topic> now) {
        add(before.stream().filter(topic -> !now.contains(topic)).toList(), -1, -1);
        add(now.stream().filter(topic -> !before.contains(topic)).toList(), 1, 1);
        return now.stream().map(this::kept).collect(Collectors.toUnmodifiableSet());
    }

    private Topic kept(Topic topic) {
        Count count = counts.get(topic);
        return count == null ? topic : count.topic;
    }

    /** How many topics anybody asks for. */
    int size() {
        return counts.size();
    }

    TopicEntry get(Topic topic) {
        return entry(counts.getOrDefault(topic, new Count(topic, 0, 0)));
    }

    /** The topics of a filter that come next after one, or first of all: so many at most. */
    List<TopicEntry> after(Optional<Topic> topic, TopicFilter filter, int most) {
        return topic.map(last -> counts.tailMap(last, false)).orElse(counts).entrySet().stream()
                .filter(entry -> filter.allows(entry.getKey()))
                .limit(most)
                .map(entry -> entry(entry.getValue()))
                .toList();
    }

    /** Absent where nobody is left. */
    private static @Nullable Count sum(Count count, Count more) {
        int subscribers = count.subscribers + more.subscribers;
        return subscribers == 0 ? null : new Count(count.topic, subscribers, count.connected + more.connected);
    }

    private static TopicEntry entry(Count count) {
        return new TopicEntry(count.topic, count.subscribers, count.connected);
    }
}
