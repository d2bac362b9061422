package relay.fanout;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import relay.client.Client;
import relay.client.ClientInfo;
import relay.history.TopicLogKey;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The clients of one worker for those who ask it something about them ({@link Worker#inSteps}). That worker only.
 */
public final class WorkerClients {
    /** So many topics or clients in one step of {@link Interest}, which then takes some hundred microseconds at most. */
    private static final int TOPICS_AT_A_TIME = 1_000;

    private static final int CLIENTS_AT_A_TIME = 500;

    private final Sessions sessions;
    private final ClientTable clients;
    private final TopicTable topics;
    private final Timers timers;
    private final Duration registerTtl;

    WorkerClients(Sessions sessions, ClientTable clients, TopicTable topics, Timers timers, Duration registerTtl) {
        this.sessions = sessions;
        this.clients = clients;
        this.topics = topics;
        this.timers = timers;
        this.registerTtl = registerTtl;
    }

    /** Removes a client; its connection is closed with {@link relay.outbound.CloseReason#DELETED}. */
    public void unregister(Client client) {
        sessions.unregister(client);
    }

    /** A client does not get what room was reserved for: it takes as much again as its subscriptions do. */
    public void settle(Client client) {
        sessions.settle(client);
    }

    /** The next clients of a user after an id, or the first ones, by growing id: at most so many. */
    public List<Client> clientsOf(UserId user, Optional<ClientId> after, int most) {
        return clients.after(user, after, most).stream()
                .map(subscriber -> subscriber.client)
                .toList();
    }

    /** What is known of a client; empty if it is gone. */
    public Optional<ClientInfo> describe(Client client) {
        return Optional.ofNullable(clients.find(client))
                .map(subscriber ->
                        new ClientInfo(client, subscriber.topics(), client.queue(), timeWithoutConnection(subscriber)));
    }

    /** How many topics a client is subscribed to. */
    public int topicsOf(Client client) {
        Subscriber subscriber = clients.find(client);
        return subscriber == null ? 0 : subscriber.topics().size();
    }

    /** Whether any client is subscribed to what a log holds, connected or not; a log for everybody: with any worker. */
    boolean areInterestedIn(TopicLogKey log) {
        return log.recipient()
                .map(user -> clients.of(user).stream().anyMatch(subscriber -> subscriber.isSubscribedTo(log.topic())))
                .orElseGet(() -> topics.hasSubscribers(log.topic()));
    }

    /** How much {@link #areInterestedIn} has to look at. */
    int costOf(TopicLogKey log) {
        return 1 + log.recipient().map(user -> clients.of(user).size()).orElse(0);
    }

    /** Begins to gather which users' clients are subscribed to which topics. */
    Interest interest() {
        return new Interest(clients.iterator(), topics.size());
    }

    /** Which users' clients are subscribed to which topics, gathered in steps. */
    static final class Interest {
        private final Iterator<Subscriber> rest;
        private final Map<Topic, Set<UserId>> users;

        /** @param topics how many there are: the map is that large from the start, for it would grow in one go */
        private Interest(Iterator<Subscriber> clients, int topics) {
            this.rest = clients;
            this.users = new HashMap<>(topics + topics / 2);
        }

        /** Goes on, and returns whether there is more. */
        boolean step() {
            int topics = 0;
            for (int seen = 0; seen < CLIENTS_AT_A_TIME && topics < TOPICS_AT_A_TIME && rest.hasNext(); seen++) {
                Subscriber subscriber = rest.next();
                for (Topic topic : subscriber.topics()) {
                    Set<UserId> ofTopic = users.computeIfAbsent(topic, first -> new HashSet<>());
                    subscriber.client.user().ifPresent(ofTopic::add);
                    topics++;
                }
            }
            return rest.hasNext();
        }

        Map<Topic, Set<UserId>> users() {
            return users;
        }
    }

    /** Its timer tells, unless that is the end of its credential. */
    private Optional<Duration> timeWithoutConnection(Subscriber subscriber) {
        Client client = subscriber.client;
        if (client.queue().isPresent() || subscriber.deadline == timers.credentialEnd(subscriber)) {
            return Optional.empty();
        }
        boolean neverConnected = subscriber.acks() == null;
        Duration whole = neverConnected ? registerTtl : client.keep();
        return Optional.of(whole.minusNanos(subscriber.deadline - timers.now()));
    }
}
