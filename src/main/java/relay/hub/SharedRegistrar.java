package relay.hub;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.Permissions;
import relay.client.RegistrationChange;
import relay.engine.Engine;
import relay.engine.Registration;
import relay.engine.Registrations;
import relay.engine.Registrations.Claim;
import relay.fanout.RegistrationStore;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;
import relay.outbound.CloseReason;

/**
 * The registrations that several relays share: this relay's registry holds those that are connected here, and only while
 * they are. For any thread.
 */
final class SharedRegistrar implements Registrar, RegistrationStore {
    private final Hub hub;
    private final ClientRegistry registry;
    private final Engine engine;
    private final Registrations registrations;
    private final Duration registerTtl;
    private final StoredForm form;
    private final Executor executor;

    /** The number of the claim by which each client is served here. */
    private final Map<Client, Long> claims = new ConcurrentHashMap<>();

    private final TakenClaims taken = new TakenClaims();
    private final SharedChanges changes;

    /** @param executor where stages complete: neither a worker nor the engine does a request's work */
    SharedRegistrar(
            Hub hub,
            ClientRegistry registry,
            Engine engine,
            Registrations registrations,
            Duration registerTtl,
            StoredForm form,
            Executor executor) {
        this.hub = hub;
        this.registry = registry;
        this.engine = engine;
        this.registrations = registrations;
        this.registerTtl = registerTtl;
        this.form = form;
        this.executor = executor;
        this.changes = new SharedChanges(hub, this, registrations, engine.peers(), form, executor);
    }

    @Override
    public CompletionStage<MessageId> add(Client client, Set<Topic> topics) {
        hub.requireStaying();
        return inExecutor(registrations.add(form.of(client, topics), registerTtl));
    }

    @Override
    public CompletionStage<Optional<UserId>> find(String digits) {
        return ClientId.parse(digits)
                .map(id -> inExecutor(registrations.find(id)).thenApply(found -> found.map(Registration::user)))
                .orElseGet(() -> CompletableFuture.completedStage(Optional.empty()));
    }

    @Override
    public CompletionStage<Optional<Opening>> open(String digits, StartPosition start) {
        return ClientId.parse(digits)
                .map(id -> inExecutor(registrations.claim(id).thenCompose(claim -> open(claim, start))))
                .orElseGet(() -> CompletableFuture.completedStage(Optional.empty()));
    }

    @Override
    public CompletionStage<Optional<Changed>> change(String digits, RegistrationChange change) {
        return ClientId.parse(digits)
                .map(id -> inExecutor(changes.change(id, change)))
                .orElseGet(() -> CompletableFuture.completedStage(Optional.empty()));
    }

    @Override
    public CompletionStage<List<Changed>> changeAllOf(UserId user, RegistrationChange change) {
        return inExecutor(registrations.of(user).thenCompose(ids -> changes.changeAll(ids, change)));
    }

    @Override
    public CompletionStage<Void> remove(String digits) {
        return ClientId.parse(digits)
                .map(id -> inExecutor(registrations.remove(id)).<Void>thenApply(there -> null))
                .orElseGet(() -> CompletableFuture.completedStage(null));
    }

    @Override
    public CompletionStage<Integer> removeAllOf(UserId user) {
        CompletionStage<Integer> here = removeUnregisteredOf(user);
        CompletionStage<Void> revoked = registrations.revoke(user);
        return inExecutor(registrations
                .of(user)
                .thenCompose(this::removeAll)
                .thenCombine(revoked, (count, done) -> count)
                .thenCombine(here, Integer::sum));
    }

    /** All clients of a user were removed, by any relay. */
    void removedAllOf(UserId user) {
        var unused = removeUnregisteredOf(user);
    }

    /** The engine does not know of them. */
    private CompletionStage<Integer> removeUnregisteredOf(UserId user) {
        CompletableFuture<Integer> removed = new CompletableFuture<>();
        hub.directory().removeUnregisteredOf(user, removed::complete);
        return removed;
    }

