package relay.net;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;
import relay.schedule.Rounds;

/**
 * Jetty's connector, except for the way it accepts a socket: Jetty's asks for a {@link java.net.Socket} to set options on, which
 * then stays with the connection for good, some 100 bytes each.
 */
public final class LeanConnector extends ServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(LeanConnector.class);

    /**
     * How much the kernel holds for a client that does not read, before the client's queue here begins to fill. Left to
     * itself, the kernel holds megabytes for each. Measured with a tenth of 1,000 clients not reading: the more it holds for
     * them, the longer the others wait; with half as much, a stream of NDJSON overtook a client that paused.
     */
    private static final int SEND_BUFFER_BYTES = 512 << 10;

    /** One thread accepts far more connections than the selectors can take in. */
    private static final int ACCEPTORS = 1;

    /** Long enough not to spin while there is no descriptor, short enough to go on soon when there is one. */
    private static final long ACCEPT_PAUSE_MILLIS = 100;

    /** In the order of their numbers; filled when the connector starts. */
    private final List<RoundSelector> selectors = new CopyOnWriteArrayList<>();

    /** Whether the last attempt to accept a connection failed. For the thread that accepts. */
    private boolean acceptFails;

    /**
     * One that is not started yet.
     *
     * @param selectors how many threads read from connections, at least 1
     * @param protocols what it speaks, the first one first
     */
    public LeanConnector(Server server, int selectors, ConnectionFactory... protocols) {
        super(server, ACCEPTORS, selectors, protocols);
    }

    @Override
    public void accept(int acceptor) throws IOException {
        if (getTransport() instanceof ServerSocketChannel listening && listening.isOpen()) {
            SocketChannel accepted = listening.accept();
            if (acceptFails) {
                acceptFails = false;
                LOG.info("connections are accepted again");
            }
            admit(accepted);
        }
    }

    /**
     * Runs tasks in a thread that selects. What clients send in response is then read by that thread without a wake-up. No
     * task may take long. Once the connector has stopped, tasks are dropped: nobody is left to see what they do.
     */
    public Executor selecting() {
        return task -> selectors.stream().findFirst().ifPresent(first -> first.execute(task));
    }

    /** The rounds of the threads that select. */
    public Rounds rounds() {
        return this::atEndOfRound;
    }

    private boolean atEndOfRound(Runnable task) {
        for (RoundSelector selector : selectors) {
            if (selector.isCurrent()) {
                selector.execute(task);
                return true;
            }
        }
        return false;
    }

    /**
     * A connection could not be accepted, usually for lack of a descriptor. That may last long, so it is logged once, until
     * one could be accepted. New connections wait in the kernel meanwhile.
     */
    @Override
    protected boolean handleAcceptFailure(Throwable failure) {
        Fatal.report(failure);
        if (!isRunning() || failure instanceof ClosedChannelException) {
            return false;
        }
        if (!acceptFails && !(failure instanceof InterruptedException)) {
            acceptFails = true;
            LOG.warn("connections cannot be accepted, trying on: {} (ulimit -n)", String.valueOf(failure.getMessage()));
        }
        try {
            TimeUnit.MILLISECONDS.sleep(ACCEPT_PAUSE_MILLIS);
            return true;
        } catch (InterruptedException e) {
            return isRunning();
        }
    }

    @Override
    protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int count) {
        return new ServerConnectorManager(executor, scheduler, count) {
            @Override
            protected ManagedSelector newSelector(int id) {
                RoundSelector selector = new RoundSelector(this, id);
                selectors.add(selector);
                return selector;
            }
        };
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        SocketChannelEndPoint endPoint = new WatchedEndPoint(channel, selector, key, getScheduler());
        endPoint.setIdleTimeout(getIdleTimeout());
        return endPoint;
    }

    private void admit(SocketChannel channel) throws IOException {
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
        } catch (IOException e) {
            LOG.debug("a connection ended before it was served", e);
            channel.close();
            return;
        }
        getSelectorManager().accept(channel);
    }

    /** What reading or writing throws would end this connection, and be logged nowhere. */
    private static final class WatchedEndPoint extends SocketChannelEndPoint {
        WatchedEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
            super(channel, selector, key, scheduler);
        }

        @Override
        public int fill(ByteBuffer buffer) throws IOException {
            try {
                return super.fill(buffer);
            } catch (Error e) {
                Fatal.report(e);
                throw e;
            }
        }

        @Override
        public boolean flush(ByteBuffer... buffers) throws IOException {
            try {
                return super.flush(buffers);
            } catch (Error e) {
                Fatal.report(e);
                throw e;
            }
        }
    }
}
