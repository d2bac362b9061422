package relay.history;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A topic that is followed: since when the messages of its logs come. With the history's lock held. */
final class FollowedTopic {
    /** The logs that hold messages, or held them. */
    final Set<TopicLogKey> logs = new HashSet<>();

    private long since;

    /** The logs of which messages come since another time than of all others. */
    private final Map<TopicLogKey, Long> apart = new HashMap<>();

    /** @param since the sequence up to which no message came */
    FollowedTopic(long since) {
        this.since = since;
    }

    /** The sequence up to which no message of a log came. */
    long since(TopicLogKey key) {
        return apart.getOrDefault(key, since);
    }

    /** Of all but these logs messages come only since a sequence; returns the others that are known. */
    List<TopicLogKey> interrupt(Set<TopicLogKey> whole, long newSince) {
        Map<TopicLogKey, Long> before = new HashMap<>();
        whole.forEach(key -> before.put(key, since(key)));
        List<TopicLogKey> others =
                logs.stream().filter(key -> !whole.contains(key)).toList();
        others.forEach(logs::remove);
        apart.clear();
        apart.putAll(before);
        since = newSince;
        return others;
    }
}
