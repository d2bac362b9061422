package relay.net;

import java.util.concurrent.BlockingQueue;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import relay.fatal.Fatal;

/** Jetty's pool of threads, which logs whatever a job throws and goes on. */
public final class WatchedThreads extends QueuedThreadPool {
    public WatchedThreads(int most, int fewest, BlockingQueue<Runnable> queue) {
        super(most, fewest, queue);
    }

    @Override
    protected void runJob(Runnable job) {
        try {
            super.runJob(job);
        } catch (Throwable e) {
            Fatal.report(e);
            throw e;
        }
    }
}
