package relay.hub;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Subscribers by key (a topic, a user): joining and leaving take constant time, and going through the members of a key
 * touches nobody else. The owning worker only.
 */
final class Index<K> {
    private final Map<K, Members<K>> byKey = new HashMap<>();
    private final Consumer<K> firstJoined;
    private final Consumer<K> lastLeft;

    Index() {
        this(key -> {}, key -> {});
    }

    /**
     * An index whose keys somebody else counts.
     *
     * @param firstJoined is told the key that a first member has joined
     * @param lastLeft is told the key that the last member has left
     */
    Index(Consumer<K> firstJoined, Consumer<K> lastLeft) {
        this.firstJoined = firstJoined;
        this.lastLeft = lastLeft;
    }

    /** Adds a subscriber under a key; what comes back is the ticket to {@link #leave} with. */
    Membership<K> join(K key, Subscriber subscriber) {
        Members<K> members = byKey.computeIfAbsent(key, Members::new);
        if (members.size() == 0) {
            firstJoined.accept(key);
        }
        return members.add(subscriber);
    }

    /** Ends a membership. A key without members is forgotten. */
    void leave(Membership<K> membership) {
        Members<K> members = membership.members;
        members.remove(membership);
        if (members.size() == 0) {
            byKey.remove(members.key);
            lastLeft.accept(members.key);
        }
    }

    /** The members of a key; none if it is unknown. */
    Members<K> members(K key) {
        Members<K> members = byKey.get(key);
        return members == null ? new Members<>(key) : members;
    }

    /** One subscriber's place under one key. */
    static final class Membership<K> {
        private final Members<K> members;
        private final Subscriber subscriber;
        private int position;

        private Membership(Members<K> members, Subscriber subscriber, int position) {
            this.members = members;
            this.subscriber = subscriber;
            this.position = position;
        }

        K key() {
            return members.key;
        }
    }

    /** The subscribers under one key, without gaps and in no order. */
    static final class Members<K> {
        private static final Membership<?>[] NONE = {};

        private final K key;
        private @Nullable Membership<?>[] places = NONE;
        private int size;

        private Members(K key) {
            this.key = key;
        }

        int size() {
            return size;
        }

        Subscriber get(int position) {
            return Objects.requireNonNull(places[position]).subscriber;
        }

        private Membership<K> add(Subscriber subscriber) {
            if (size == places.length) {
                places = Arrays.copyOf(places, Math.max(2, size + (size >> 1)));
            }
            Membership<K> membership = new Membership<>(this, subscriber, size);
            places[size++] = membership;
            return membership;
        }

        private void remove(Membership<K> membership) {
            Membership<?> last = Objects.requireNonNull(places[--size]);
            places[membership.position] = last;
            last.position = membership.position;
            places[size] = null;
        }
    }
}
