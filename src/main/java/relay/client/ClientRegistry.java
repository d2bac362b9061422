package relay.client;

import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/** All registered clients by id, and in the order of their ids. For any thread. */
public final class ClientRegistry {
    private final ConcurrentHashMap<ClientId, Client> clients = new ConcurrentHashMap<>();

    /** For lists in pages. An id is added a moment after its client, and removed a moment after it. */
    private final NavigableSet<ClientId> inOrder = new ConcurrentSkipListSet<>();

    private final int maxClients;

    /** How many there are, those included that have taken room and are not here yet. */
    private final AtomicInteger count = new AtomicInteger();

    private final ConcurrentHashMap<UserId, Integer> ofUsers = new ConcurrentHashMap<>();
    private final int maxOfUser;
    private final Room room;

    /** @param maxClients how many clients it holds at most; their room is unbounded */
    public ClientRegistry(int maxClients) {
        this(maxClients, Integer.MAX_VALUE, Room.unbounded());
    }

    /**
     * An empty one.
     *
     * @param maxClients how many clients it holds at most
     * @param maxOfUser how many of these one user may have
     * @param room the heap and topics that they share
     */
    public ClientRegistry(int maxClients, int maxOfUser, Room room) {
        this.maxClients = maxClients;
        this.maxOfUser = maxOfUser;
        this.room = room;
    }

    /**
     * Adds a client with a new id, which asks for these topics.
     *
     * @throws UnavailableException if there is no room for it
     */
    public void add(Client client, Collection<Topic> topics) {
        takeRoom(client, topics);
        enter(client);
    }

    /**
     * Takes the room that a client with a new id needs, which is not found here yet: {@link #enter} or {@link #giveRoomBack} follows.
     *
     * @throws UnavailableException if there is no room for it
     */
    public void takeRoom(Client client, Collection<Topic> topics) {
        synchronized (client) {
            if (!enterUser(client)) {
                leaveUser(client);
                throw UnavailableException.userHasTooMany("registrations", maxOfUser);
            }
            if (count.getAndUpdate(now -> now < maxClients ? now + 1 : now) >= maxClients) {
                leaveUser(client);
                throw UnavailableException.noRoomFor("registrations");
            }
            Room.Share share = Room.shareOf(client, topics);
            if (!room.change(Room.Share.NONE, share)) {
                count.decrementAndGet();
                leaveUser(client);
                throw UnavailableException.noRoomFor("registrations and topics");
            }
            client.share(share);
        }
    }

    /** Adds a client that has taken room. */
    public void enter(Client client) {
        synchronized (client) {
            clients.put(client.id(), client);
        }
        inOrder.add(client.id());
    }

    /** A client that has taken room does not come after all. */
    public void giveRoomBack(Client client) {
        synchronized (client) {
            room.set(client.share(), Room.Share.NONE);
            client.share(Room.Share.NONE);
        }
        count.decrementAndGet();
        leaveUser(client);
    }

    /**
     * Adds a client from before a restart, whether or not there is room for it; others get room again when there is less than the
     * limits allow.
     *
     * @return whether there was room for it
     */
    public boolean restore(Client client, Collection<Topic> topics) {
        boolean within = enterUser(client);
        within &= count.incrementAndGet() <= maxClients;
        synchronized (client) {
            Room.Share share = Room.shareOf(client, topics);
            within &= room.force(share);
            client.share(share);
        }
        enter(client);
        return within;
    }

    /**
     * Reserves room for a client that wants to change to these topics; until {@link #settle}, it has room for the old and the
     * new ones.
     *
     * @return the share to settle for; empty if there is no room
     */
    public Optional<Room.Share> reserve(Client client, Collection<Topic> topics) {
        Room.Share wanted = Room.shareOf(client, topics);
        return grow(client, share -> share.atLeast(wanted)) ? Optional.of(wanted) : Optional.empty();
    }

    /**
     * Reserves room for a client that wants these topics beside those that it has, until {@link #settle}.
     *
     * @return whether there is room
     */
    public boolean reserveMore(Client client, Collection<Topic> topics) {
        Room.Share more = Room.shareOf(client, topics);
        return grow(client, share -> share.plus(more));
    }

    /**
     * Reserves room for a client that is to have other permissions, until {@link #settle}.
     *
     * @return whether there is room
     */
    public boolean reserve(Client client, Permissions wanted) {
        long more = Room.bytesOf(wanted) - Room.bytesOf(client.permissions());
        return grow(client, share -> share.plusBytes((int) Math.max(0, Math.min(more, Integer.MAX_VALUE))));
    }

    /**
     * Takes the room for other topics and permissions of a client, in place of that for those that it has. What is reserved for it beside
     * that stays reserved: its connection may have a command under way.
     *
     * @param before the topics that it has
     * @return whether there is room; if not, nothing has changed
     */
    public boolean change(Client client, Collection<Topic> before, Collection<Topic> now, Permissions permissions) {
        Room.Share part = Room.shareOf(client, before);
        Room.Share changed = Room.shareOf(client, permissions, now);
        return grow(client, share -> share.with(part, changed));
    }

    /** Whether there is room for a client's larger share; one that is gone needs none. */
    private boolean grow(Client client, UnaryOperator<Room.Share> change) {
        synchronized (client) {
            if (clients.get(client.id()) != client) {
                return true;
            }
            Room.Share now = change.apply(client.share());
            if (!room.change(client.share(), now)) {
                return false;
            }
            client.share(now);
            return true;
        }
    }

    /** Cancels the last reservation: the client keeps these topics. */
    public void settle(Client client, Collection<Topic> topics) {
        settle(client, Room.shareOf(client, topics));
    }

    /** The client takes its reserved share from now on. */
    public void settle(Client client, Room.Share now) {
        synchronized (client) {
            if (clients.get(client.id()) == client) {
                room.set(client.share(), now);
                client.share(now);
            }
        }
    }

    /** Counts a client of its user, and says whether that is within the limit; one that is nobody's has none. */
    private boolean enterUser(Client client) {
        return client.user()
                .map(user -> ofUsers.merge(user, 1, Integer::sum) <= maxOfUser)
                .orElse(true);
    }

    private void leaveUser(Client client) {
        client.user().ifPresent(user -> ofUsers.computeIfPresent(user, (key, count) -> count == 1 ? null : count - 1));
    }

    /** The client with this id in its written form; empty also if that is not an id. */
    public Optional<Client> find(String digits) {
        return ClientId.parse(digits).flatMap(this::find);
    }

    public Optional<Client> find(ClientId id) {
        return Optional.ofNullable(clients.get(id));
    }

    /** The next clients after an id, or the first ones, in the order of their ids: so many at most. */
    public List<Client> after(Optional<ClientId> id, int most) {
        return id.map(last -> inOrder.tailSet(last, false)).orElse(inOrder).stream()
                .map(clients::get)
                .filter(Objects::nonNull)
                .limit(most)
                .toList();
    }

    /** Removes a client, and returns whether it was there. */
    public boolean remove(Client client) {
        synchronized (client) {
            if (!clients.remove(client.id(), client)) {
                return false;
            }
            room.set(client.share(), Room.Share.NONE);
            client.share(Room.Share.NONE);
        }
        inOrder.remove(client.id());
        leaveUser(client);
        count.decrementAndGet();
        return true;
    }

    /** How many clients are registered. */
    public int size() {
        return count.get();
    }
}
