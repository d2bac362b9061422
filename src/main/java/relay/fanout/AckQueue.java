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
 * Acknowledgements on their way to the worker that owns the clients, in the order in which they came. There are many, and mostly
 * nobody waits for them: so they are no commands, and the worker is not woken for each. While some have come lately it looks here
 * every few milliseconds; it is woken for the first one after a pause, and for each one while a publisher waits.
 *
 * <p>There is at most one for each frame that a client may send. {@link #add} is for any thread, all else belongs to the worker.
 */
public final class AckQueue {
    /** How long the worker sleeps at most while some have come lately. */
    static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** In place of a sequence: everything that was sent on the connection. No pong carries it. */
    public static final long EVERYTHING = Long.MAX_VALUE;

    /** How many are taken at a time, which takes half a millisecond at most. */
    public static final int PORTION = 1000;

    /** The one that was added last; it leads to the older ones. */
    private final AtomicReference<@Nullable Acknowledgement> newest = new AtomicReference<>();

    /** Whether the worker looks here soon without being woken. Written by the worker, read by threads that add. */
    private volatile boolean attended;

    /** Whether any have come since the worker slept. */
    private boolean some;

    /** The oldest of those whose order has been reversed, and that have not been taken yet. */
    private @Nullable Acknowledgement rest;

    /** How many receipts wait for acknowledgements. Each counts itself out when it is over. */
    private final AtomicInteger waiting = new AtomicInteger();

    /** One acknowledgement, and a link of the list, to save objects. */
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

    /** Adds one; true if the worker is to be woken for it. */
    boolean add(Client client, SendQueue queue, long sequence, long heardNanos) {
        Acknowledgement added = new Acknowledgement(client, queue, sequence, heardNanos);
        do {
            added.next = newest.get();
        } while (!newest.compareAndSet(added.next, added));
        return added.next == null && !attended;
    }

    /** A publisher waits: until it has its answer, the worker is woken for each acknowledgement. */
    void awaitedBy(Receipt receipt) {
        receipt.countIn(waiting);
    }

    /** Whether some are left after {@link #takeSome}. */
    boolean arePending() {
        return rest != null;
    }

    /**
     * Takes some, oldest first.
     *
     * @return whether all have been taken that were there before the call: then commands that were there too may be executed, since
     *     acknowledgements count before later commands
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
     * How long the worker may sleep, which has nothing to do for the given time. It is woken in time, or looks here again in time;
     * 0 if something was added meanwhile.
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

    /** Takes the list, and reverses it. */
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
