package relay.schedule;

import java.time.Duration;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * Repeats a short task with a fixed delay while this is started. Jetty starts and stops it with the component it is added to;
 * any thread may.
 */
public final class Periodic extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger(Periodic.class);

    private final Scheduler scheduler;
    private final Duration interval;
    private final Runnable task;
    private Scheduler.@Nullable Task next;
    private boolean stopped;

    /** @param scheduler runs the task; it must be started before this */
    public Periodic(Scheduler scheduler, Duration interval, Runnable task) {
        this.scheduler = scheduler;
        this.interval = interval;
        this.task = task;
    }

    @Override
    protected void doStart() {
        schedule();
    }

    @Override
    protected synchronized void doStop() {
        stopped = true;
        if (next != null) {
            next.cancel();
        }
    }

    private synchronized void schedule() {
        if (!stopped) {
            next = scheduler.schedule(this::run, interval);
        }
    }

    /** A failure does not stop the repetition. */
    private void run() {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            LOG.error("a periodic task failed", e);
        } finally {
            schedule();
        }
    }
}
