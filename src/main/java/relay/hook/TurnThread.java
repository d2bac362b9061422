package relay.hook;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * A thread that does one thing again and again: when it is {@linkplain #wake woken}, when its rest is over, and a last time when it is
 * stopped. It is never interrupted, which would close the file that it writes. Waking is for any thread; one thread starts and stops it.
 */
final class TurnThread {
    private static final Logger LOG = LoggerFactory.getLogger(TurnThread.class);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(10);

    private final String name;
    private final Supplier<Duration> turn;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private volatile boolean stopping;

    /** Set once, by whoever starts it; read by those who wake it. */
    private volatile @Nullable Thread thread;

    /** @param turn returns how long to rest before the next */
    TurnThread(String name, Supplier<Duration> turn) {
        this.name = name;
        this.turn = turn;
    }

    void start() {
        Thread started = new Thread(this::run, name);
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    /** Asks for a turn at once. It never waits. */
    void wake() {
        if (!wanted.getAndSet(true)) {
            LockSupport.unpark(thread);
        }
    }

    /** Waits for a last turn, and returns whether that was done in time. */
    boolean stop(Duration patience) {
        stopping = true;
        Thread running = thread;
        if (running == null) {
            return true;
        }
        LockSupport.unpark(running);
        try {
            running.join(patience.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !running.isAlive();
    }

    private void run() {
        boolean last;
        do {
            last = stopping;
            wanted.set(false);
            long rest = doTurn().toNanos();
            long begun = System.nanoTime();
            while (!last && !stopping && !wanted.get() && System.nanoTime() - begun < rest) {
                LockSupport.parkNanos(this, rest - (System.nanoTime() - begun));
            }
        } while (!last);
    }

    private Duration doTurn() {
        try {
            return turn.get();
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            LOG.error("{} failed: it is tried again", name, e);
            return AFTER_A_FAILURE;
        }
    }
}
