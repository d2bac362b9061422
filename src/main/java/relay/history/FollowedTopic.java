package relay.history;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import relay.message.Topic;
import relay.message.UserId;

/** A topic, or a pattern, of which messages come only since it is followed. With the history's lock held. */
final class FollowedTopic {
    final Topic topic;

    /** Its logs that hold messages, or held some. */
    final Set<TopicLogKey> logs = new HashSet<>();

    /** The logs of a pattern that were loaded by name, since the pattern itself was. */
    private final Set<TopicLogKey> byName = new HashSet<>();

    private long since;

    /** Whose messages come since another time than those of all others. */
    private final Map<Optional<UserId>, Long> exceptions = new HashMap<>();

    /** @param since the sequence up to which no message came */
    FollowedTopic(Topic topic, long since) {
        this.topic = topic;
        this.since = since;
    }

    /** The sequence up to which no message for somebody came. */
    long since(Optional<UserId> recipient) {
        return exceptions.getOrDefault(recipient, since);
    }

    /** Nothing is known of a log any more. */
    void forget(TopicLogKey key) {
        logs.remove(key);
        byName.remove(key);
    }

    /** What came before has been brought of a log. */
    void loaded(TopicLogKey key) {
        if (topic.isPattern()) {
            byName.add(key);
        }
    }

    /**
     * What came before has been brought: of logs that were not loaded by name, messages for somebody may be missing only up to this
     * sequence. Returns those that are known.
     */
    List<TopicLogKey> loaded(Optional<UserId> recipient, long through) {
        exceptions.put(recipient, through);
        List<TopicLogKey> others = logs.stream()
                .filter(key -> key.recipient().equals(recipient) && !byName.contains(key))
                .toList();
        byName.removeIf(key -> key.recipient().equals(recipient));
        return others;
    }

    /**
     * Only messages for everybody and for these users are known to have come up to a later sequence; returns the other logs that are
     * known.
     */
    List<TopicLogKey> interrupt(Set<UserId> whole, long newSince) {
        Map<Optional<UserId>, Long> before = new HashMap<>();
        before.put(Optional.empty(), since(Optional.empty()));
        whole.forEach(user -> before.put(Optional.of(user), since(Optional.of(user))));
        List<TopicLogKey> others = logs.stream()
                .filter(key -> !before.containsKey(key.recipient()))
                .toList();
        others.forEach(logs::remove);
        exceptions.clear();
        exceptions.putAll(before);
        since = newSince;
        return others;
    }
}
