package relay.eventstream;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Connection.UpgradeTo;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import relay.fatal.Fatal;
import relay.outbound.CloseReason;
import relay.outbound.Connection;
import relay.outbound.ConnectionTotals;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.outbound.WriteListener;
import relay.schedule.Ticker;

/**
 * The event stream of a client. When the header of the response is written, the stream takes over the connection: events go
 * to the {@code EndPoint} as WebSocket frames do, and when the client ends its side the stream ends. The client sends
 * nothing, so what counts as a sign of life is that it takes what is sent.
 *
 * <p>Any thread may call any method; none blocks. Jetty's threads read.
 */
final class EventStream extends AbstractConnection implements Connection, UpgradeTo {
    /** How long the client has to take what is still queued, and then to end its side. */
    private static final long CLOSE_TIMEOUT_SECONDS = 10;

    private static final int READ_BYTES = 256;

    /** How much a client may send after its request; it is ignored. */
    private static final int MOST_BYTES_IN = 64 << 10;

    private final ByteBufferPool buffers;
    private final Scheduler scheduler;
    private final Callback whenFillable =
            Callback.from(InvocationType.NON_BLOCKING, this::onFillable, this::onFillInterestedFailed);
    private final Framing framing;
    private final Encoding encoding;
    private final Ticker ticker;
    private final Consumer<SendQueue> closed;
    private final Runnable ended;
    private final ConnectionTotals totals;
    private final SendQueue queue;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private final long openedMillis = System.currentTimeMillis();
    private volatile long lastTakenNanos;

    /** Ends the stream if the client does not; null until it is closed. */
    private volatile Scheduler.@Nullable Task closeTimeout;

    /** Reading thread only. */
    private int bytesIn;

    /**
     * A stream that has not begun: what is sent waits until the stream {@linkplain EndPoint#upgrade takes over} the
     * connection.
     *
     * @param encoding writes events, in this framing
     * @param closed called in any thread when nothing more can be sent; must not block
     * @param ended called once, in any thread, when the stream has ended; must not block
     */
    EventStream(
            EndPoint endPoint,
            Connector connector,
            Framing framing,
            Encoding encoding,
            Ticker ticker,
            int queueBytes,
            ConnectionTotals totals,
            Consumer<SendQueue> closed,
            Runnable ended) {
        super(endPoint, connector.getExecutor());
        this.buffers = connector.getByteBufferPool();
        this.scheduler = connector.getScheduler();
        this.framing = framing;
        this.encoding = encoding;
        this.ticker = ticker;
        this.closed = closed;
        this.ended = ended;
        this.totals = totals;
        this.queue = new SendQueue(this, queueBytes, totals);
        this.lastTakenNanos = ticker.nanos();
        queue.control(framing.of(Events.beginning()), WriteListener.NONE);
    }

    SendQueue queue() {
        return queue;
    }

    /** What the client sent right after its request. */
    @Override
    public void onUpgradeTo(ByteBuffer early) {
        bytesIn = BufferUtil.length(early);
    }

    /** The header of the response is written. */
    @Override
    public void onOpen() {
        super.onOpen();
        getEndPoint().setIdleTimeout(0);
        queue.open();
        fillInterested(whenFillable);
    }

    @Override
    public void onFillable() {
        RetainableByteBuffer buffer = buffers.acquire(READ_BYTES, true);
        try {
            int read = fill(buffer.getByteBuffer());
            while (read > 0 && bytesIn <= MOST_BYTES_IN) {
                bytesIn += read;
                read = fill(buffer.getByteBuffer());
            }
            if (read == 0) {
                fillInterested(whenFillable);
            } else {
                abort(new EOFException("the client has ended its side, or sends too much"));
            }
        } finally {
            buffer.release();
        }
    }

    private int fill(ByteBuffer buffer) {
        try {
            BufferUtil.clear(buffer);
            return getEndPoint().fill(buffer);
        } catch (IOException e) {
            return -1;
        }
    }

    @Override
    public void onFillInterestedFailed(Throwable cause) {
        abort(cause);
    }

    @Override
    public void onClose(Throwable cause) {
        super.onClose(cause);
        cancelCloseTimeout();
        fail(cause == null ? new EOFException("the connection has ended") : cause);
    }

    @Override
    public Encoding encoding() {
        return encoding;
    }

    @Override
    public boolean takesAtOnce() {
        return getEndPoint().isOpen();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        if (getEndPoint().flush(bytes)) {
            lastTakenNanos = ticker.nanos();
        }
    }

    @Override
    public void writeFully(ByteBuffer bytes, WriteListener listener) {
        getEndPoint()
                .write(
                        Callback.from(
                                InvocationType.NON_BLOCKING,
                                Fatal.watched(() -> {
                                    lastTakenNanos = ticker.nanos();
                                    listener.written();
                                }),
                                listener::failed),
                        bytes);
    }

    @Override
    public void expectPong() {}

    @Override
    public void ping(String payload) {
        queue.ask(framing.of(Events.comment()));
    }

    @Override
    public boolean answersPings() {
        return false;
    }

    @Override
    public long openedMillis() {
        return openedMillis;
    }

    @Override
    public long lastHeardNanos() {
        return lastTakenNanos;
    }

    /** Sends the reason as an event, and ends the response; then the client is to end the connection. */
    @Override
    public void close(CloseReason reason) {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        String why = "{\"code\":" + reason.code() + ",\"reason\":\"" + reason.text() + "\"}";
        ByteBuffer event = framing.last(Events.named("close", why.getBytes(StandardCharsets.UTF_8)));
        closeTimeout = scheduler.schedule(
                () -> abort(new TimeoutException("the last event was not taken in time")),
                CLOSE_TIMEOUT_SECONDS,
                TimeUnit.SECONDS);
        if (!getEndPoint().isOpen()) {
            // onClose may have run before there was anything to cancel.
            cancelCloseTimeout();
        }
        if (!over.get()) {
            totals.closed(reason.code());
        }
        queue.close(event, WriteListener.of(this::finish, cause -> end()));
        closed.accept(queue);
    }

    @Override
    public void abort(Throwable cause) {
        fail(cause);
        getEndPoint().close(cause);
        cancelCloseTimeout();
    }

    /** The task would keep an ended stream in memory. */
    private void cancelCloseTimeout() {
        Scheduler.Task timeout = closeTimeout;
        if (timeout != null) {
            timeout.cancel();
        }
    }

    private void finish() {
        end();
        getEndPoint().shutdownOutput();
    }

    private void fail(Throwable cause) {
        if (end()) {
            queue.fail(cause);
        }
    }

    private boolean end() {
        boolean first = over.compareAndSet(false, true);
        if (first) {
            closed.accept(queue);
            ended.run();
        }
        return first;
    }
}
