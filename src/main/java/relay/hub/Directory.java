package relay.hub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import relay.client.Client;
import relay.client.ClientInfo;
import relay.client.ClientRegistry;
import relay.client.TopicInfo;
import relay.fanout.ScatterGather;
import relay.fanout.TopicTable;
import relay.fanout.Worker;
import relay.fanout.WorkerClients;
import relay.history.History;
import relay.history.MessageLog;
import relay.history.RetainedMessages;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/**
 * Looks up who is subscribed to what, a page at a time, and removes all clients of a user.
 *
 * <p>Any thread may call any method, and none blocks but {@link #topics}. Whatever happened before a call (in the caller's thread) is in the
 * answer. Clients come in the order of their ids and topics in that of their names, each page after a place in that
 * order: so what is there all the while is on exactly one page, whatever comes and goes. A page of clients costs the
 * registry and the workers no more than what is on it, however many clients there are; a worker sees to it in steps, with
 * the messages that wait in between. A page of topics costs no worker's time: the calling thread looks up what is on it, and
 * the first to list puts all topics in order before ({@code TopicListing}).
 */
public final class Directory {
    private static final Comparator<Client> BY_ID = Comparator.comparing(Client::id);

    /** How many clients a worker looks up in one step. Each takes it well under a microsecond. */
    private static final int LOOKED_UP_AT_ONCE = 200;

    /** How many clients a worker removes in one step. Closing a socket takes it about 20 microseconds. */
    private static final int REMOVED_AT_ONCE = 10;

    /** After how many topics of these it pauses. Leaving one takes it about half a microsecond. */
    private static final int TOPICS_AT_ONCE = 1000;

    private final ClientRegistry registry;
    private final MessageLog log;
    private final TopicTable counts;
    private final List<Worker> workers;
    private final Function<Client, Worker> ownerOf;

    /**
     * A topic, with what the history has of it.
     *
     * @param held how many messages are stored, not counting those for one user
     * @param last the id of the last of these
     */
    public record TopicDetails(TopicInfo entry, int held, Optional<MessageId> last) {}

    /**
     * Some of the clients that were asked for, in the order of their ids.
     *
     * @param clients the clients on this page, except those that have gone meanwhile
     * @param next the id after which the next page begins; empty if this is the last
     */
    public record ClientPage(List<ClientInfo> clients, Optional<ClientId> next) {}

    Directory(
            ClientRegistry registry,
            MessageLog log,
            TopicTable counts,
            List<Worker> workers,
            Function<Client, Worker> ownerOf) {
        this.registry = registry;
        this.log = log;
        this.counts = counts;
        this.workers = List.copyOf(workers);
        this.ownerOf = ownerOf;
    }

    /**
     * Waits until the workers have executed all earlier commands: then topics are counted.
     *
     * @param settled called by a worker; it must neither block nor throw
     */
    public void settle(Runnable settled) {
        ScatterGather<Object> done = new ScatterGather<>(workers.size(), none -> settled.run());
        workers.forEach(worker -> worker.inSteps(clients -> {
            done.add(List.of());
            return false;
        }));
    }

    /**
     * The topics that have subscribers, as far as they are counted, or a retained value. The first request in a minute sorts all topics, which takes a
     * second or two for a million of them; others wait for that, and find them sorted.
     *
     * @param after the topic after which the page begins, whether or not it has subscribers
     * @param filter which topics count; going past others takes time, that of the calling thread
     */
    public List<TopicInfo> topics(Optional<Topic> after, TopicFilter filter, int most) {
        NavigableMap<Topic, TopicInfo> found = new TreeMap<>();
        counts.after(after, filter, most).forEach(entry -> found.put(entry.topic(), entry));
        for (Topic topic : retained(after, filter, most)) {
            TopicInfo entry = found.getOrDefault(topic, new TopicInfo(topic, 0, 0));
            found.put(topic, new TopicInfo(topic, entry.subscribers(), entry.connected(), true));
        }
        return found.values().stream().limit(most).toList();
    }

    private List<Topic> retained(Optional<Topic> after, TopicFilter filter, int most) {
        List<Topic> found = new ArrayList<>();
        RetainedMessages.Listing some = log.retained().after(after, most);
        some.topics().stream().filter(filter::allows).forEach(found::add);
        while (some.next().isPresent() && found.size() < most) {
            some = log.retained().after(some.next(), most - found.size());
            some.topics().stream().filter(filter::allows).forEach(found::add);
        }
        return found;
    }

    /** One topic, as far as it is counted; empty if it has no subscribers and nothing is stored of it. */
    public Optional<TopicDetails> topic(Topic topic) {
        TopicInfo counted = counts.get(topic);
        TopicInfo entry = new TopicInfo(
                topic,
                counted.subscribers(),
                counted.connected(),
                log.retained().isRetained(topic));
        History.Stored stored = log.history().stored(topic);
        if (entry.subscribers() == 0 && stored.messages() == 0 && !entry.retained()) {
            return Optional.empty();
        }
        Optional<MessageId> last =
                Optional.of(log.epochs().id(stored.lastSequence())).filter(id -> stored.messages() > 0);
        return Optional.of(new TopicDetails(entry, stored.messages(), last));
    }

    /**
     * All clients.
     *
     * @param after the id after which the page begins, whether or not a client has it
     * @param most how many clients a page has at most
     * @param found called once, by whichever thread; it must neither block nor throw
     */
    public void clients(Optional<ClientId> after, int most, Consumer<ClientPage> found) {
        describe(registry.after(after, most + 1), most, found);
    }

