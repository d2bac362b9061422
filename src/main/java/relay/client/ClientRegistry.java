package relay.client;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Every registered client by its id, and in the order of ids. For any thread. */
public final class ClientRegistry {
    /** Ordered, so that they can be listed page by page. It takes no more memory than a hash map of the same. */
    private final ConcurrentNavigableMap<ClientId, Client> clients = new ConcurrentSkipListMap<>();

    private final BoundedCount size;

    /** @param maxClients how many clients it holds at most */
    public ClientRegistry(int maxClients) {
        this.size = new BoundedCount(maxClients);
    }

    /** Adds a client with a new id, unless the registry is full. */
    public boolean add(Client client) {
        if (!size.enter()) {
            return false;
        }
        clients.put(client.id(), client);
        return true;
    }

    /** The client that an id in its written form names; empty also if that is no id. */
    public Optional<Client> find(String digits) {
        return ClientId.parse(digits).flatMap(this::find);
    }

    public Optional<Client> find(ClientId id) {
        return Optional.ofNullable(clients.get(id));
    }

    /** The clients that come next after an id, or first of all, in the order of their ids: so many at most. */
    public List<Client> after(Optional<ClientId> id, int most) {
        return id.map(last -> clients.tailMap(last, false)).orElse(clients).values().stream()
                .limit(most)
                .toList();
    }

    /** Removes a client, and says whether it was there. */
    public boolean remove(Client client) {
        boolean removed = clients.remove(client.id(), client);
        if (removed) {
            size.leave();
        }
        return removed;
    }

    /** How many clients are registered. */
    public int size() {
        return size.get();
    }
}
