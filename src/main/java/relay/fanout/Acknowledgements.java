package relay.fanout;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.outbound.SendQueue;
import relay.publish.Receipt;

/**
 * What clients say that they have received, on its way to the worker that owns them, in the order in which it was said. It
 * is many small things for which nobody waits, mostly: so it is not a command for each, and the worker is not woken for each.
 * While some came lately it looks here by itself every few milliseconds; it is woken for the first after a pause, and for any
 * while a publisher waits.
 *
 * <p>There is at most one for each frame that a client may send. {@link #add} is for any thread, all else is the worker's.
 */
public final class Acknowledgements {
    /** So long the worker sleeps at most while some came lately. */
    static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** So many are taken in one go, which takes half a millisecond at most: a pile of more is taken in portions. */
    public static final int PORTION = 1000;

    /** The one that was added last, which leads to the others. */
    private final AtomicReference<@Nullable Acknowledgement> newest = new AtomicReference<>();

    /** Whether the worker looks here soon, without being woken. Written by the worker, read by whoever adds. */
    private volatile boolean attended;

    /** Whether any were there since the worker slept. */
    private boolean some;

    /** The oldest of those that have been turned round and not been taken yet. */
    private @Nullable Acknowledgement rest;

    /** How many publishers wait. Whoever ends what they wait for counts it out. */
    private final AtomicInteger waiting = new AtomicInteger();

    /** One of them: a link of the list itself, for there are very many. */
    static final class Acknowledgement {
        final Client client;
        final SendQueue queue;
        final long sequence;

        /** When it came in. */
        final long heardNanos;

        private @Nullable Acknowledgement next;

        private Acknowledgement(Client client, SendQueue queue, long sequence, long heardNanos) {
            this.client = client;
            this.queue = queue;
            this.sequence = sequence;
            this.heardNanos = heardNanos;
        }
    }

    /** One more; true if the worker is to be woken for it. */
    boolean add(Client client, SendQueue queue, long sequence, long heardNanos) {
        Acknowledgement added = new Acknowledgement(client, queue, sequence, heardNanos);
        do {
            added.next = newest.get();
        } while (!newest.compareAndSet(added.next, added));
        return added.next == null && !attended;
    }

    /** A publisher waits for some: all come at once, until it has its answer. */
    void awaitedBy(Receipt receipt) {
        receipt.countIn(waiting);
    }

    /** Whether some of a pile are left, to be taken at once. */
    boolean arePending() {
        return rest != null;
    }

    /**
     * Takes a portion of those that there are.
     *
     * @return whether all have been taken that were there before the call: so the commands that were there too may be carried
     *     out, for what was said before them counts
     */
    boolean takeSome(Consumer<Acknowledgement> action) {
        attended = true;
        boolean hasLooked = false;
        for (int taken = 0; taken < PORTION; taken++) {
            if (rest == null && !hasLooked) {
                rest = oldest();
                hasLooked = true;
            }
            Acknowledgement next = rest;
            if (next == null) {
                return true;
            }
            some = true;
            rest = next.next;
            action.accept(next);
        }
        return rest == null && hasLooked;
    }

    /**
     * How long the worker may sleep, which has nothing to do for so long: it is woken in time, or looks here again in time.
     * What was added meanwhile is there to be taken at once.
     */
    long untilNextLook(long longestNanos) {
        boolean looksSoon = waiting.get() == 0 && (some || longestNanos <= SOON_NANOS);
        some = false;
        if (looksSoon) {
            return Math.min(longestNanos, SOON_NANOS);
        }
        attended = false;
        return newest.get() == null ? longestNanos : 0;
    }

    /** Takes the list, turned round. */
    private @Nullable Acknowledgement oldest() {
        Acknowledgement oldest = null;
        if (newest.get() != null) {
            Acknowledgement next = newest.getAndSet(null);
            while (next != null) {
                Acknowledgement older = next.next;
                next.next = oldest;
                oldest = next;
                next = older;
            }
        }
        return oldest;
    }
}
