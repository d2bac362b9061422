package relay.schedule;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * Repeats a task that may block on a disk or another machine, on a thread of its own: once at the start, and then again and
 * again. Others use its last result and never wait for the next. Jetty starts and stops it with the component it is added to;
 * any thread may.
 */
public final class Background extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(10);

    /** The least time between two runs that {@link #wake} causes: strangers can cause them. */
    private static final long BETWEEN_WISHES_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String name;
    private final Supplier<Duration> task;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final AtomicBoolean hurried = new AtomicBoolean();
    private volatile @Nullable Thread running;

    /**
     * One that is not started yet.
     *
     * @param name of the thread
     * @param task returns how long to wait before the next run
     */
    public Background(String name, Supplier<Duration> task) {
        this.name = name;
        this.task = task;
    }

    /** Asks for a run soon: at once, or ten seconds after the last run of this kind. It never waits. */
    public void wake() {
        if (!wanted.getAndSet(true)) {
            LockSupport.unpark(running);
        }
    }

    /** Asks for a run at once, or at once after the present one, for an operator. It never waits. */
    public void hurry() {
        hurried.set(true);
        LockSupport.unpark(running);
    }

    @Override
    protected void doStart() {
        Thread thread = new Thread(this::run, name);
        thread.setDaemon(true);
        running = thread;
        thread.start();
    }

    /** A run that hangs is not waited for. */
    @Override
    protected void doStop() {
        Thread thread = running;
        running = null;
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run() {
        long servedNanos = System.nanoTime() - BETWEEN_WISHES_NANOS;
        while (isCurrent()) {
            hurried.set(false);
            boolean wish = wanted.getAndSet(false);
            long rest = doTask().toNanos();
            long now = System.nanoTime();
            servedNanos = wish ? now : servedNanos;
            pause(now + rest, servedNanos + BETWEEN_WISHES_NANOS);
        }
    }

    private Duration doTask() {
        try {
            return task.get();
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            LOG.error("{} failed: it is tried again", name, e);
            return AFTER_A_FAILURE;
        }
    }

    private void pause(long regularNanos, long ifWantedNanos) {
        while (isCurrent()) {
            long now = System.nanoTime();
            long regular = regularNanos - now;
            long left = wanted.get() ? Math.min(regular, ifWantedNanos - now) : regular;
            if (left <= 0 || hurried.get()) {
                return;
            }
            LockSupport.parkNanos(this, left);
        }
    }

    private boolean isCurrent() {
        return running == Thread.currentThread();
    }
}
