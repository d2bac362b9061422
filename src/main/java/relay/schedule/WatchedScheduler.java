package relay.schedule;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import relay.fatal.Fatal;

/** Jetty's scheduler, with fatal errors of its tasks reported; by itself it keeps them in futures that nobody reads. */
public final class WatchedScheduler extends ScheduledExecutorScheduler {
    /** @param name of its thread, a daemon */
    public WatchedScheduler(String name) {
        super(name, true);
    }

    @Override
    public Task schedule(Runnable task, long delay, TimeUnit unit) {
        return super.schedule(Fatal.watched(task), delay, unit);
    }
}
