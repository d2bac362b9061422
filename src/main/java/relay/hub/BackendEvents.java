package relay.hub;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import relay.engine.Event;
import relay.engine.Journal;
import relay.engine.Outbox;
import relay.fanout.RegistrationStore;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.UserId;
import relay.publish.PublishListener;
import relay.publish.Receipt;
import relay.schedule.Ticker;

/**
 * What happens in a hub that the backend is to hear of, on its way to the outbox. Without an outbox nothing is done, and nothing in its
 * place.
 *
 * <p>Where the engine keeps the registrations and brings the outbox, it knows itself who comes and goes, and which messages were not
 * received in time: then only what this relay alone knows comes from here. For any thread; nothing blocks.
 */
final class BackendEvents {
    private final Optional<Outbox> outbox;

    /** The same, unless the engine watches messages itself. */
    private final Optional<Outbox> watching;

    private final Ticker ticker;
    private final Optional<StoredEvents> registrations;

    /**
     * Passes events to an outbox.
     *
     * @param outbox empty: the backend hears nothing
     * @param shared whether the outbox is the engine's, which knows of registrations and messages itself
     * @param journal what has to be stored before the backend hears of it; empty: nothing is stored
     */
    BackendEvents(Optional<Outbox> outbox, boolean shared, Optional<Journal> journal, Ticker ticker) {
        this.outbox = outbox;
        this.ticker = ticker;
        this.watching = outbox.filter(any -> !shared);
        this.registrations = watching.map(own -> new StoredEvents(own, journal));
    }

    /**
     * Begins. To be called once, when the engine has started, and before any client connects.
     *
     * @param present whose clients are there since before this start, of those that had been connected; empty if none outlive it
     */
    void start(Optional<Map<ClientId, UserId>> present) {
        outbox.ifPresent(Outbox::start);
        watching.ifPresent(own -> present.ifPresent(own::restored));
    }

    /** Ends, before the engine does. To be called once. */
    void stop() {
        registrations.ifPresent(StoredEvents::stop);
        outbox.ifPresent(Outbox::stop);
    }

    /** The same store; the backend hears of who comes and goes. */
    RegistrationStore heard(RegistrationStore store) {
        return registrations
                .<RegistrationStore>map(events -> new HeardRegistrations(store, events::add))
                .orElse(store);
    }

    /** A message has its place in the sequence, and goes to the workers next. */
    void accepted(AcceptedMessage accepted, long acceptedNanos) {
        if (watching.isEmpty()) {
            return;
        }
        Message message = accepted.message();
        if (message.mayComeToNobody()) {
            Duration left = message.options().ttl().get().minusNanos(Math.max(0, ticker.nanos() - acceptedNanos));
            watching.get()
                    .watch(
                            new Event.Undelivered(
                                    accepted.id(), message.topics(), message.recipient(), Optional.empty()),
                            left.isNegative() ? Duration.ZERO : left);
        }
    }

    /** Is told the sequence of each message for one user with a {@code ttl} that has been received; empty: nobody asks for that. */
    Optional<LongConsumer> received() {
        return outbox.map(box -> box::received);
    }

    /** A receipt for a message: if its time runs out, the backend hears of it. */
    Receipt receipt(Message message, Duration within, PublishListener listener) {
        return outbox.map(box -> new Receipt(within, listener, outcome -> ranOut(box, message, outcome)))
                .orElseGet(() -> new Receipt(within, listener));
    }

    /** A relay that did not report in time may have handed it to nobody. */
    private static void ranOut(Outbox outbox, Message message, PublishListener.Outcome outcome) {
        if (outcome.acknowledged() < outcome.queued()) {
            outbox.add(new Event.Undelivered(
                    outcome.id(),
                    message.topics(),
                    message.recipient(),
                    Optional.of(new Event.Confirm(outcome.queued(), outcome.acknowledged()))));
        }
    }
}
