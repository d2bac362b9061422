package relay.hub;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import relay.client.Client;
import relay.client.Room;
import relay.fatal.Fatal;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UnavailableException;

/** Admits connections: up to a limit at a time, and none once the relay is leaving. For any thread. */
public final class Admission {
    private final Hub hub;
    private final int maxConnections;

    /** A permit for each connection that may still come. */
    private final Semaphore free;

    private final Room room;

    /** A connection that asks to be admitted. One of the methods is called, once, by the asking thread or one for requests. */
    public interface Newcomer {
        /** It is admitted, and has to {@link Admission#leave} in the end, unless this throws. */
        void admitted(Registrar.Opening opening);

        /** No client has the id that it gave. */
        void unknown();

        /** There is no room for it, or the engine does not work. */
        void refused(UnavailableException cause);

        /** One of the others threw this. */
        void failed(RuntimeException cause);
    }

    /** @param room what connections and registrations may take together */
    public Admission(Hub hub, int maxConnections, Room room) {
        this.hub = hub;
        this.room = room;
        this.maxConnections = maxConnections;
        this.free = new Semaphore(maxConnections);
    }

    /**
     * Admits a client's connection, if it may come in.
     *
     * @param digits the client's id in its written form
     * @param start from where the connection goes on
     */
    public void admit(String digits, StartPosition start, Newcomer newcomer) {
        admit(() -> hub.registrar().open(digits, start), newcomer);
    }

    /**
     * Admits the connection of a client without a registration, if it may come in.
     *
     * @param start from where the connection goes on
     */
    public void admit(Client client, Set<Topic> topics, StartPosition start, Newcomer newcomer) {
        admit(() -> hub.add(client, topics, start).thenApply(Optional::of), newcomer);
    }

    private void admit(Supplier<CompletionStage<Optional<Registrar.Opening>>> opening, Newcomer newcomer) {
        try {
            enter();
        } catch (UnavailableException e) {
            newcomer.refused(e);
            return;
        }
        begun(opening).whenComplete(Fatal.watched((opened, failure) -> {
            try {
                if (failure == null && opened.isPresent()) {
                    letIn(newcomer, opened.get());
                    return;
                }
                leave();
                if (failure == null) {
                    newcomer.unknown();
                } else {
                    newcomer.refused(UnavailableException.of(failure));
                }
            } catch (RuntimeException e) {
                newcomer.failed(e);
            }
        }));
    }

    private static CompletionStage<Optional<Registrar.Opening>> begun(
            Supplier<CompletionStage<Optional<Registrar.Opening>>> opening) {
        try {
            return opening.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private void letIn(Newcomer newcomer, Registrar.Opening opening) {
        try {
            newcomer.admitted(opening);
        } catch (RuntimeException | Error e) {
            leave();
            if (!opening.client().isRegistered()) {
                hub.unregister(opening.client());
            }
            throw e;
        }
    }

    /** Where something is wrong with a connection's request: whoever names no client is told just that. */
    public void refuse(String digits, Runnable known, Runnable unknown) {
        hub.registrar().find(digits).whenComplete(Fatal.watched((user, failure) -> {
            if (failure != null || user.isPresent()) {
                known.run();
            } else {
                unknown.run();
            }
        }));
    }

    /**
     * Lets a request in that waits for a message: it counts as a connection, and has to {@link #leave} in the end.
     *
     * @throws UnavailableException if there is no room for it, or the relay is leaving
     */
    public void enterToWait() {
        enter();
    }

    /** One that was let in has ended. */
    public void leave() {
        room.leaveConnection();
        free.release();
    }

    /** How many are in. */
    public int open() {
        return maxConnections - free.availablePermits();
    }

    private void enter() {
        hub.requireStaying();
        if (!free.tryAcquire()) {
            throw UnavailableException.noRoomFor("connections");
        }
        if (!room.enterConnection()) {
            free.release();
            throw UnavailableException.noRoomFor("connections and registrations");
        }
    }
}
