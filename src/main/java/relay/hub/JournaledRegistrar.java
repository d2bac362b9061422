package relay.hub;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.RegistrationChange;
import relay.engine.Journal;
import relay.fanout.RegistrationStore;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/**
 * The registrations of a relay by itself that are to survive it: those of its own registry, and the engine's journal stores what is
 * needed to make them again. For any thread.
 *
 * <p>A client without {@code keep} ends with its connection, and the connection with the relay. So once it is connected, it is not to
 * come back after a restart, and for the journal it has ended.
 */
final class JournaledRegistrar implements Registrar, RegistrationStore {
    private static final Logger LOG = LoggerFactory.getLogger(JournaledRegistrar.class);

    /** The start of a topic that begins at the cursor. */
    private static final Long AT_CURSOR = 0L;

    private final Hub hub;
    private final LocalRegistrar local;
    private final ClientRegistry registry;
    private final Journal journal;
    private final StoredForm form;
    private final Duration registerTtl;
    private final Executor executor;

    /** The stored registrations whose time was over when the relay started. The starting thread's. */
    private final List<ClientId> over = new ArrayList<>();

    /** Whose clients were restored that had been connected. The starting thread's. */
    private Map<ClientId, UserId> present = new HashMap<>();

    /** How many were restored for which there would be no room by today's limits. The starting thread's. */
    private int beyondLimits;

    /** @param executor where stages complete: the engine does no request's work */
    JournaledRegistrar(
            Hub hub,
            ClientRegistry registry,
            Journal journal,
            StoredForm form,
            Duration registerTtl,
            Executor executor) {
        this.hub = hub;
        this.local = new LocalRegistrar(hub, registry);
        this.registry = registry;
        this.journal = journal;
        this.form = form;
        this.registerTtl = registerTtl;
        this.executor = executor;
    }

    /**
     * A client from before this start. The starting thread's.
     *
     * <p>What is over is not added: whoever had waited too long would find it, until a worker had come to its timer.
     */
    void restore(Journal.Entry stored) {
        Journal.Entry entry = new Journal.Entry(
                form.permitted(stored.registration()), stored.cursor(), stored.presence(), stored.since());
        Client client = form.client(entry.registration());
        Duration left = left(entry);
        if (left.isNegative() || left.isZero() || form.isOver(client.permissions())) {
            over.add(client.id());
            return;
        }
        if (entry.presence() != Journal.Presence.AWAITED) {
            client.rememberConnected();
            client.user().ifPresent(user -> present.put(client.id(), user));
        }
        if (!hub.restore(client, entry, left)) {
            beyondLimits++;
        }
    }

    /** How long somebody has to connect to it. The time of a connection that the end of the relay has cut counts from now. */
    private Duration left(Journal.Entry entry) {
        Duration keep = entry.registration().keep();
        return switch (entry.presence()) {
            case AWAITED -> registerTtl.minus(entry.since());
            case CONNECTED -> keep;
            case DISCONNECTED -> keep.minus(entry.since());
        };
    }

    /** Whose clients are there since before this start, of those that had been connected. Once, when the engine has started. The starting thread's. */
    Map<ClientId, UserId> takePresent() {
        Map<ClientId, UserId> taken = present;
        present = Map.of();
        return taken;
    }

    /** The engine has started, and has told of all clients from before. */
    void begin() {
        over.forEach(journal::ended);
        over.clear();
        if (beyondLimits > 0) {
            LOG.warn(
                    "{} of {} restored registrations are more than --max-registrations and the other limits allow now: they stay,"
                            + " and new ones are refused until there is room",
                    beyondLimits,
                    registry.size());
        }
    }

    @Override
    public CompletionStage<MessageId> add(Client client, Set<Topic> topics) {
        return inExecutor(hub.register(client, topics, () -> journal.add(form.of(client, topics))));
    }

    @Override
    public CompletionStage<Optional<UserId>> find(String digits) {
        return local.find(digits);
    }

    @Override
    public CompletionStage<Optional<Opening>> open(String digits, StartPosition start) {
        return local.open(digits, start);
    }

    @Override
    public CompletionStage<Optional<Changed>> change(String digits, RegistrationChange change) {
        return CompletableFuture.failedStage(UnavailableException.engine("registrations cannot be changed yet"));
    }

    @Override
    public CompletionStage<List<Changed>> changeAllOf(UserId user, RegistrationChange change) {
        return CompletableFuture.failedStage(UnavailableException.engine("registrations cannot be changed yet"));
    }

    @Override
    public CompletionStage<Void> remove(String digits) {
        Optional<Client> client = registry.find(digits).filter(Client::isRegistered);
        if (client.isEmpty()) {
            return CompletableFuture.completedStage(null);
        }
        return inExecutor(journal.remove(client.get().id()).thenAccept(stored -> hub.unregister(client.get())));
    }

    /**
     * Removes them at once, whether or not that can be stored: somebody wants them gone. If it cannot be stored, the request fails, and
     * a second one finds none, and succeeds when the journal has caught up.
     */
    @Override
    public CompletionStage<Integer> removeAllOf(UserId user) {
        return inExecutor(local.removeAllOf(user)
                .thenCompose(count -> journal.settled().handle((stored, failure) -> {
                    if (failure != null) {
                        throw UnavailableException.engine(
                                "this user's clients are removed, but a restart may bring them back:"
                                        + " send the request again until it is answered with 200 ("
                                        + UnavailableException.of(failure).detail() + ")");
                    }
                    return count;
                })));
    }

    @Override
    public void connected(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {
        if (client.keep().isZero()) {
            ended(client);
        } else {
            store(client, cursor, topics.get());
        }
    }

    @Override
    public void asks(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {
        if (!client.keep().isZero()) {
            store(client, cursor, topics.get());
        }
    }

    /**
     * Topics that begin at the cursor are stored without a start: so most clients have the same topics as before, and the journal need not
     * store them again.
     */
    private void store(Client client, long cursor, Map<Topic, Long> topics) {
        Map<Topic, Long> starts = new HashMap<>();
        topics.forEach((topic, start) -> starts.put(topic, start > cursor ? start : AT_CURSOR));
        journal.connected(client.id(), starts);
        journal.acknowledged(client.id(), cursor);
    }

    @Override
    public CompletionStage<Void> renewed(Client client) {
        return client.keep().isZero()
                ? CompletableFuture.completedStage(null)
                : journal.renewed(client.id(), client.permissions().granted(), form.end(client.permissions()));
    }

    @Override
    public void acknowledged(Client client, long sequence) {
        journal.acknowledged(client.id(), sequence);
    }

    /** A connection that ends because the relay leaves counts as connected until then: its time begins with the next start. */
    @Override
    public boolean released(Client client, long cursor) {
        if (client.keep().isZero()) {
            return false;
        }
        if (!hub.isGoingAway()) {
            journal.disconnected(client.id(), cursor == NO_CURSOR ? OptionalLong.empty() : OptionalLong.of(cursor));
        } else if (cursor != NO_CURSOR) {
            journal.acknowledged(client.id(), cursor);
        }
        return false;
    }

    /** While the relay leaves, nobody can connect to a client in time. */
    @Override
    public boolean expired(Client client, long cursor) {
        boolean goesOn = hub.isGoingAway();
        if (!goesOn) {
            ended(client);
        }
        return goesOn;
    }

    @Override
    public void ended(Client client) {
        if (client.isRegistered()) {
            journal.ended(client.id());
        }
    }

    private <T> CompletionStage<T> inExecutor(CompletionStage<T> stage) {
        return stage.thenApplyAsync(result -> result, executor);
    }
}
