package relay.fanout;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who works for a {@link Worker} at the moment: its own thread, a helper, or nobody. It is never two of them, and whoever has the turn
 * sees all that its predecessors did.
 *
 * <p>{@link #commandCame}, {@link #messageCame} and {@link #claim} are for any thread; {@link #begin} and the methods that wait are for the
 * worker's own thread; {@link #beginHelp} and {@link #endHelp} are for whoever was asked to help.
 */
final class Turn {
    private static final Logger LOG = LoggerFactory.getLogger(Turn.class);

    /** How long to wait for a helper, which hands the turn over when it has done its part: it does not take long. */
    private static final long HELP_NANOS = 1_000_000;

    private enum State {
        /** Nobody has it: the worker's thread waits, and there is nothing to do. */
        FREE,
        /** Somebody has been asked to help, but has not begun. */
        ASKED,
        /** A helper has it. */
        HELPED,
        /** The worker's thread has it, but waits for more to come. */
        GATHERING,
        /** The worker's thread has it. */
        OWN
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.OWN);

    /** Whether there is nothing to do. */
    private final BooleanSupplier idle;

    private volatile Thread own = Thread.currentThread();

    /** When the worker's thread wakes by itself, on the clock of the system. */
    private volatile long wakesAt;

    Turn(BooleanSupplier idle) {
        this.idle = idle;
    }

    /** The worker's thread is the current one: it has the turn. */
    void begin() {
        own = Thread.currentThread();
    }

    /** There is something to do for the worker's thread: it is woken, unless somebody has the turn, and will see it. */
    void commandCame() {
        if (state.get() == State.FREE && state.compareAndSet(State.FREE, State.OWN)) {
            LockSupport.unpark(own);
        } else {
            endGathering();
        }
    }

    /**
     * There is something to do that a helper may do too.
     *
     * @param asked asks for one; false if there is none
     */
    void messageCame(BooleanSupplier asked) {
        if (state.get() == State.FREE && state.compareAndSet(State.FREE, State.ASKED)) {
            if (!asked.getAsBoolean()) {
                claim();
            }
        } else {
            endGathering();
        }
    }

    private void endGathering() {
        if (state.get() == State.GATHERING && state.compareAndSet(State.GATHERING, State.OWN)) {
            LockSupport.unpark(own);
        }
    }

    /** The worker's thread is not to wait for a helper who has not begun: it may never do so. */
    void claim() {
        if (state.compareAndSet(State.ASKED, State.OWN)) {
            LockSupport.unpark(own);
        } else {
            commandCame();
        }
    }

    /** The helper's turn begins; false if the worker's thread has taken it. */
    boolean beginHelp() {
        return state.compareAndSet(State.ASKED, State.HELPED);
    }

    /**
     * The helper's turn ends.
     *
     * @param untilNextNanos how long the worker's thread has nothing to do, if nothing comes; 0 or less: it has something to do now
     */
    void endHelp(long untilNextNanos) {
        if (untilNextNanos <= 0) {
            state.set(State.OWN);
            LockSupport.unpark(own);
            return;
        }
        long next = System.nanoTime() + untilNextNanos;
        boolean isEarlier = next - wakesAt < 0;
        if (isEarlier) {
            wakesAt = next;
        }
        state.set(State.FREE);
        if (isEarlier) {
            LockSupport.unpark(own);
        }
        if (!idle.getAsBoolean()) {
            commandCame();
        }
    }

    /** The worker's thread gives the turn up, and waits until it has something to do, or for this long. Then it has the turn again. */
    void rest(long nanos) {
        wakesAt = System.nanoTime() + nanos;
        state.set(State.FREE);
        if (!idle.getAsBoolean() && state.compareAndSet(State.FREE, State.OWN)) {
            return;
        }
        while (state.get() != State.OWN) {
            long left = wakesAt - System.nanoTime();
            if (left > 0) {
                park(left);
            } else if (!state.compareAndSet(State.FREE, State.OWN) && !state.compareAndSet(State.ASKED, State.OWN)) {
                park(HELP_NANOS);
            }
        }
    }

    /** The worker's thread keeps the turn, and waits until something comes, for this long at most. */
    void gather(long nanos) {
        long until = System.nanoTime() + nanos;
        state.set(State.GATHERING);
        long left = nanos;
        while (left > 0 && idle.getAsBoolean() && state.get() == State.GATHERING) {
            park(left);
            left = until - System.nanoTime();
        }
        state.set(State.OWN);
    }

    private void park(long nanos) {
        LockSupport.parkNanos(this, nanos);
        if (Thread.interrupted()) {
            LOG.warn("fan-out worker interrupted: it goes on");
        }
    }
}