    /** The clients of a user, as {@link #clients} lists all. */
    public void clientsOf(UserId user, Optional<ClientId> after, int most, Consumer<ClientPage> found) {
        ScatterGather<Client> candidates = new ScatterGather<>(workers.size(), gathered -> {
            gathered.sort(BY_ID);
            describe(gathered.subList(0, Math.min(most + 1, gathered.size())), most, found);
        });
        workers.forEach(worker -> worker.inSteps(new Selection(user, after, most + 1, candidates)::step));
    }

    /**
     * All registered clients that a user has at this moment, in the order of their ids.
     *
     * @param found called once, by a worker; it must neither block nor throw
     */
    void registeredOf(UserId user, Consumer<List<Client>> found) {
        ScatterGather<Client> all = new ScatterGather<>(workers.size(), gathered -> {
            gathered.removeIf(client -> !client.isRegistered());
            gathered.sort(BY_ID);
            found.accept(gathered);
        });
        workers.forEach(worker -> worker.inSteps(new Selection(user, Optional.empty(), Integer.MAX_VALUE, all)::step));
    }

    /**
     * Removes all clients that a user has at this moment; their connections are closed with
     * {@link relay.outbound.CloseReason#DELETED}.
     *
     * @param removed is told how many there were: called once, by a worker, it must neither block nor throw
     */
    public void removeAllOf(UserId user, IntConsumer removed) {
        removeOf(user, client -> true, removed);
    }

    /** Removes, of the clients that {@link #removeAllOf} does, those that came without a registration. */
    void removeUnregisteredOf(UserId user, IntConsumer removed) {
        removeOf(user, client -> !client.isRegistered(), removed);
    }

    private void removeOf(UserId user, Predicate<Client> which, IntConsumer removed) {
        ScatterGather<Integer> parts = new ScatterGather<>(
                workers.size(),
                counted -> removed.accept(
                        counted.stream().mapToInt(Integer::intValue).sum()));
        workers.forEach(worker -> worker.inSteps(new Removal(user, which, parts)::step));
    }

    private void describe(List<Client> candidates, int most, Consumer<ClientPage> found) {
        List<Client> page = candidates.subList(0, Math.min(most, candidates.size()));
        Optional<ClientId> next =
                candidates.size() > most ? Optional.of(page.get(most - 1).id()) : Optional.empty();
        if (page.isEmpty()) {
            found.accept(new ClientPage(List.of(), next));
            return;
        }
        Map<Worker, List<Client>> shares = new LinkedHashMap<>();
        page.forEach(client -> shares.computeIfAbsent(ownerOf.apply(client), owner -> new ArrayList<>())
                .add(client));
        ScatterGather<ClientInfo> entries = new ScatterGather<>(shares.size(), gathered -> {
            gathered.sort(Comparator.comparing(ClientInfo::client, BY_ID));
            found.accept(new ClientPage(gathered, next));
        });
        shares.forEach((owner, share) -> owner.inSteps(new Description(share, entries)::step));
    }

    /** The first of one worker's clients of a user, after a place. That worker only. */
    private static final class Selection {
        private final UserId user;
        private final int most;
        private final ScatterGather<Client> candidates;
        private final List<Client> selected = new ArrayList<>();
        private Optional<ClientId> last;

        Selection(UserId user, Optional<ClientId> after, int most, ScatterGather<Client> candidates) {
            this.user = user;
            this.last = after;
            this.most = most;
            this.candidates = candidates;
        }

        boolean step(WorkerClients worker) {
            int wanted = Math.min(LOOKED_UP_AT_ONCE, most - selected.size());
            List<Client> next = worker.clientsOf(user, last, wanted);
            selected.addAll(next);
            boolean more = next.size() == wanted && selected.size() < most;
            if (more) {
                last = Optional.of(next.get(wanted - 1).id());
            } else {
                candidates.add(selected);
            }
            return more;
        }
    }

    /** One worker's share of a page. Its thread only. */
    private static final class Description {
        private final List<Client> clients;
        private final ScatterGather<ClientInfo> entries;
        private final List<ClientInfo> described = new ArrayList<>();
        private int next;

        Description(List<Client> clients, ScatterGather<ClientInfo> entries) {
            this.clients = clients;
            this.entries = entries;
        }

        boolean step(WorkerClients worker) {
            int end = Math.min(next + LOOKED_UP_AT_ONCE, clients.size());
            clients.subList(next, end).forEach(client -> worker.describe(client).ifPresent(described::add));
            next = end;
            boolean more = end < clients.size();
            if (!more) {
                entries.add(described);
            }
            return more;
        }
    }

    /** The removal of one worker's clients of a user, in the order of their ids, so that it ends. That worker only. */
    private final class Removal {
        private final UserId user;
        private final Predicate<Client> which;
        private final ScatterGather<Integer> parts;
        private Optional<ClientId> last = Optional.empty();
        private int removed;

        Removal(UserId user, Predicate<Client> which, ScatterGather<Integer> parts) {
            this.user = user;
            this.which = which;
            this.parts = parts;
        }

        boolean step(WorkerClients worker) {
            List<Client> next = worker.clientsOf(user, last, REMOVED_AT_ONCE);
            int topics = 0;
            for (Client client : next) {
                if (topics >= TOPICS_AT_ONCE) {
                    return true;
                }
                topics += worker.topicsOf(client);
                if (which.test(client)) {
                    if (registry.remove(client)) {
                        removed++;
                    }
                    worker.unregister(client);
                }
                last = Optional.of(client.id());
            }
            boolean more = next.size() == REMOVED_AT_ONCE;
            if (!more) {
                parts.add(List.of(removed));
            }
            return more;
        }
    }
}
