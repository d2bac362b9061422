package relay.client;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Every registered client by its id. For any thread. */
public final class ClientRegistry {
    private final ConcurrentHashMap<ClientId, Client> clients = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final int maxClients;

    /** @param maxClients how many clients it holds at most */
    public ClientRegistry(int maxClients) {
        this.maxClients = maxClients;
    }

    /** Adds a client with a new id, unless the registry is full. */
    public boolean add(Client client) {
        if (size.incrementAndGet() > maxClients) {
            size.decrementAndGet();
            return false;
        }
        clients.put(client.id(), client);
        return true;
    }

    public Optional<Client> find(ClientId id) {
        return Optional.ofNullable(clients.get(id));
    }

    /** Removes a client, and says whether it was there. */
    public boolean remove(Client client) {
        boolean removed = clients.remove(client.id(), client);
        if (removed) {
            size.decrementAndGet();
        }
        return removed;
    }

    /** How many clients are registered. */
    public int size() {
        return size.get();
    }
}
