package relay.net;

import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ThreadPool;
import relay.fatal.Fatal;
import relay.schedule.WatchedScheduler;

/**
 * Jetty's server, with the threads, the scheduler and the buffers that it runs on. Jetty catches whatever is thrown and goes
 * on; here an error that the process cannot go on from is reported first.
 *
 * <p>It can be told that no handler blocks. Then the thread that finds a request also handles it, and wakes no other. That
 * binds the handlers: what waits for something, or takes longer than about a millisecond, goes to another thread. It does not
 * extend to WebSockets: each frame is short, but a client that floods would keep the thread for as long as it likes.
 */
public final class WatchedServer extends Server {
    private final boolean handlersBlock;

    /** @param handlersBlock to be true over TLS also if they do not: a handshake takes longer than a thread that selects has */
    public WatchedServer(ThreadPool threads, boolean handlersBlock) {
        super(threads, new WatchedScheduler("scheduler"), new Buffers());
        this.handlersBlock = handlersBlock;
    }

    /** A pool of threads for this server or for its handlers, not started yet. */
    public static QueuedThreadPool threads(String name, int most, int fewest) {
        QueuedThreadPool threads = new Threads(most, fewest);
        threads.setName(name);
        return threads;
    }

    @Override
    public InvocationType getInvocationType() {
        return handlersBlock ? super.getInvocationType() : InvocationType.NON_BLOCKING;
    }

    /** Jetty would answer 500, or nothing, and go on. */
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        try {
            return super.handle(request, response, callback);
        } catch (Throwable e) {
            Fatal.report(e);
            throw e;
        }
    }

    /** Jetty's pool logs what a job throws and goes on. */
    private static final class Threads extends QueuedThreadPool {
        Threads(int most, int fewest) {
            // With a queue of its own it would start the JVM's management for the size of a cache line.
            super(most, fewest, new LinkedBlockingQueue<>());
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

    /** Where Jetty gets no buffer, it ends the connection without a word, and all others after it. */
    private static final class Buffers extends ArrayByteBufferPool {
        @Override
        public RetainableByteBuffer.Mutable acquire(int size, boolean direct) {
            try {
                return super.acquire(size, direct);
            } catch (Error e) {
                Fatal.report(e);
                throw e;
            }
        }
    }
}
