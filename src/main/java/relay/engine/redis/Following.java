package relay.engine.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import relay.engine.Engine.Hold;
import relay.fatal.Fatal;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/** One request to follow topics: subscribe, then load, then wait until all that came meanwhile is here. */
final class Following {
    private final Parts parts;
    private final Executor engine;
    private final Set<Topic> topics;
    private final Optional<UserId> pastOf;
    private final CompletableFuture<Hold> result = new CompletableFuture<>();

    Following(Parts parts, Executor engine, Set<Topic> topics, Optional<UserId> pastOf) {
        this.parts = parts;
        this.engine = engine;
        this.topics = topics;
        this.pastOf = pastOf;
    }

    CompletionStage<Hold> result() {
        return result;
    }

    void fail(UnavailableException cause) {
        result.completeExceptionally(cause);
    }

    /** By the engine thread, as soon as none of them is being left. */
    void begin(Supplier<@Nullable Current> sessions) {
        Current current = sessions.get();
        if (current == null) {
            fail(new CallFailedException(true, "the session with the engine has ended").unavailable());
            return;
        }
        Optional<CompletionStage<Void>> leaving = parts.follows().leaving(topics);
        if (leaving.isPresent()) {
            leaving.get().thenRunAsync(() -> begin(sessions), engine);
            return;
        }
        follow(current);
    }

    private void follow(Current current) {
        List<Followed> held = parts.follows().hold(current, topics);
        Hold hold = once(() -> engine.execute(() -> parts.follows().release(held)));
        all(held.stream().map(followed -> followed.ready).toList())
                .thenComposeAsync(ready -> past(current, held), engine)
                .whenComplete(Fatal.watched((done, failure) -> {
                    if (failure != null) {
                        fail(unavailable(failure));
                    }
                    // Whoever asked may have been told already that the session has ended.
                    if (!result.complete(hold)) {
                        hold.release();
                    }
                }));
    }

    private CompletionStage<?> past(Current current, List<Followed> held) {
        if (pastOf.isEmpty()) {
            return CompletableFuture.completedStage(null);
        }
        List<CompletionStage<Void>> loading = new ArrayList<>();
        for (Followed followed : held) {
            loading.add(parts.follows().load(current, followed, Optional.empty()));
            loading.add(parts.follows().load(current, followed, pastOf));
        }
        return all(loading).thenCompose(loaded -> parts.barriers().raise(current.session()));
    }

    private static CompletionStage<Void> all(List<? extends CompletionStage<Void>> stages) {
        return CompletableFuture.allOf(
                stages.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new));
    }

    private static Hold once(Runnable release) {
        AtomicBoolean released = new AtomicBoolean();
        return () -> {
            if (released.compareAndSet(false, true)) {
                release.run();
            }
        };
    }

    private static UnavailableException unavailable(Throwable failure) {
        return Session.cause(failure) instanceof CallFailedException failed
                ? failed.unavailable()
                : UnavailableException.engine("the engine could not bring the topics: come back in a second");
    }
}
