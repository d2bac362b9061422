package relay.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** Runs a task when its time is up, unless it was ended before, even before it began. For any thread. */
final class WaitLimit {
    private final Scheduler scheduler;
    private Scheduler.@Nullable Task task;
    private boolean ended;

    WaitLimit(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    synchronized void begin(Duration wait, Runnable expire) {
        if (!ended) {
            task = scheduler.schedule(expire, wait.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    synchronized void end() {
        ended = true;
        if (task != null) {
            task.cancel();
            task = null;
        }
    }
}
