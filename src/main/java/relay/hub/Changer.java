package relay.hub;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.client.RegistrationChange;
import relay.engine.Engine;
import relay.fanout.ChangePlan;
import relay.fanout.ChangedClient;
import relay.fanout.Worker;
import relay.fatal.Fatal;
import relay.message.Topic;
import relay.message.UnavailableException;

/**
 * Gives clients that are here other topics and permissions. For any thread; nothing blocks, and stages complete in threads for requests.
 *
 * <p>What becomes of a client is found out in such a thread: a thousand topics and as many patterns would take its worker some tens of
 * milliseconds. The worker puts it in force in one step, so each message comes either wholly before it or wholly after.
 */
final class Changer {
    private final Engine engine;
    private final Function<Client, Worker> ownerOf;
    private final Executor executor;

    /**
     * A client that was to change.
     *
     * @param failure why it could not, or why that may not last, where neither the client nor the change is to blame for that
     */
    private record Outcome(Registrar.Changed changed, Optional<UnavailableException> failure) {
        Registrar.Changed orThrow() {
            failure.ifPresent(one -> {
                throw one;
            });
            return changed;
        }

        Registrar.Changed inWords() {
            return new Registrar.Changed(
                    changed.id(),
                    changed.topics(),
                    changed.refused().or(() -> failure.map(UnavailableException::detail)));
        }
    }

    /** @param executor has threads for requests */
    Changer(Engine engine, Function<Client, Worker> ownerOf, Executor executor) {
        this.engine = engine;
        this.ownerOf = ownerOf;
        this.executor = executor;
    }

    /** Changes a client; empty if it is gone. Fails with the failure, where there is one. */
    CompletionStage<Optional<Registrar.Changed>> change(Client client, RegistrationChange change) {
        return begin(client, change).thenApply(outcome -> outcome.map(Outcome::orThrow));
    }

    private CompletionStage<Optional<Outcome>> begin(Client client, RegistrationChange change) {
        CompletableFuture<Optional<Outcome>> outcome = new CompletableFuture<>();
        ownerOf.apply(client).inSteps(worker -> {
            Optional<Set<Topic>> topics = worker.describe(client).map(info -> info.topics());
            executor.execute(Fatal.watched(() -> topics.ifPresentOrElse(
                    before -> prepare(client, change, before, outcome), () -> outcome.complete(Optional.empty()))));
            return false;
        });
        return outcome;
    }

    private void prepare(
            Client client, RegistrationChange change, Set<Topic> topics, CompletableFuture<Optional<Outcome>> outcome) {
        ChangePlan plan = ChangePlan.of(change, client.permissions(), topics);
        if (plan.refused().isPresent()) {
            outcome.complete(Optional.of(outcome(client, topics, plan.refused(), null)));
            return;
        }
        // Those too that it has already: it may give one of them up before this takes effect, and gets it back then.
        engine.follow(change.add(), Optional.of(new Engine.Reader(client.user(), true)))
                .whenComplete(Fatal.watched((hold, failure) -> {
                    if (failure == null) {
                        apply(client, plan, hold, outcome);
                    } else {
                        outcome.complete(Optional.of(outcome(client, topics, Optional.empty(), failure)));
                    }
                }));
    }

    private void apply(Client client, ChangePlan plan, Engine.Hold hold, CompletableFuture<Optional<Outcome>> outcome) {
        ownerOf.apply(client).change(client, plan).whenComplete(Fatal.watched((changed, failure) -> {
            hold.release();
            if (failure != null) {
                executor.execute(() -> outcome.completeExceptionally(failure));
            } else if (changed.isEmpty()) {
                executor.execute(() -> outcome.complete(Optional.empty()));
            } else {
                complete(client, changed.get(), outcome);
            }
        }));
    }

    private void complete(Client client, ChangedClient changed, CompletableFuture<Optional<Outcome>> outcome) {
        changed.done()
                .whenCompleteAsync(
                        Fatal.watched((none, failure) -> outcome.complete(
                                Optional.of(outcome(client, changed.topics(), changed.refused(), failure)))),
                        executor);
    }

    private static Outcome outcome(
            Client client, Set<Topic> topics, Optional<String> refused, @Nullable Throwable failure) {
        return new Outcome(
                new Registrar.Changed(client.id(), topics, refused),
                Optional.ofNullable(failure).map(UnavailableException::of));
    }

    /** Changes clients, each by itself: a failure is said of the client that has it. Those that are gone are left out. */
    CompletionStage<List<Registrar.Changed>> changeEach(List<Client> clients, RegistrationChange change) {
        return new ChangeOfMany<>(clients, one -> changeAlone(one, change)).begin();
    }

    private CompletionStage<Optional<Registrar.Changed>> changeAlone(Client client, RegistrationChange change) {
        return begin(client, change)
                .handle((outcome, failure) ->
                        failure == null ? outcome : Optional.of(outcome(client, Set.of(), Optional.empty(), failure)))
                .thenApply(outcome -> outcome.map(Outcome::inWords));
    }
}
