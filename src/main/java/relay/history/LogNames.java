package relay.history;

import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;

/**
 * The topics of which a log or a trim point is known, by name, and which logs the last messages came to: so that those are found that
 * match a pattern. With the history's lock held.
 *
 * <p>A relay whose clients ask for no pattern pays nothing: it begins with the first one that asks for one. From then on the names are
 * kept up to date, and those of the logs that there were before are gathered a few at a time ({@link PatternWalk}). A topic has a log
 * for everybody and one for each user that was sent something; the names of as many as there are of both are here.
 */
final class LogNames {
    private static final char WILDCARD = '*';

    /** For each topic how many of its logs and trim points are known. */
    private final NavigableMap<Topic, Integer> counts = new TreeMap<>();

    private final RecentLogs recent = new RecentLogs();

    /** The logs whose names are yet to be gathered; absent before it has begun, and when all are. */
    private @Nullable Gathering toGather;

    private boolean begun;

    /** Goes through the logs and trim points that there were before. */
    interface Gathering {
        /** Adds the next one, unless it is here already or is gone; false if there is none. */
        boolean addNext();
    }

    /** Whether names are kept. */
    boolean hasBegun() {
        return begun;
    }

    /** Whether the names of all logs are here. */
    boolean isComplete() {
        return begun && toGather == null;
    }

    /**
     * From now on names are kept.
     *
     * @param newest the sequence of the newest message
     */
    void begin(long newest, Gathering before) {
        begun = true;
        toGather = before;
        recent.begin(newest);
    }

    /** Gathers so many more names of logs that there were before, at most. */
    void gather(int most) {
        for (int i = 0; i < most && toGather != null; i++) {
            if (!toGather.addNext()) {
                toGather = null;
            }
        }
    }

    /** A log or a trim point of a topic is known that was not. */
    void add(Topic topic) {
        counts.merge(topic, 1, Integer::sum);
    }

    /** One of them is not known any more. */
    void remove(Topic topic) {
        counts.computeIfPresent(topic, (same, count) -> count == 1 ? null : count - 1);
    }

    RecentLogs recent() {
        return recent;
    }

    /** The topics that may match a pattern, in order, after one of these or from the first on. */
    Iterator<Topic> candidates(Topic pattern, @Nullable Topic after) {
        String prefix = prefix(pattern);
        NavigableMap<Topic, Integer> rest = after != null
                ? counts.tailMap(after, false)
                : prefix.isEmpty() ? counts : counts.tailMap(new Topic(prefix), true);
        Iterator<Map.Entry<Topic, Integer>> entries = rest.entrySet().iterator();
        return new Iterator<>() {
            private @Nullable Topic next = take();

            private @Nullable Topic take() {
                Topic topic = entries.hasNext() ? entries.next().getKey() : null;
                return topic != null && topic.name().startsWith(prefix) ? topic : null;
            }

            @Override
            public boolean hasNext() {
                return next != null;
            }

            @Override
            public Topic next() {
                if (next == null) {
                    throw new NoSuchElementException();
                }
                Topic topic = next;
                next = take();
                return topic;
            }
        };
    }

    /** What all topics begin with that match a pattern: of those, no segment but a wildcard has an asterisk. */
    private static String prefix(Topic pattern) {
        return pattern.name().substring(0, pattern.name().indexOf(WILDCARD));
    }
}
