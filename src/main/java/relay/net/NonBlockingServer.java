package relay.net;

import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.util.thread.ThreadPool;

/**
 * Jetty's server, told that no handler blocks: so the thread that finds a request also handles it, and wakes no other.
 *
 * <p>That binds the handlers: whatever waits for something, or takes longer than about a millisecond, goes to another
 * thread. Connections that have become WebSockets are none of its business: each frame is short, but a client that floods
 * would have the thread for as long as it likes. Over TLS a handshake takes longer, which is not theirs to change: there it
 * is Jetty's own server.
 */
public final class NonBlockingServer extends Server {
    public NonBlockingServer(ThreadPool threads, Scheduler scheduler, ByteBufferPool buffers) {
        super(threads, scheduler, buffers);
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
