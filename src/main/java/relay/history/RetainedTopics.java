package relay.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The retained values by topic, in the order of the topics' names: of those that a pattern may match, only topics that begin as the
 * pattern does are looked at. With the lock of {@link RetainedMessages} held.
 */
final class RetainedTopics {
    /** How many topics are looked at in one go. */
    static final int AT_A_TIME = 64;

    private final NavigableMap<Topic, Values> topics = new TreeMap<>();

    /** The values of one topic. */
    private static final class Values {
        private @Nullable StoredMessage forAll;
        private Map<UserId, StoredMessage> forUsers = Map.of();

        @Nullable
        StoredMessage get(Optional<UserId> recipient) {
            return recipient.isPresent() ? forUsers.get(recipient.get()) : forAll;
        }

        void put(Optional<UserId> recipient, StoredMessage value) {
            if (recipient.isEmpty()) {
                forAll = value;
                return;
            }
            if (forUsers.isEmpty()) {
                forUsers = new HashMap<>(2);
            }
            forUsers.put(recipient.get(), value);
        }

        void remove(Optional<UserId> recipient) {
            if (recipient.isEmpty()) {
                forAll = null;
            } else if (!forUsers.isEmpty()) {
                forUsers.remove(recipient.get());
            }
        }

        boolean isEmpty() {
            return forAll == null && forUsers.isEmpty();
        }

        /** The value for everybody, and the one for a user. */
        void forEach(Optional<UserId> user, Consumer<StoredMessage> action) {
            if (forAll != null) {
                action.accept(forAll);
            }
            StoredMessage own = user.isEmpty() ? null : forUsers.get(user.get());
            if (own != null) {
                action.accept(own);
            }
        }
    }

    @FunctionalInterface
    private interface Visitor {
        void visit(Topic topic, Values values);
    }

    boolean isEmpty() {
        return topics.isEmpty();
    }

    @Nullable
    StoredMessage get(TopicLogKey key) {
        Values values = topics.get(key.topic());
        return values == null ? null : values.get(key.recipient());
    }

    void put(TopicLogKey key, StoredMessage value) {
        topics.computeIfAbsent(key.topic(), topic -> new Values()).put(key.recipient(), value);
    }

    void remove(TopicLogKey key) {
        Values values = topics.get(key.topic());
        if (values != null) {
            values.remove(key.recipient());
            if (values.isEmpty()) {
                topics.remove(key.topic());
            }
        }
    }

    /** All values of a topic, whoever gets them. */
    List<StoredMessage> all(Topic topic) {
        Values values = topics.get(topic);
        List<StoredMessage> all = new ArrayList<>(values == null ? List.of() : values.forUsers.values());
        if (values != null && values.forAll != null) {
            all.add(values.forAll);
        }
        return all;
    }

    /** Whether there may be a value of a topic, or of one that a pattern matches, that a user gets. */
    boolean mayHave(Topic topic, Optional<UserId> user) {
        if (topic.isPattern()) {
            NavigableMap<Topic, Values> range = from(prefix(topic), Optional.empty());
            return !range.isEmpty() && range.firstKey().name().startsWith(prefix(topic));
        }
        Values values = topics.get(topic);
        return values != null && (values.forAll != null || (user.isPresent() && values.get(user) != null));
    }

    /** Gives the values of a topic that a user gets. */
    void find(Topic topic, Optional<UserId> user, Consumer<StoredMessage> found) {
        Values values = topics.get(topic);
        if (values != null) {
            values.forEach(user, found);
        }
    }

    /**
     * Gives the values that a user gets of some topics that match a pattern, in the order of their names.
     *
     * @param behind the topic after which it goes on; empty: from the first one
     * @return where to go on; empty if that was all
     */
    Optional<Topic> findSome(
            Topic pattern, Optional<Topic> behind, Optional<UserId> user, Consumer<StoredMessage> found) {
        return scan(pattern, behind, (topic, values) -> values.forEach(user, found));
    }

    /** Gives some topics that match a pattern; as {@link #findSome}. */
    Optional<Topic> someTopics(Topic pattern, Optional<Topic> behind, Consumer<Topic> found) {
        return scan(pattern, behind, (topic, values) -> found.accept(topic));
    }

    private Optional<Topic> scan(Topic pattern, Optional<Topic> behind, Visitor visitor) {
        String prefix = prefix(pattern);
        int seen = 0;
        for (Map.Entry<Topic, Values> next : from(prefix, behind).entrySet()) {
            Topic topic = next.getKey();
            if (!topic.name().startsWith(prefix)) {
                return Optional.empty();
            }
            if (pattern.matches(topic)) {
                visitor.visit(topic, next.getValue());
            }
            seen++;
            if (seen == AT_A_TIME) {
                return Optional.of(topic);
            }
        }
        return Optional.empty();
    }

    /** The next topics after one, or the first ones, whose value for everybody fulfils a condition: as {@link RetainedMessages#after}. */
    RetainedMessages.Listing after(Optional<Topic> topic, int most, Predicate<StoredMessage> condition) {
        List<Topic> found = new ArrayList<>();
        int seen = 0;
        for (Map.Entry<Topic, Values> next : from("", topic).entrySet()) {
            StoredMessage value = next.getValue().forAll;
            if (value != null && condition.test(value)) {
                found.add(next.getKey());
            }
            seen++;
            if (seen == AT_A_TIME || found.size() == most) {
                return new RetainedMessages.Listing(found, Optional.of(next.getKey()));
            }
        }
        return new RetainedMessages.Listing(found, Optional.empty());
    }

    private NavigableMap<Topic, Values> from(String prefix, Optional<Topic> behind) {
        if (behind.isPresent()) {
            return topics.tailMap(behind.get(), false);
        }
        return prefix.isEmpty() ? topics : topics.tailMap(new Topic(prefix), true);
    }

    private static String prefix(Topic pattern) {
        return pattern.name().substring(0, pattern.name().indexOf('*'));
    }
}
