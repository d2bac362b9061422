package relay.fanout;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import relay.client.Client;
import relay.outbound.SendQueue;

/**
 * Those who catch up stand here, behind everybody who is up to date: each gets one step, a page, and goes to the end of the
 * line when the wire has taken that. The owning worker only.
 *
 * <p>They have a share of the worker's time: between two batches as long as the last one took, from
 * {@value #LEAST_MICROS} microseconds to a millisecond, and one step at least. While there is nothing else to do they have
 * all of it. A connection stands here once at most, for its next step is asked for when the last one is out.
 */
final class CatchUpQueue {
    private static final long LEAST_MICROS = 250;
    private static final long LEAST_NANOS = TimeUnit.MICROSECONDS.toNanos(LEAST_MICROS);
    private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Those whose next step is due. */
    private final ArrayDeque<Waiting> line = new ArrayDeque<>();

    /** All who catch up, whether or not the wire has taken the last page. */
    private final Set<Subscriber> all = new LinkedHashSet<>();

    private final Step step;

    /** How much of their time they have had since the last batch. */
    private long spentNanos;

    private record Waiting(Client client, SendQueue queue) {}

    /** Takes a client a page further, if it still catches up over this queue. */
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
        line.add(new Waiting(client, queue));
    }

    boolean isEmpty() {
        return line.isEmpty();
    }

    /**
     * Whoever has just come and finds nobody waiting need not wait either: most have missed nothing, or one page. So often as
     * there is time for it.
     */
    void admitWhoIsAlone() {
        if (line.size() == 1 && spentNanos < LEAST_NANOS) {
            next();
        }
    }

    /** Their turn, if there are any, after the worker has seen to the others for so long. Their time begins anew. */
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
            step.take(first.client(), first.queue());
            spentNanos += System.nanoTime() - began;
        }
    }
}
