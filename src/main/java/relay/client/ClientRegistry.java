package relay.client;

import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/** Every registered client by its id, and in the order of ids. For any thread. */
public final class ClientRegistry {
    private final ConcurrentHashMap<ClientId, Client> clients = new ConcurrentHashMap<>();

    /** For whoever lists them page by page. An id is here as long as its client is there, or a moment less. */
    private final NavigableSet<ClientId> inOrder = new ConcurrentSkipListSet<>();

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
        inOrder.add(client.id());
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
        return id.map(last -> inOrder.tailSet(last, false)).orElse(inOrder).stream()
                .map(clients::get)
                .filter(Objects::nonNull)
                .limit(most)
                .toList();
    }

    /** Removes a client, and says whether it was there. */
    public boolean remove(Client client) {
        boolean removed = clients.remove(client.id(), client);
        if (removed) {
            inOrder.remove(client.id());
            size.leave();
        }
        return removed;
    }

    /** How many clients are registered. */
    public int size() {
        return size.get();
    }
}
