package relay.fatal;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** A timer with one thread, with fatal errors of its tasks reported; by itself it keeps them in futures that nobody reads. */
public final class WatchedTimer extends ScheduledThreadPoolExecutor {
    public WatchedTimer(ThreadFactory thread) {
        super(1, thread);
    }

    @Override
    protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
        super.afterExecute(task, thrown);
        if (task instanceof Future<?> done && done.isDone() && !done.isCancelled()) {
            try {
                done.get();
            } catch (ExecutionException e) {
                Fatal.report(e);
            } catch (CancellationException e) {
                // Not an error.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
