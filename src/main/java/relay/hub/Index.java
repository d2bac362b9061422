package relay.hub;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Subscribers by key (a topic): joining and leaving take constant time, and going through the members of a key
 * touches nobody else. The owning worker only.
 */
final class Index<K> {
    private final Map<K, Members<K>> byKey = new HashMap<>();

    /** Adds a subscriber under a key; what comes back is the ticket to {@link #leave} with. */
    Membership<K> join(K key, Subscriber subscriber) {
        return byKey.computeIfAbsent(key, Members::new).add(subscriber);
    }

    /** Ends a membership. A key without members is forgotten. */
    void leave(Membership<K> membership) {
        Members<K> members = membership.members;
        members.remove(membership);
        if (members.size() == 0) {
            byKey.remove(members.key);
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
