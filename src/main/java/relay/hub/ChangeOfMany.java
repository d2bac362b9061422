package relay.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import relay.fatal.Fatal;

/**
 * Changes many clients, some at a time: so they are stored together, and take few threads. For any thread; a lock is held only while
 * what is known of them changes.
 */
final class ChangeOfMany<T> {
    private static final int AT_A_TIME = 50;

    private final List<T> clients;
    private final Function<T, CompletionStage<Optional<Registrar.Changed>>> change;
    private final CompletableFuture<List<Registrar.Changed>> all = new CompletableFuture<>();
    private final Registrar.@Nullable Changed[] changed;
    private int next;
    private int done;

    /**
     * A change that has not begun.
     *
     * @param clients however their user names them
     * @param change changes one of them, and does not fail; empty if it is gone
     */
    ChangeOfMany(List<T> clients, Function<T, CompletionStage<Optional<Registrar.Changed>>> change) {
        this.clients = List.copyOf(clients);
        this.change = change;
        this.changed = new Registrar.Changed[clients.size()];
    }

    /** Begins; the stage has those that are still there, in the order of the clients. To be called once. */
    CompletionStage<List<Registrar.Changed>> begin() {
        if (clients.isEmpty()) {
            all.complete(List.of());
        }
        int first = Math.min(AT_A_TIME, clients.size());
        for (int i = 0; i < first; i++) {
            changeOn();
        }
        return all;
    }

    /** Changes one after the other, for as long as each of them ends at once: where all do, a call for each would take a deep stack. */
    private void changeOn() {
        OptionalInt number = take();
        while (number.isPresent() && endsAtOnce(number.getAsInt())) {
            number = take();
        }
    }

    private synchronized OptionalInt take() {
        return next == clients.size() ? OptionalInt.empty() : OptionalInt.of(next++);
    }

    /** Changes one. If it ends later, whoever ends it goes on with the next. */
    private boolean endsAtOnce(int number) {
        AtomicBoolean goesOn = new AtomicBoolean();
        change.apply(clients.get(number)).whenComplete(Fatal.watched((outcome, failure) -> {
            if (failure != null) {
                all.completeExceptionally(failure);
                return;
            }
            done(number, outcome);
            if (goesOn.getAndSet(true)) {
                changeOn();
            }
        }));
        return goesOn.getAndSet(true);
    }

    private void done(int number, Optional<Registrar.Changed> outcome) {
        boolean last;
        synchronized (this) {
            changed[number] = outcome.orElse(null);
            done++;
            last = done == clients.size();
        }
        if (last) {
            all.complete(found());
        }
    }

    private synchronized List<Registrar.Changed> found() {
        List<Registrar.Changed> found = new ArrayList<>();
        for (Registrar.Changed one : changed) {
            if (one != null) {
                found.add(one);
            }
        }
        return found;
    }
}