    @Override
    public void connected(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {
        asks(client, cursor, topics);
    }

    @Override
    public void asks(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {
        claimOf(client).ifPresent(claim -> registrations.topics(client.id(), claim, topics.get()));
    }

    @Override
    public CompletionStage<Void> renewed(Client client) {
        return claimOf(client)
                .map(claim -> registrations.renewed(
                        client.id(), claim, client.permissions().granted(), form.end(client.permissions())))
                .orElseGet(() -> CompletableFuture.completedStage(null));
    }

    @Override
    public CompletionStage<Void> changed(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {
        Permissions permissions = client.permissions();
        return claimOf(client)
                .map(claim -> registrations.changed(
                        client.id(), claim, permissions.own(), permissions.publish(), topics.get()))
                .orElseGet(
                        () -> CompletableFuture.failedStage(UnavailableException.engine("it is served elsewhere now")));
    }

    @Override
    public void acknowledged(Client client, long sequence) {
        claimOf(client).ifPresent(claim -> registrations.acknowledged(client.id(), claim, sequence));
    }

    @Override
    public boolean released(Client client, long cursor) {
        Long claim = claims.remove(client);
        if (claim != null) {
            OptionalLong known = cursor == NO_CURSOR ? OptionalLong.empty() : OptionalLong.of(cursor);
            registrations.release(client.id(), claim, known);
        }
        return true;
    }

    @Override
    public boolean expired(Client client, long cursor) {
        return released(client, cursor);
    }

    @Override
    public void ended(Client client) {
        Long claim = claims.remove(client);
        if (claim != null) {
            registrations.end(client.id(), claim);
        }
    }

    /** A newer connection at another relay serves a client that was claimed with this number, or an earlier one. */
    void replaced(ClientId id, long claim) {
        claimedBefore(id, claim).ifPresent(hub::replaced);
    }

    /** The registration of a client that was claimed with this number, or an earlier one, was changed by another relay in place of this one. */
    synchronized void taken(ClientId id, long claim) {
        taken.add(id, claim);
        claimedBefore(id, claim).ifPresent(hub::sendAway);
    }

    /** The registration of a client that was claimed with this number, or an earlier one, was removed. */
    void removed(ClientId id, long claim) {
        claimedBefore(id, claim).ifPresent(hub::unregister);
    }

    private CompletionStage<Optional<Opening>> open(Optional<Claim> claimed, StartPosition start) {
        if (claimed.isEmpty()) {
            return CompletableFuture.completedStage(Optional.empty());
        }
        Claim claim = new Claim(
                form.permitted(claimed.get().registration()),
                claimed.get().number(),
                claimed.get().cursor(),
                claimed.get().owesRetained());
        return opening(claim, start).thenApply(Optional::of).whenComplete((opening, failure) -> {
            if (failure != null) {
                registrations.release(claim.registration().id(), claim.number(), claim.cursor());
            }
        });
    }

    private CompletionStage<Opening> opening(Claim claim, StartPosition start) {
        Registration registration = claim.registration();
        try {
            Client client = form.client(registration);
            StartPosition from = start == StartPosition.NOW ? whereItWas(claim) : start;
            Optional<Engine.Reader> past = Optional.of(new Engine.Reader(client.user(), from == StartPosition.NOW));
            return engine.follow(registration.topics().keySet(), past).thenApply(hold -> {
                admit(client, claim, hold);
                return new Opening(client, from);
            });
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /**
     * The client of a claim, in place of one that an earlier claim has left here. Claims come here in any order: the client
     * of one that a later one has overtaken is at its end. One at a time, so that each sees what the one before did.
     */
    private synchronized void admit(Client client, Claim claim, Engine.Hold hold) {
        Optional<Client> present = registry.find(client.id());
        if (present.flatMap(this::claimOf)
                .filter(number -> number > claim.number())
                .isPresent()) {
            hub.afterAllFor(client, () -> client.end(CloseReason.REPLACED));
            hold.release();
            return;
        }
        present.ifPresent(this::giveWay);
        if (taken.has(client.id(), claim.number())) {
            hub.afterAllFor(client, () -> client.end(CloseReason.GOING_AWAY));
            hold.release();
            return;
        }
        claims.put(client, claim.number());
        try {
            hub.register(client, claim.registration().topics().keySet());
        } catch (RuntimeException e) {
            claims.remove(client);
            throw e;
        } finally {
            hub.afterAllFor(client, hold::release);
        }
    }

    private void giveWay(Client older) {
        claims.remove(older);
        hub.replaced(older);
    }

    private static StartPosition whereItWas(Claim claim) {
        Registration registration = claim.registration();
        if (registration.keep().isZero() || claim.cursor().isEmpty()) {
            return StartPosition.NOW;
        }
        Map<Topic, Long> starts = new HashMap<>();
        registration
                .topics()
                .forEach((topic, since) ->
                        starts.put(topic, Math.max(since, claim.cursor().getAsLong())));
        return new StartPosition.Resume(starts, claim.owesRetained());
    }

    private CompletionStage<Integer> removeAll(List<ClientId> ids) {
        CompletionStage<Integer> removed = CompletableFuture.completedStage(0);
        for (ClientId id : ids) {
            removed = removed.thenCombine(registrations.remove(id), (count, there) -> there ? count + 1 : count);
        }
        return removed;
    }

    private Optional<Client> claimedBefore(ClientId id, long claim) {
        return registry.find(id).filter(client -> {
            Long own = claims.get(client);
            return own != null && own <= claim && claims.remove(client, own);
        });
    }

    /** The client that is served here by this claim; empty if it is yet to be admitted, or has gone. */
    Optional<Client> served(ClientId id, long claim) {
        return registry.find(id)
                .filter(client -> claimOf(client).filter(own -> own == claim).isPresent());
    }

    private Optional<Long> claimOf(Client client) {
        return Optional.ofNullable(claims.get(client));
    }

    private <T> CompletionStage<T> inExecutor(CompletionStage<T> stage) {
        return stage.thenApplyAsync(result -> result, executor);
    }
}
