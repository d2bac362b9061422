package relay.fanout;

import java.util.Optional;
import java.util.function.Consumer;
import relay.outbound.SendQueue;
import relay.publish.Receipt;

/**
 * Asks clients by ping which messages they have received, where somebody needs to know: the registration is kept, or a
 * publisher waits for a receipt. The owning worker only.
 */
final class AckPings {
    private static final int MOST_AT_A_TIME = 64;

    private final Timers timers;
    private final Counts counts;
    private final AckSchedule schedule;
    private final Consumer<Subscriber> upToDate;

    /** @param upToDate tells a subscriber's tracker of all that it has been sent, if it is up to date */
    AckPings(Timers timers, Counts counts, AckSchedule schedule, Consumer<Subscriber> upToDate) {
        this.timers = timers;
        this.counts = counts;
        this.schedule = schedule;
        this.upToDate = upToDate;
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
            if (!acks.isNeeded() && subscriber.client.keep().isZero()) {
                schedule.forget(acks);
                subscriber.forgetAcks();
            }
        }
    }

    /** A subscriber was sent messages of the past, or a gap: asks what it has received, now or when it may be asked next. */
    void sent(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        if (acks != null && isAskable(subscriber)) {
            long now = timers.now();
            boolean asksNow = acks.isWaiting() && schedule.asksWith(acks, now);
            schedule.sent(acks, now);
            if (asksNow) {
                ask(subscriber, acks, now);
            }
        }
    }

    /** A subscriber has answered: asks what it has received since, now or when it may be asked next. */
    void askAgain(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        if (acks != null && acks.isWaiting() && isAskable(subscriber)) {
            long now = timers.now();
            if (acks.isOwed() || schedule.isDue(acks, now)) {
                ask(subscriber, acks, now);
            } else {
                schedule.sent(acks, now);
            }
        }
    }

    /** Asks a subscriber what it has received, unless it is asked already. */
    void ask(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        if (acks != null && acks.isWaiting() && isAskable(subscriber)) {
            ask(subscriber, acks, timers.now());
        }
    }

    private void ask(Subscriber subscriber, AckTracker acks, long now) {
        upToDate.accept(subscriber);
        String payload = Long.toString(acks.ask(now));
        subscriber.client.queue().ifPresent(queue -> queue.connection().ping(payload));
    }

    private static boolean isAskable(Subscriber subscriber) {
        SendQueue queue = subscriber.client.queue().orElse(null);
        return queue != null && queue.connection().answersPings();
    }

    /** Asks some of the clients whose streams have paused. */
    void attend() {
        for (int asked = 0; asked < MOST_AT_A_TIME; asked++) {
            AckTracker next = schedule.next(timers.now());
            if (next == null) {
                return;
            }
            ask(next.subscriber);
        }
    }

    /** Nanoseconds until {@link #attend} is to be called, not above the bound. */
    long untilNext(long bound) {
        return schedule.untilNext(timers.now(), bound);
    }

    /** A subscriber is not asked until it is sent something again. */
    void forget(Subscriber subscriber) {
        if (subscriber.acks() != null) {
            schedule.forget(subscriber.acks());
        }
    }

    /**
     * Asks a subscriber whose connection is about to be closed what it has received. The ping comes behind all that it was
     * sent, and is dropped with that where the queue's memory is needed.
     *
     * @return whether there is an answer to wait for
     */
    boolean askLast(Subscriber subscriber, SendQueue queue) {
        AckTracker acks = subscriber.acks();
        if (acks == null
                || subscriber.client.keep().isZero()
                || !queue.connection().answersPings()
                || !acks.isUnacknowledged()) {
            return false;
        }
        upToDate.accept(subscriber);
        acks.askLast(timers.now()).ifPresent(sequence -> queue.connection().ping(Long.toString(sequence)));
        return true;
    }

    /** What a ping carries that asks for no more than a sign of life. */
    String pingPayload(Subscriber subscriber) {
        upToDate.accept(subscriber);
        return Optional.ofNullable(subscriber.acks())
                .map(acks -> Long.toString(acks.ask(timers.now())))
                .orElse("");
    }
}
