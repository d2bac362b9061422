package relay.hub;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.Permissions;
import relay.client.RegistrationChange;
import relay.engine.Peers;
import relay.engine.Registration;
import relay.engine.Registrations;
import relay.engine.Registrations.Standing;
import relay.fanout.ChangePlan;
import relay.hub.Registrar.Changed;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UnavailableException;

/**
 * Changes registrations that several relays share. For any thread; nothing blocks.
 *
 * <p>Whoever serves a client changes it: its worker, when all has come that was published before, and the answer waits until that is
 * stored. One that nobody serves is changed in the engine, at the newest message there. A client may move meanwhile: each of the two
 * changes nothing unless it is still the one to do it, and then the client is looked for again.
 *
 * <p>From a relay that is away the engine takes the client: when that relay comes back it finds so before it is brought what it has missed,
 * and sends the client away to connect anew. So it is, too, with a connection that is announced and does not come.
 */
final class SharedChanges {
    private static final Logger LOG = LoggerFactory.getLogger(SharedChanges.class);

    /** What relays call these among their questions. */
    private static final String QUESTIONS = "change";

    /** An announced connection has about a second to come. */
    private static final int ATTEMPTS_UNTIL_FORCE = 8;

    private static final int MOST_ATTEMPTS = 30;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

    private final Hub hub;
    private final SharedRegistrar registrar;
    private final Registrations registrations;
    private final Optional<Peers> peers;
    private final StoredForm form;
    private final Executor executor;

    SharedChanges(
            Hub hub,
            SharedRegistrar registrar,
            Registrations registrations,
            Optional<Peers> peers,
            StoredForm form,
            Executor executor) {
        this.hub = hub;
        this.registrar = registrar;
        this.registrations = registrations;
        this.peers = peers;
        this.form = form;
        this.executor = executor;
        peers.ifPresent(others -> others.answerWith(QUESTIONS, this::answer));
    }

    /** As {@link Registrar#change} says. */
    CompletionStage<Optional<Changed>> change(ClientId id, RegistrationChange change) {
        return attempt(id, change, 0);
    }

    /** As {@link Registrar#changeAllOf} says, of these clients. */
    CompletionStage<List<Changed>> changeAll(List<ClientId> ids, RegistrationChange change) {
        return new ChangeOfMany<>(ids, id -> change(id, change).exceptionallyCompose(failure -> asItIs(id, failure)))
                .begin();
    }

    private CompletionStage<Optional<Changed>> asItIs(ClientId id, Throwable failure) {
        Optional<String> why = Optional.of(UnavailableException.of(failure).detail());
        return registrations
                .standing(id)
                .thenApply(found -> found.map(standing ->
                        new Changed(id, standing.registration().topics().keySet(), why)))
                .exceptionally(unknown -> Optional.of(new Changed(id, Set.of(), why)));
    }

    private CompletionStage<Optional<Changed>> attempt(ClientId id, RegistrationChange change, int attempts) {
        if (attempts == MOST_ATTEMPTS) {
            return CompletableFuture.failedStage(UnavailableException.engine(
                    "this client moves between relays, or others change it: send the request again in a second"));
        }
        return registrations
                .standing(id)
                .thenComposeAsync(
                        found -> found.isEmpty()
                                ? CompletableFuture.completedStage(Optional.empty())
                                : attempt(found.get(), change, attempts),
                        executor);
    }

    private CompletionStage<Optional<Changed>> attempt(Standing standing, RegistrationChange change, int attempts) {
        return whereItIs(standing, change, attempts)
                .thenCompose(outcome -> outcome.changed().isPresent()
                        ? CompletableFuture.completedStage(outcome.changed())
                        : later(attempts, () -> attempt(standing.registration().id(), change, attempts + 1)));
    }

    private CompletionStage<ChangeOutcome> whereItIs(Standing standing, RegistrationChange change, int attempts) {
        if (standing.relay().isEmpty()) {
            return inEngine(standing, change, false);
        }
        return byItsRelay(standing, change)
                .thenComposeAsync(
                        outcome -> outcome.isAwaited() && attempts >= ATTEMPTS_UNTIL_FORCE
                                ? inEngine(standing, change, true)
                                : CompletableFuture.completedStage(outcome),
                        executor)
                .exceptionallyCompose(failure -> afterFailure(standing, failure));
    }

