package relay.client;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Every registered client by its id. For any thread. */
public final class ClientRegistry {
    private final ConcurrentHashMap<ClientId, Client> clients = new ConcurrentHashMap<>();
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
