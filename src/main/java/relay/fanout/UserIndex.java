package relay.fanout;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import relay.client.ClientId;
import relay.message.UserId;

/**
 * One worker's clients by user, connected or not, those of one user in the order of their ids. The owning worker only.
 *
 * <p>Most users have one client, and that one takes no more than its place in a map.
 */
final class UserIndex {
    private final Map<UserId, Subscriber> alone = new HashMap<>();
    private final Map<UserId, TreeMap<ClientId, Subscriber>> several = new HashMap<>();

    void add(Subscriber subscriber) {
        UserId user = subscriber.client.user();
        TreeMap<ClientId, Subscriber> others = several.get(user);
        if (others != null) {
            others.put(subscriber.client.id(), subscriber);
            return;
        }
        Subscriber other = alone.putIfAbsent(user, subscriber);
        if (other != null) {
            alone.remove(user);
            TreeMap<ClientId, Subscriber> both = new TreeMap<>();
            both.put(other.client.id(), other);
            both.put(subscriber.client.id(), subscriber);
            several.put(user, both);
        }
    }

    /** Forgets one that was added. */
    void remove(Subscriber subscriber) {
        UserId user = subscriber.client.user();
        TreeMap<ClientId, Subscriber> all = several.get(user);
        if (all == null) {
            alone.remove(user, subscriber);
            return;
        }
        all.remove(subscriber.client.id());
        if (all.size() == 1) {
            several.remove(user);
            alone.put(user, all.firstEntry().getValue());
        }
    }

    /** A user's clients: to be gone through before any is added or removed. */
    Collection<Subscriber> of(UserId user) {
        Subscriber only = alone.get(user);
        if (only != null) {
            return List.of(only);
        }
        TreeMap<ClientId, Subscriber> all = several.get(user);
        return all == null ? List.of() : all.values();
    }

    /** The clients of a user that come next after an id, or first of all: so many at most. */
    List<Subscriber> after(UserId user, Optional<ClientId> id, int most) {
        TreeMap<ClientId, Subscriber> all = several.get(user);
        if (all == null) {
            return of(user).stream()
                    .filter(only -> id.isEmpty() || id.get().compareTo(only.client.id()) < 0)
                    .limit(most)
                    .toList();
        }
        SortedMap<ClientId, Subscriber> rest = id.isPresent() ? all.tailMap(id.get(), false) : all;
        return rest.values().stream().limit(most).toList();
    }
}