    private CompletionStage<ChangeOutcome> byItsRelay(Standing standing, RegistrationChange change) {
        String relay = standing.relay().orElseThrow();
        ClientId id = standing.registration().id();
        if (peers.isEmpty() || relay.equals(peers.get().name())) {
            return here(id, standing.claim(), change);
        }
        String question = ChangeText.of(new ChangeText.Question(id, standing.claim(), change));
        return peers.get()
                .ask(relay, QUESTIONS, question)
                .handleAsync(
                        (answer, failure) -> {
                            if (failure == null && answer.isPresent()) {
                                return CompletableFuture.completedStage(ChangeText.parseOutcome(id, answer.get()));
                            }
                            CompletionStage<ChangeOutcome> taken = inEngine(standing, change, false);
                            return failure == null
                                    ? taken
                                    : taken.thenApply(outcome -> {
                                        if (outcome.changed().isEmpty()) {
                                            throw notAnswered(failure);
                                        }
                                        return outcome;
                                    });
                        },
                        executor)
                .thenCompose(outcome -> outcome);
    }

    private static UnavailableException notAnswered(Throwable failure) {
        return UnavailableException.engine("the relay that serves this client has not answered, so it is not known"
                + " whether it has changed it: send the request again ("
                + UnavailableException.of(failure).detail() + ")");
    }

    /** One that has another claim now was not changed by the one before. */
    private CompletionStage<ChangeOutcome> afterFailure(Standing before, Throwable failure) {
        return registrations.standing(before.registration().id()).thenCompose(now -> {
            boolean same = now.isPresent()
                    && now.get().claim() == before.claim()
                    && now.get().relay().equals(before.relay());
            return same
                    ? CompletableFuture.failedStage(failure)
                    : CompletableFuture.completedStage(ChangeOutcome.MOVED);
        });
    }

    /** Nobody serves it, or a relay that is away; or, by force, any. */
    private CompletionStage<ChangeOutcome> inEngine(Standing standing, RegistrationChange change, boolean force) {
        Registration before = form.permitted(standing.registration());
        Permissions had = form.client(before).permissions();
        Set<Topic> topics = before.topics().keySet();
        ChangePlan plan = ChangePlan.of(change, had, topics);
        if (plan.refused().isPresent()) {
            return CompletableFuture.completedStage(ChangeOutcome.of(new Changed(before.id(), topics, plan.refused())));
        }
        Map<Topic, Long> starts = new HashMap<>();
        plan.topics().forEach(topic -> starts.put(topic, before.topics().getOrDefault(topic, 0L)));
        Permissions has = plan.permissions();
        Registration after = before.with(starts).changed(has.own(), has.publish());
        return registrations
                .change(standing, after, force)
                .thenApply(done -> done
                        ? ChangeOutcome.of(new Changed(before.id(), starts.keySet(), Optional.empty()))
                        : ChangeOutcome.MOVED);
    }

    /** This relay has claimed it. */
    private CompletionStage<ChangeOutcome> here(ClientId id, long claim, RegistrationChange change) {
        Optional<Client> client = registrar.served(id, claim);
        if (client.isEmpty()) {
            return CompletableFuture.completedStage(ChangeOutcome.AWAITED);
        }
        // With a connection, or none any more: the place of one that is about to come is in what it was opened with.
        return hub.isConnected(client.get())
                .thenCompose(connected -> connected
                        ? hub.change(client.get(), change).thenApply(SharedChanges::outcome)
                        : CompletableFuture.completedStage(ChangeOutcome.AWAITED));
    }

    private static ChangeOutcome outcome(Optional<Changed> changed) {
        return changed.map(ChangeOutcome::of).orElse(ChangeOutcome.MOVED);
    }

    /** Another relay asks. Called by a thread of the engine. */
    private CompletionStage<byte[]> answer(String text) {
        return CompletableFuture.completedStage(text)
                .thenApplyAsync(ChangeText::parseQuestion, executor)
                .thenCompose(question -> here(question.id(), question.claim(), question.change()))
                .handleAsync(
                        (outcome, failure) -> {
                            if (failure == null) {
                                return ChangeText.of(outcome);
                            }
                            LOG.debug("a change that another relay asked for has failed: {}", failure.getMessage());
                            return ChangeText.of(UnavailableException.of(failure));
                        },
                        executor);
    }

    private <T> CompletionStage<T> later(int attempts, Supplier<CompletionStage<T>> what) {
        long pause = Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(attempts, 10));
        Executor then = CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS, executor);
        return CompletableFuture.supplyAsync(what, then).thenCompose(stage -> stage);
    }
}
