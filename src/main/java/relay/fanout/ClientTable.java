package relay.fanout;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.message.ClientId;
import relay.message.UserId;

/** The clients that one worker owns, connected or not: each by itself, those of a user, and all of them. That worker only. */
final class ClientTable {
    private final IdentityHashMap<Client, Subscriber> byClient = new IdentityHashMap<>();
    private final List<Subscriber> all = new ArrayList<>();

    /** The only client of a user: most users have one, which takes no more than its place in this map. */
    private final Map<UserId, Subscriber> alone = new HashMap<>();

    /** The clients of users who have several. */
    private final Map<UserId, TreeMap<ClientId, Subscriber>> several = new HashMap<>();

    void add(Subscriber subscriber) {
        byClient.put(subscriber.client, subscriber);
        subscriber.number = all.size();
        all.add(subscriber);
        addToUser(subscriber);
    }

    /** Removes a client; does nothing if it is not here. */
    void remove(Subscriber subscriber) {
        if (byClient.remove(subscriber.client) == null) {
            return;
        }
        Subscriber last = all.remove(all.size() - 1);
        if (last != subscriber) {
            all.set(subscriber.number, last);
            last.number = subscriber.number;
        }
        removeFromUser(subscriber);
    }

    /** A client; absent if it was removed, or has not been added yet. */
    @Nullable
    Subscriber find(Client client) {
        return byClient.get(client);
    }

    /** A user's clients, by growing id: to be gone through before any is added or removed. */
    Collection<Subscriber> of(UserId user) {
        Subscriber only = alone.get(user);
        if (only != null) {
            return List.of(only);
        }
        TreeMap<ClientId, Subscriber> clients = several.get(user);
        return clients == null ? List.of() : clients.values();
    }

    /** The next clients of a user after an id, or the first ones, by growing id: at most so many. */
    List<Subscriber> after(UserId user, Optional<ClientId> id, int most) {
        TreeMap<ClientId, Subscriber> clients = several.get(user);
        if (clients == null) {
            return of(user).stream()
                    .filter(only -> id.isEmpty() || id.get().compareTo(only.client.id()) < 0)
                    .limit(most)
                    .toList();
        }
        SortedMap<ClientId, Subscriber> rest = id.isPresent() ? clients.tailMap(id.get(), false) : clients;
        return rest.values().stream().limit(most).toList();
    }

    /**
     * Goes through all clients, in steps if need be, while others come and go: a client that is here all the while is seen
     * once, one that is added meanwhile may be seen.
     */
    Iterator<Subscriber> iterator() {
        // From the end: a client that is moved to the place of a removed one has been seen, or will be seen there.
        return new Iterator<>() {
            private int unseen = all.size();

            @Override
            public boolean hasNext() {
                unseen = Math.min(unseen, all.size());
                return unseen > 0;
            }

            @Override
            public Subscriber next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                unseen--;
                return all.get(unseen);
            }
        };
    }

    /** All clients at this moment. */
    List<Subscriber> all() {
        return List.copyOf(all);
    }

    private void addToUser(Subscriber subscriber) {
        UserId user = subscriber.client.user().orElse(null);
        if (user == null) {
            return;
        }
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

    private void removeFromUser(Subscriber subscriber) {
        UserId user = subscriber.client.user().orElse(null);
        if (user == null) {
            return;
        }
        TreeMap<ClientId, Subscriber> clients = several.get(user);
        if (clients == null) {
            alone.remove(user, subscriber);
            return;
        }
        clients.remove(subscriber.client.id());
        if (clients.size() == 1) {
            several.remove(user);
            alone.put(user, clients.firstEntry().getValue());
        }
    }
}
