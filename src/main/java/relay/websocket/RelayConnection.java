package relay.websocket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.OutgoingEntry;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;
import relay.outbound.CloseReason;
import relay.outbound.Connection;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.outbound.WriteListener;

/**
 * The WebSocket connection of a client. Jetty parses what comes in, after {@link FrameHeaders} has checked it. What goes
 * out, including Jetty's own pongs and close frames, goes through the {@link SendQueue} of the client to the {@code
 * EndPoint}: there is one order and one writer.
 *
 * <p>Any thread may call any method; none blocks. Reading and the closing handshake run in Jetty's threads.
 */
final class RelayConnection extends WebSocketConnection implements Connection, UnfinishedMessages.Sender {
    private static final Logger LOG = LoggerFactory.getLogger(RelayConnection.class);

    /** How long the closing handshake may take, including what is still queued before it. */
    private static final long CLOSE_TIMEOUT_SECONDS = 10;

    private static final int OPEN = 0;
    private static final int ENDED = 1;
    private static final int GONE = 2;

    /** A field updater: with very many connections, an object for each would show. */
    private static final AtomicIntegerFieldUpdater<RelayConnection> STAGE =
            AtomicIntegerFieldUpdater.newUpdater(RelayConnection.class, "stage");

    private final Scheduler scheduler;
    private final SendQueue queue;
    private final ClientSocket socket;
    private final SocketContext context;
    private final Encoding encoding;
    private final ReadingEndPoint reading = new ReadingEndPoint(this);

    /** For writing bytes as they are; null where the end point changes them, as TLS does. */
    private final @Nullable SocketChannel plain;

    private final boolean rsv1Used;

    private volatile int stage = OPEN;

    /** Written by the reading Jetty thread, read by the worker: only the newest value matters. */
    private volatile long lastHeardNanos;

    private volatile Scheduler.@Nullable Task closeTimeout;

    /**
     * Whether a ping was sent since the selecting thread last read from this connection. It reads once for each ping, so
     * clients cannot give it more work than the relay asks for. Written by the worker and the reading thread.
     */
    private volatile boolean asked;

    /** Written by the reading Jetty thread, read by the thread that looks for overdue messages. */
    private volatile boolean frameInHand;

    RelayConnection(
            EndPoint endPoint,
            Connector connector,
            WebSocketCoreSession core,
            ClientSocket socket,
            Encoding encoding,
            SocketContext context) {
        super(endPoint, connector.getExecutor(), connector.getScheduler(), connector.getByteBufferPool(), core);
        this.scheduler = connector.getScheduler();
        this.queue = new SendQueue(this, context.options().queueBytes(), context.totals());
        this.socket = socket;
        this.encoding = encoding;
        this.context = context;
        this.rsv1Used = core.isRsv1Used();
        this.plain = endPoint instanceof SocketChannelEndPoint channel ? channel.getChannel() : null;
        this.lastHeardNanos = context.ticker().nanos();
    }

    SendQueue queue() {
        return queue;
    }

    /** The client gave a sign of life. */
    void heard(long nowNanos) {
        lastHeardNanos = nowNanos;
    }

    /** The handshake is complete: sends what was queued meanwhile. */
    void opened() {
        queue.open();
    }

    @Override
    public boolean isClosing() {
        return stage >= ENDED;
    }

    @Override
    public boolean isGone() {
        return stage == GONE;
    }

    @Override
    public EndPoint getEndPoint() {
        return reading;
    }

    /** The real end point. */
    EndPoint wire() {
        return super.getEndPoint();
    }

    /** Whether a pong is likely to come next. Not over TLS or while closing: there, reading is more than that. */
    boolean expectsPong() {
        return asked && plain != null && !isClosing();
    }

    /** The calling thread's buffer to read it into, once for each ping. */
    ByteBuffer pongBuffer() {
        asked = false;
        return context.pongBuffer();
    }

    /** Takes the bytes if they are exactly one pong and the client does not send too fast; otherwise they are unchanged. */
    boolean takesPong(ByteBuffer bytes) {
        return Frames.isWholePong(bytes) && socket.takesPong(bytes);
    }

    /** Checks the next messages. */
    FrameHeaders newHeaders() {
        return new FrameHeaders(context.options().maxFrameBytes(), rsv1Used);
    }

    /** A message has begun and is not complete. */
    void messageBegan() {
        context.unfinished().began(this);
    }

    /** Whether there is memory for so much of its message. */
    boolean hasRoomFor(int messageBytes) {
        return context.unfinished().holds(this, messageBytes);
    }

    /** No message is incomplete any more. */
    void messageEnded() {
        context.unfinished().ended(this);
    }

    @Override
    public void onUpgradeTo(ByteBuffer early) {
        if (early.hasRemaining()) {
            reading.check(early);
        }
        super.onUpgradeTo(early);
    }

