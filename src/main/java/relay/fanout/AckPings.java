package relay.fanout;

import java.util.Optional;
import relay.outbound.SendQueue;
import relay.publish.Receipt;

/**
 * Asks clients by ping which messages they have received, where somebody needs to know: the registration is kept, or a
 * publisher waits for a receipt. The owning worker only.
 */
final class AckPings {
    private final Timers timers;
    private final Counts counts;

    AckPings(Timers timers, Counts counts) {
        this.timers = timers;
        this.counts = counts;
    }

    /** A publisher waits until a subscriber has acknowledged the message that it gets next, if its connection can answer. */
    void expect(Subscriber subscriber, long sequence, Receipt receipt) {
        SendQueue queue = subscriber.client.queue().orElse(null);
        if (queue != null && queue.connection().answersPings()) {
            subscriber.trackAcks(sequence - 1).owe(sequence, receipt);
        }
    }

    /** A client has acknowledged a message; heardNanos is when, on the relay's ticker. */
    void acknowledged(Subscriber subscriber, long sequence, long heardNanos) {
        AckTracker acks = subscriber.acks();
        if (acks != null) {
            acks.answered(sequence, timers.since(heardNanos)).ifPresent(counts.acknowledgement::record);
            if (!acks.isOwed()) {
                subscriber.forgetAcksUnlessKept();
            }
        }
    }

    /** Asks a subscriber what it has received of what it was sent, now or when it may be asked next. */
    void askWhenDue(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        SendQueue queue = subscriber.client.queue().orElse(null);
        if (acks == null || queue == null || !queue.connection().answersPings()) {
            return;
        }
        long now = timers.now();
        if (acks.mayAsk(now)) {
            queue.connection().ping(Long.toString(acks.ask(now)));
        } else if (acks.isWaiting() && !subscriber.isDraining()) {
            timers.set(subscriber, Math.min(subscriber.deadline, acks.nextAskNanos()));
        }
    }

    /** The same, but by its timer: it is one of many. */
    void askSoon(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        long now = timers.now();
        boolean isDue = acks != null && acks.mayAsk(now);
        // Without a connection the timer is the end of its registration.
        if (isDue && subscriber.client.queue().isPresent() && !subscriber.isDraining()) {
            timers.set(subscriber, Math.min(subscriber.deadline, now));
        } else {
            askWhenDue(subscriber);
        }
    }

    /**
     * Asks a subscriber whose connection is about to be closed what it has received. The ping comes behind all that it was
     * sent, and is dropped with that where the queue's memory is needed.
     *
     * @param present the sequence up to which it has been sent everything, if it is up to date
     * @return whether there is an answer to wait for
     */
    boolean askLast(Subscriber subscriber, SendQueue queue, long present) {
        AckTracker acks = subscriber.acks();
        if (acks == null
                || subscriber.client.keep().isZero()
                || !queue.connection().answersPings()
                || !acks.isUnacknowledged()) {
            return false;
        }
        if (subscriber.isUpToDate()) {
            acks.sent(present);
        }
        acks.askLast(timers.now()).ifPresent(sequence -> queue.connection().ping(Long.toString(sequence)));
        return true;
    }

    /** What a ping carries that asks for no more than a sign of life. */
    String pingPayload(Subscriber subscriber) {
        return Optional.ofNullable(subscriber.acks())
                .map(acks -> Long.toString(acks.ask(timers.now())))
                .orElse("");
    }
}
