package relay.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import relay.message.ClientId;
import relay.message.UserId;

/**
 * The events that wait for the backend, in the order in which they happened. It holds a bounded number of them: beyond that it drops the
 * oldest that are not under way, and the next one says how many were dropped before it. For any thread; nothing blocks.
 *
 * <p>Where several relays share it, one of them takes the events; if that one ends or dies, another goes on, and may take a few
 * again that had been taken: under the same ids.
 */
public interface Outbox {
    /** The most events that are taken at once. */
    int MOST_IN_BATCH = 100;

    /**
     * An event that waits.
     *
     * @param id unique, and the same whenever it is taken; ids of events that happened later are not less, compared as text
     * @param dropped how many events were dropped directly before it
     */
    record Entry(String id, Instant time, Event event, long dropped) {}

    /**
     * Events to be handed over together, 1 to {@value #MOST_IN_BATCH}, oldest first.
     *
     * @param id the same for the same events, however often they are taken
     */
    record Batch(String id, List<Entry> entries) {
        public Batch {
            entries = List.copyOf(entries);
        }
    }

    /** Begins. To be called once, when the engine has started. */
    void start();

    /** Ends: what waits is left to the next start, or to other relays, where it is stored. To be called once. */
    void stop();

    /** Adds an event. What an event is told of that was dropped includes messages that were {@linkplain #watch watched} no longer. */
    void add(Event event);

    /**
     * Whose clients are there at a start, of those that had been connected. Adds what was missed: that others have gone, or have connected.
     */
    void restored(Map<ClientId, UserId> present);

    /**
     * Adds an event when a time is over, unless the message is {@linkplain #received received} before that.
     *
     * @param left from 0
     */
    void watch(Event.Undelivered event, Duration left);

    /** A client of the user that a watched message was for has it. */
    void received(long sequence);

    /**
     * The oldest events that wait. The same ones again until they are {@link #taken}.
     *
     * @return completes when there are some; or empty: when it is stopped, or, where relays share it, after a few seconds without any, or
     *     in which another relay takes them. One call at a time; it may complete in a thread that must not be made to wait
     */
    CompletionStage<Optional<Batch>> next();

    /** The backend has these: they wait no longer. Completes when that is stored as safely as it will be. */
    CompletionStage<Void> taken(Batch batch);

    /** How many events wait, as far as this relay knows. */
    long waiting();

    /** How many events were dropped since the start, as far as this relay knows. */
    long dropped();
}
