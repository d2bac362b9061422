package relay.fanout;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;

/**
 * What is done about a client when its timer goes off: its credential or registration ends, it is pinged, or its connection
 * is closed because the relay goes away. The owning worker only.
 */
final class DueClients {
    private static final Logger LOG = LoggerFactory.getLogger(DueClients.class);

    /** With more of them at the same moment, other work comes in between: 50,000 pings take half a second. */
    private static final int MOST_AT_A_TIME = 64;

    private static final long LONGEST_TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Timers timers;
    private final Liveness liveness;
    private final Sessions sessions;
    private final ClientTable clients;
    private final Subscriptions subscriptions;
    private final AckPings ackPings;
    private final GapNotices notices;

    DueClients(
            Timers timers,
            Liveness liveness,
            Sessions sessions,
            ClientTable clients,
            Subscriptions subscriptions,
            AckPings ackPings,
            GapNotices notices) {
        this.timers = timers;
        this.liveness = liveness;
        this.sessions = sessions;
        this.clients = clients;
        this.subscriptions = subscriptions;
        this.ackPings = ackPings;
        this.notices = notices;
    }

    /** Sees to the clients whose timers have gone off, as far as there is time: the others are still due at the next call. */
    void attend() {
        liveness.attend();
        ackPings.attend();
        Optional<Subscriber> due = timers.pollDue();
        if (due.isEmpty()) {
            return;
        }
        long began = System.nanoTime();
        for (int seen = 1; due.isPresent(); seen++) {
            attendTo(due.get());
            boolean goesOn = seen < MOST_AT_A_TIME && System.nanoTime() - began < LONGEST_TURN_NANOS;
            due = goesOn ? timers.pollDue() : Optional.empty();
        }
    }

    private void attendTo(Subscriber subscriber) {
        Optional<SendQueue> queue = subscriber.client.queue();
        if (timers.now() >= timers.credentialEnd(subscriber)) {
            LOG.debug("client {}: its credential has expired", subscriber.client.id());
            sessions.credentialExpired(subscriber);
        } else if (queue.isEmpty()) {
            LOG.debug("client {} was not connected in time: dropped", subscriber.client.id());
            sessions.registrationExpired(subscriber);
        } else if (subscriber.isDraining()) {
            closeForGoingAway(subscriber, queue.get());
        } else {
            checkLiveness(subscriber, queue.get());
        }
    }

    private void checkLiveness(Subscriber subscriber, SendQueue queue) {
        Liveness.Verdict verdict = liveness.check(subscriber, queue);
        if (verdict == Liveness.Verdict.GONE) {
            LOG.info("client {} has not answered two pings: dropped", subscriber.client.id());
            queue.connection().abort(new TimeoutException("no answer to a ping"));
            sessions.connectionLost(subscriber);
            return;
        }
        sessions.moveOn(subscriber);
        timers.lookAt(subscriber, liveness.nextLook(subscriber, queue.connection()));
        if (verdict == Liveness.Verdict.PING) {
            queue.connection().ping(ackPings.pingPayload(subscriber));
        }
    }

    /**
     * Closes a connection whose client will come back, most likely to another relay: what it has received is known there as
     * soon as it has answered, or the connection has ended.
     */
    private void closeForGoingAway(Subscriber subscriber, SendQueue queue) {
        notices.tellNow(subscriber);
        boolean willAnswer = ackPings.askLast(subscriber, queue);
        queue.connection().close(CloseReason.GOING_AWAY);
        if (willAnswer) {
            subscriber.closing(queue);
            subscriptions.pause(subscriber);
            timers.lookAt(subscriber, timers.now() + subscriber.client.keep().toNanos());
        } else {
            sessions.connectionLost(subscriber);
        }
    }

    /** @param spreadNanos the time from now over which the connections are closed evenly */
    Drain drain(long spreadNanos) {
        return new Drain(spreadNanos);
    }

    /** Sets a timer for each connection, when it is closed because the relay goes away; in steps. */
    final class Drain {
        private static final int AT_A_TIME = 500;

        private final Iterator<Subscriber> all = clients.iterator();
        private final List<Subscriber> connected = new ArrayList<>();
        private final long began = timers.now();
        private final long spreadNanos;
        private int next;

        private Drain(long spreadNanos) {
            this.spreadNanos = spreadNanos;
        }

        /** Goes on, and returns whether there is more. */
        boolean step() {
            int end = next + AT_A_TIME;
            for (int seen = 0; seen < AT_A_TIME && all.hasNext(); seen++) {
                Subscriber subscriber = all.next();
                if (subscriber.client.queue().isPresent()) {
                    connected.add(subscriber);
                }
            }
            if (all.hasNext()) {
                return true;
            }
            for (; next < Math.min(end, connected.size()); next++) {
                closeAt(connected.get(next), began + spreadNanos / connected.size() * next);
            }
            return next < connected.size();
        }

        private void closeAt(Subscriber subscriber, long deadline) {
            if (subscriber.client.queue().isPresent()) {
                subscriber.drain();
                timers.set(subscriber, deadline);
            }
        }
    }
}
