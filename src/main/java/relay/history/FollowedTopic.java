package relay.history;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A topic of which messages come only since it is followed. With the history's lock held. */
final class FollowedTopic {
    /** Its logs that hold messages, or held some. */
    final Set<TopicLogKey> logs = new HashSet<>();

    private long since;

    /** The logs of which messages come since another time than of all others. */
    private final Map<TopicLogKey, Long> exceptions = new HashMap<>();

    /** @param since the sequence up to which no message came */
    FollowedTopic(long since) {
        this.since = since;
    }

    /** The sequence up to which no message of a log came. */
    long since(TopicLogKey key) {
        return exceptions.getOrDefault(key, since);
    }

    /** Messages of all logs but these come only since a later sequence; returns the other logs that are known. */
    List<TopicLogKey> interrupt(Set<TopicLogKey> whole, long newSince) {
        Map<TopicLogKey, Long> before = new HashMap<>();
        whole.forEach(key -> before.put(key, since(key)));
        List<TopicLogKey> others =
                logs.stream().filter(key -> !whole.contains(key)).toList();
        others.forEach(logs::remove);
        exceptions.clear();
        exceptions.putAll(before);
        since = newSince;
        return others;
    }
}
