package relay.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import relay.engine.Event;
import relay.engine.Journal;
import relay.engine.Outbox;
import relay.fatal.Fatal;

/**
 * Events about registrations, on their way to the outbox: where registrations are stored, each waits until its cause is. So after a
 * restart, also after a kill, the outbox never knows of more than what is there, and {@link Outbox#restored} adds what it does not know.
 *
 * <p>At most two events wait for each registration, and the journal is asked once for all that wait. If the journal cannot store, they go
 * on all the same: what has happened has happened. For any thread; nothing blocks.
 */
final class StoredEvents {
    private final Outbox outbox;
    private final Optional<Journal> journal;

    /** In the order in which they happened, behind those that are under way. Guarded by this. */
    private List<Event> waiting = new ArrayList<>();

    /** What the journal is storing the causes of, or what is being passed on. Guarded by this. */
    private List<Event> underWay = List.of();

    /** Whether a thread passes on what is under way: no other does then, so they stay in order. Guarded by this. */
    private boolean passing;

    private boolean stopped;

    /** @param journal empty: nothing is stored */
    StoredEvents(Outbox outbox, Optional<Journal> journal) {
        this.outbox = outbox;
        this.journal = journal;
    }

    /** Something has happened, which the journal has been told already. */
    void add(Event event) {
        if (journal.isEmpty()) {
            outbox.add(event);
            return;
        }
        synchronized (this) {
            waiting.add(event);
        }
        goOn(journal.get());
    }

    private void goOn(Journal storing) {
        synchronized (this) {
            if (!underWay.isEmpty() || waiting.isEmpty()) {
                return;
            }
            takeWaiting();
        }
        storing.settled().whenComplete(Fatal.watched((stored, failure) -> {
            passOn();
            goOn(storing);
        }));
    }

    /** Passes on what waits still, without the journal: it stores all at its end. Later events stay where they are. */
    void stop() {
        synchronized (this) {
            stopped = true;
            if (underWay.isEmpty()) {
                takeWaiting();
            }
        }
        passOn();
    }

    private void passOn() {
        List<Event> next = begin();
        while (!next.isEmpty()) {
            next.forEach(outbox::add);
            next = done();
        }
    }

    /** What the caller is to pass on; nothing if another thread does that. */
    private synchronized List<Event> begin() {
        if (passing) {
            return List.of();
        }
        passing = !underWay.isEmpty();
        return underWay;
    }

    /** What the caller is to pass on next. */
    private synchronized List<Event> done() {
        underWay = List.of();
        if (stopped) {
            takeWaiting();
        }
        passing = !underWay.isEmpty();
        return underWay;
    }

    private synchronized void takeWaiting() {
        underWay = waiting;
        waiting = new ArrayList<>();
    }
}
