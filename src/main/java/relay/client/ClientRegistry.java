package relay.client;

import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/** Every registered client by its id, and in the order of ids. For any thread. */
public final class ClientRegistry {
    private final ConcurrentHashMap<ClientId, Client> clients = new ConcurrentHashMap<>();

    /** For whoever lists them page by page. An id is here as long as its client is there, or a moment less. */
    private final NavigableSet<ClientId> inOrder = new ConcurrentSkipListSet<>();

    private final BoundedCount size;
    private final ConcurrentHashMap<UserId, Integer> ofUsers = new ConcurrentHashMap<>();
    private final int maxOfUser;
    private final Room room;

    /** @param maxClients how many clients it holds at most; they may take as much room as they like */
    public ClientRegistry(int maxClients) {
        this(maxClients, Integer.MAX_VALUE, Room.unbounded());
    }

    /**
     * An empty one.
     *
     * @param maxClients how many clients it holds at most
     * @param maxOfUser how many of these may be one user's
     * @param room what they may take together
     */
    public ClientRegistry(int maxClients, int maxOfUser, Room room) {
        this.size = new BoundedCount(maxClients);
        this.maxOfUser = maxOfUser;
        this.room = room;
    }

    /**
     * Adds a client with a new id, which asks for these topics.
     *
     * @throws UnavailableException if there is no room for it
     */
    public void add(Client client, Collection<Topic> topics) {
        synchronized (client) {
            if (ofUsers.merge(client.user(), 1, Integer::sum) > maxOfUser) {
                leave(client.user());
                throw UnavailableException.userHasTooMany("registrations", maxOfUser);
            }
            if (!size.enter()) {
                leave(client.user());
                throw UnavailableException.noRoomFor("registrations");
            }
            Room.Share share = Room.shareOf(client, topics);
            if (!room.change(Room.Share.NONE, share)) {
                size.leave();
                leave(client.user());
                throw UnavailableException.noRoomFor("registrations and topics");
            }
            client.share(share);
            clients.put(client.id(), client);
        }
        inOrder.add(client.id());
    }

    /**
     * Makes sure of the room that a client takes if it asks for these topics, beside that for what it asks for now.
     *
     * @return what it takes then, to {@link #settle} for; empty if there is no room
     */
    public Optional<Room.Share> reserve(Client client, Collection<Topic> topics) {
        Room.Share wanted = Room.shareOf(client, topics);
        synchronized (client) {
            Room.Share now = client.share().atLeast(wanted);
            if (clients.get(client.id()) != client) {
                return Optional.of(wanted);
            }
            if (!room.change(client.share(), now)) {
                return Optional.empty();
            }
            client.share(now);
            return Optional.of(wanted);
        }
    }

    /** A client does not get what was reserved for it last: it goes on to ask for these topics. */
    public void settle(Client client, Collection<Topic> topics) {
        settle(client, Room.shareOf(client, topics));
    }

    /** A client takes from now on what was reserved for it. */
    public void settle(Client client, Room.Share now) {
        synchronized (client) {
            if (clients.get(client.id()) == client) {
                room.set(client.share(), now);
                client.share(now);
            }
        }
    }

    private void leave(UserId user) {
        ofUsers.computeIfPresent(user, (key, count) -> count == 1 ? null : count - 1);
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
        synchronized (client) {
            if (!clients.remove(client.id(), client)) {
                return false;
            }
            room.set(client.share(), Room.Share.NONE);
            client.share(Room.Share.NONE);
        }
        inOrder.remove(client.id());
        leave(client.user());
        size.leave();
        return true;
    }

    /** How many clients are registered. */
    public int size() {
        return size.get();
    }
}
