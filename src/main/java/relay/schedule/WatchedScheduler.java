package relay.schedule;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import relay.fatal.Fatal;

/** Jetty's scheduler, whose futures keep what a task throws, for nobody. */
public final class WatchedScheduler extends ScheduledExecutorScheduler {
    /** @param name what its thread is called: a daemon */
    public WatchedScheduler(String name) {
        super(name, true);
    }

    @Override
    public Task schedule(Runnable task, long delay, TimeUnit unit) {
        return super.schedule(Fatal.watched(task), delay, unit);
    }
}