    @Override
    protected void onFrame(Frame.Parsed frame) {
        frameInHand = true;
        super.onFrame(frame);
    }

    @Override
    public void demand() {
        frameInHand = false;
        super.demand();
    }

    @Override
    public boolean isAwaited() {
        return !frameInHand;
    }

    @Override
    public void overdue() {
        LOG.info(
                "client {} did not finish a message in time: closed with {}",
                socket.client().id(),
                CloseReason.UNFINISHED.code());
        close(CloseReason.UNFINISHED);
    }

    /** The handshake failed: the WebSocket never opened. */
    void neverOpened(Throwable cause) {
        gone();
        queue.fail(cause);
        cancelCloseTimeout();
    }

    /** The socket is closed or about to be: nothing can be sent, and another client may take its place. */
    void gone() {
        end();
        if (STAGE.getAndSet(this, GONE) < GONE) {
            socket.end();
            context.hub().gone(socket.client(), queue);
            context.admission().leave();
        }
    }

    @Override
    public Encoding encoding() {
        return encoding;
    }

    @Override
    public boolean takesAtOnce() {
        return plain == null || plain.isOpen();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        if (plain == null) {
            getEndPoint().flush(bytes);
        } else {
            plain.write(bytes);
        }
    }

    @Override
    public void writeFully(ByteBuffer bytes, WriteListener listener) {
        getEndPoint()
                .write(
                        Callback.from(
                                Callback.NOOP.getInvocationType(), Fatal.watched(listener::written), listener::failed),
                        bytes);
    }

    @Override
    public void expectPong() {
        asked = true;
    }

    @Override
    public void ping(String payload) {
        expectPong();
        queue.ask(Frames.ping(payload));
    }

    @Override
    public boolean answersPings() {
        return true;
    }

    /** The time of the TCP connection, which is kept anyway. */
    @Override
    public long openedMillis() {
        return wire().getCreatedTimeStamp();
    }

    @Override
    public long lastHeardNanos() {
        return lastHeardNanos;
    }

    /**
     * Does not go through Jetty, which waits for an answer to some codes only, and closes nothing before the handshake is
     * complete.
     */
    @Override
    public void close(CloseReason reason) {
        ByteBuffer frame = Frames.of(OpCode.CLOSE, CloseStatus.asPayloadBuffer(reason.code(), reason.text()));
        boolean mayFlood = reason == CloseReason.TOO_FAST;
        WriteListener listener = mayFlood
                ? new Lingering(reading, scheduler, Callback.from(() -> abort(new IOException(reason.text()))))
                : WriteListener.NONE;
        if (enqueueClose(frame, listener)) {
            context.totals().closed(reason.code());
        }
    }

    @Override
    public void abort(Throwable cause) {
        getEndPoint().close(cause);
    }

    /** Jetty sends its own frames here: they are queued like the relay's. */
    @Override
    public void enqueueFrame(OutgoingEntry entry) {
        Frame frame = entry.getFrame();
        ByteBuffer bytes = Frames.of(frame.getOpCode(), Frames.payload(frame));
        if (frame.getOpCode() == OpCode.CLOSE) {
            CloseStatus status = CloseStatus.getCloseStatus(frame);
            WriteListener listener = status.isAbnormal()
                    ? new Lingering(reading, scheduler, entry.getCallback())
                    : listener(entry.getCallback());
            // Without a cause, it answers the client's close frame.
            if (enqueueClose(bytes, listener) && status.getCause() != null) {
                context.totals().closed(status.getCode());
            }
        } else {
            queue.control(bytes, listener(entry.getCallback()));
        }
    }

    /** Queues a close frame. Returns whether this ends the connection. */
    private boolean enqueueClose(ByteBuffer frame, WriteListener listener) {
        if (!isClosing()) {
            closeTimeout = scheduler.schedule(
                    () -> abort(new TimeoutException("the closing handshake took too long")),
                    CLOSE_TIMEOUT_SECONDS,
                    TimeUnit.SECONDS);
            if (!wire().isOpen()) {
                // onClose may have run before there was anything to cancel.
                cancelCloseTimeout();
            }
        }
        queue.close(frame, listener);
        return end();
    }

    @Override
    public void onClose(Throwable cause) {
        cancelCloseTimeout();
        messageEnded();
        gone();
        super.onClose(cause);
    }

    /** The task would keep an ended connection in memory. */
    private void cancelCloseTimeout() {
        Scheduler.Task timeout = closeTimeout;
        if (timeout != null) {
            timeout.cancel();
        }
    }

    private boolean end() {
        boolean first = STAGE.compareAndSet(this, OPEN, ENDED);
        if (first) {
            context.hub().disconnect(socket.client(), queue);
        }
        return first;
    }

    private static WriteListener listener(Callback callback) {
        return WriteListener.of(callback::succeeded, callback::failed);
    }
}
