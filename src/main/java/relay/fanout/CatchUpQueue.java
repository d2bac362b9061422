package relay.fanout;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import relay.client.Client;
import relay.outbound.SendQueue;

/**
 * Clients that catch up queue here, and give way to those that are up to date: each takes one step, a page of messages, and goes to
 * the end of the queue when its socket has taken that. The owning worker only.
 *
 * <p>They have a share of the worker's time: between two batches as long as the last batch took, from {@value #LEAST_MICROS}
 * microseconds to a millisecond, and one step at least. While there is nothing else to do they have all of it. A connection is
 * here once at most, since its next step is due only when the last one is out.
 */
final class CatchUpQueue {
    private static final long LEAST_MICROS = 250;
    private static final long LEAST_NANOS = TimeUnit.MICROSECONDS.toNanos(LEAST_MICROS);
    private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** The clients whose next step is due. */
    private final ArrayDeque<Waiting> line = new ArrayDeque<>();

    /** All clients that catch up, whether or not the socket has taken the last page. */
    private final Set<Subscriber> all = new LinkedHashSet<>();

    private final Step step;

    /** How much time they have had since the last batch. */
    private long spentNanos;

    private record Waiting(Client client, SendQueue queue, Runnable then) {}

    /** Takes a client a page further, if it still catches up over this send queue. */
    @FunctionalInterface
    interface Step {
        void take(Client client, SendQueue queue);
    }

    CatchUpQueue(Step step) {
        this.step = step;
    }

    /** A subscriber catches up from now on. */
    void begin(Subscriber subscriber) {
        all.add(subscriber);
    }

    /** A subscriber is up to date, or has lost its connection. */
    void end(Subscriber subscriber) {
        all.remove(subscriber);
    }

    Collection<Subscriber> all() {
        return all;
    }

    /** A client's next step is due. */
    void enter(Client client, SendQueue queue) {
        enter(client, queue, CatchUpQueue::nothing);
    }

    private static void nothing() {}

    /**
     * A client's next step is due.
     *
     * @param then runs when it has been taken, or its connection has ended
     */
    void enter(Client client, SendQueue queue, Runnable then) {
        line.add(new Waiting(client, queue, then));
    }

    boolean isEmpty() {
        return line.isEmpty();
    }

    /**
     * If a client is alone in the queue, it takes its step at once, as far as there is time: most have missed nothing, or one
     * page.
     */
    void admitWhoIsAlone() {
        if (line.size() == 1 && spentNanos < LEAST_NANOS) {
            next();
        }
    }

    /** Lets them take steps, after the worker has been busy with other clients for so long. */
    void takeTurn(long othersNanos) {
        if (line.isEmpty()) {
            spentNanos = 0;
            return;
        }
        long share = Math.max(LEAST_NANOS, Math.min(othersNanos, MOST_NANOS));
        do {
            next();
        } while (spentNanos < share && !line.isEmpty());
        spentNanos = 0;
    }

    private void next() {
        Waiting first = line.poll();
        if (first != null) {
            long began = System.nanoTime();
            try {
                step.take(first.client(), first.queue());
            } finally {
                first.then().run();
            }
            spentNanos += System.nanoTime() - began;
        }
    }
}
