package relay.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * A share of the subscribers: it opens their sockets, some at a time, and one selector's thread reads them all and counts. With
 * TLS a thread of the pool may read one of them instead, so what is counted has a lock, which the selector's thread has nearly
 * always to itself.
 */
final class ReaderLoop extends ClientConnector {
    /** How many handshakes of one loop are under way at a time: fewer than the backlog of a listening socket. */
    private static final int MAX_OPENING = 128;

    private static final int THREADS = 8;
    private static final int READ_BYTES = 256 << 10;

    /** Fewer than the ports that one source address has. */
    private static final int CONNECTIONS_PER_SOURCE = 20_000;

    private static final String SPEC = "relay.bench.spec";

    private final Clock clock;
    private final Progress progress;
    private final Tally tally;
    private final int sources;
    private final AtomicInteger nextSource = new AtomicInteger();
    private final ConcurrentLinkedQueue<Subscriber.Spec> toOpen = new ConcurrentLinkedQueue<>();
    private final ThreadLocal<ByteBuffer> buffer = ThreadLocal.withInitial(() -> BufferUtil.allocateDirect(READ_BYTES));

    /** Written once, before the first message is sent. */
    private volatile long measuredFrom;

    /** Written once, by the thread that ends the run. */
    private volatile boolean closing;

    /** @param connections how many the run has, on all loops */
    ReaderLoop(Clock clock, Progress progress, Tally tally, Target target, int connections) throws IOException {
        this.clock = clock;
        this.progress = progress;
        this.tally = tally;
        this.measuredFrom = clock.nanos();
        this.sources = target.address().getAddress().isLoopbackAddress() ? connections / CONNECTIONS_PER_SOURCE : 0;
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, 2);
        threads.setName("bench-reader");
        threads.setDaemon(true);
        setExecutor(threads);
        setSelectors(1);
        setIdleTimeout(Duration.ZERO);
        setSslContextFactory(target.tls().map(ReaderLoop::trusting).orElseGet(NoTls::new));
    }

    /** Opens these clients' sockets as well. */
    void open(List<Subscriber.Spec> specs) {
        toOpen.addAll(specs);
        for (int i = 0; i < MAX_OPENING; i++) {
            openNext();
        }
    }

    /** Connects one client. */
    void connect(Subscriber.Spec spec) {
        if (closing) {
            return;
        }
        Map<String, Object> context = new HashMap<>();
        context.put(Transport.class.getName(), Transport.TCP_IP);
        context.put(SPEC, spec);
        context.put(
                CONNECTION_PROMISE_CONTEXT_KEY,
                Promise.from((Connection connection) -> {}, failure -> ended(spec, false, failure)));
        try {
            connect(spec.target().address(), context);
        } catch (IOException | RuntimeException e) {
            ended(spec, false, e);
        }
    }

    /** Does something after that time, unless it is closed before. */
    void after(long nanos, Runnable task) {
        getScheduler().schedule(task, Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }

    /** Messages sent earlier are not measured. To be called before the first is sent. */
    void measureFrom(long moment) {
        measuredFrom = moment;
    }

    /** Closes all sockets. */
    void close() throws IOException {
        closing = true;
        try {
            stop();
        } catch (Exception e) {
            throw new IOException("the sockets could not be closed", e);
        }
    }

    /** To be read once it is closed, or by a connection that is being parsed. */
    Tally tally() {
        return tally;
    }

    Clock clock() {
        return clock;
    }

    /** Where a thread of this loop may read into. */
    ByteBuffer buffer() {
        return buffer.get();
    }

    /** Parses what one of the connections has read. */
    void parse(FrameParser parser, ByteBuffer bytes) throws IOException {
        synchronized (tally) {
            tally.readAt(clock.nanos(), measuredFrom);
            parser.parse(bytes);
            tally.report();
        }
    }

    /** A connection is open. */
    void opened() {
        progress.opened.increment();
        openNext();
    }

    /** A connection has ended, or could not be opened. */
    void ended(Subscriber.Spec spec, boolean wasOpen, Throwable cause) {
        if (closing || spec.course().ended(spec, wasOpen, cause)) {
            return;
        }
        if (wasOpen) {
            fault(cause);
        } else {
            progress.error(String.valueOf(cause.getMessage()));
            progress.refused.increment();
        }
    }

    /** A connection that should have stayed, or come, did not. */
    void fault(Throwable cause) {
        progress.error(String.valueOf(cause.getMessage()));
        progress.closed.increment();
    }

    /** An open connection has ended, and its subscriber comes back. */
    void gone() {
        progress.opened.decrement();
    }

    @Override
    public @Nullable SocketAddress getBindAddress() {
        if (sources == 0) {
            return null;
        }
        try {
            byte last = (byte) (2 + nextSource.getAndIncrement() % (sources + 1));
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, last}), 0);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected Connection newConnection(EndPoint endPoint, Map<String, Object> context) throws IOException {
        Subscriber.Spec spec = (Subscriber.Spec) Objects.requireNonNull(context.get(SPEC));
        ClientConnectionFactory plain = (wire, same) -> new Subscriber(wire, spec, this);
        ClientConnectionFactory wanted =
                spec.target().isSecure() ? newSslClientConnectionFactory(getSslContextFactory(), plain) : plain;
        return wanted.newConnection(endPoint, context);
    }

    private static SslContextFactory.Client trusting(SSLContext context) {
        SslContextFactory.Client factory = new SslContextFactory.Client();
        factory.setSslContext(context);
        return factory;
    }

    /** A connector wants a factory even where nothing uses TLS, and its start would cost half a second of a processor. */
    private static final class NoTls extends SslContextFactory.Client {
        @Override
        protected void doStart() {}
    }

    private void openNext() {
        Subscriber.Spec spec = toOpen.poll();
        if (spec != null) {
            connect(spec);
        }
    }
}
