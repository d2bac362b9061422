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
 * A task that may wait for something foreign, such as a disk or another machine, and so has a thread of its own: while this
 * is started, it is done at once and then again and again. Whoever needs its result takes the last one that there is, and
 * never waits for the next. Jetty starts and stops it with the component it is added to; any thread may.
 */
public final class Background extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(10);

    /** So often at most it is done because somebody asked: strangers ask too. */
    private static final long BETWEEN_WISHES_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String name;
    private final Supplier<Duration> task;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final AtomicBoolean hurried = new AtomicBoolean();
    private volatile @Nullable Thread running;

    /**
     * Does nothing yet.
     *
     * @param name of the thread
     * @param task says how long to wait before it is done again
     */
    public Background(String name, Supplier<Duration> task) {
        this.name = name;
        this.task = task;
    }

    /** Asks for the task to be done soon: at once, or ten seconds after it was last done for this. It never waits. */
    public void wake() {
        if (!wanted.getAndSet(true)) {
            LockSupport.unpark(running);
        }
    }

    /** Has the task done at once, or at once again, for whoever runs the relay. It never waits. */
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

    /** What hangs is not waited for. */
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
