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
 * A client's WebSocket. What comes in is Jetty's to parse; what goes out goes by the client's {@link SendQueue} to the
 * {@code EndPoint}, Jetty's own close frames included, so that there is one line and one writer. What comes in passes
 * {@link FrameHeaders} on its way to Jetty's parser.
 *
 * <p>Any thread may call any method; none blocks. Reading and the closing handshake run in Jetty's threads.
 */
final class RelayConnection extends WebSocketConnection implements Connection, UnfinishedMessages.Sender {
    private static final Logger LOG = LoggerFactory.getLogger(RelayConnection.class);

    /** How long a peer has for the closing handshake, whatever still waits in front of it. */
    private static final long CLOSE_TIMEOUT_SECONDS = 10;

    private static final int OPEN = 0;
    private static final int ENDED = 1;
    private static final int GONE = 2;

    /** A field updater, for there are very many connections, and an object each for this would show. */
    private static final AtomicIntegerFieldUpdater<RelayConnection> STAGE =
            AtomicIntegerFieldUpdater.newUpdater(RelayConnection.class, "stage");

    private final Scheduler scheduler;
    private final SendQueue queue;
    private final ClientSocket socket;
    private final SocketContext context;
    private final Encoding encoding;
    private final ReadingEndPoint reading = new ReadingEndPoint(this);

    /** Where bytes go as they are; absent where the end point changes them, as TLS does. */
    private final @Nullable SocketChannel plain;

    private final boolean rsv1Used;

    private volatile int stage = OPEN;

    /** Written by whichever Jetty thread reads, read by the worker: only the newest value matters. */
    private volatile long lastHeardNanos;

    private volatile Scheduler.@Nullable Task closeTimeout;

    /**
     * Whether it has been asked for a pong since the selecting thread last read from it. That reads once for each ping, so what
     * clients send gives it no more to do than the relay itself asks for. Written by the worker and whoever reads.
     */
    private volatile boolean asked;

    /** Written by whichever Jetty thread reads, read by the one that looks for overdue messages. */
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

    /** The peer gave a sign of life. */
    void heard(long nowNanos) {
        lastHeardNanos = nowNanos;
    }

    /** The handshake is through: what was to be sent or closed meanwhile is. */
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

    /** The end point itself. */
    EndPoint wire() {
        return super.getEndPoint();
    }

    /** Whether what comes next is likely to be a pong. Over TLS there is more to reading than that; and so there is to closing. */
    boolean expectsPong() {
        return asked && plain != null && !isClosing();
    }

    /** Where to read it, once for each ping. The calling thread's. */
    ByteBuffer pongBuffer() {
        asked = false;
        return context.pongs().empty();
    }

    /** Takes what came, if it is a pong and nothing else, and one that the client may send; no byte is changed if not. */
    boolean takesPong(ByteBuffer bytes) {
        return Frames.isWholePong(bytes) && socket.takesPong(bytes);
    }

    /** For messages that come in. */
    FrameHeaders newHeaders() {
        return new FrameHeaders(context.options().maxFrameBytes(), rsv1Used);
    }

    /** A message has begun that is not yet in. */
    void messageBegan() {
        context.unfinished().began(this);
    }

    /** Whether there is room for what has come of its message, or will be made. */
    boolean hasRoomFor(int messageBytes) {
        return context.unfinished().holds(this, messageBytes);
    }

    /** Nothing is half in any more. */
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

    /** The handshake could not be answered: the socket never was. */
    void neverOpened(Throwable cause) {
        gone();
        queue.fail(cause);
        dropCloseTimeout();
    }

    /** The socket is no more, or soon will be: nothing can be sent, and its place is free. */
    void gone() {
        end();
        if (STAGE.getAndSet(this, GONE) < GONE) {
            socket.end();
            context.owner().gone(socket.client(), queue);
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
    public void ping(String payload) {
        asked = true;
        queue.ask(Frames.ping(payload));
    }

    @Override
    public boolean answersPings() {
        return true;
    }

    /** That of its TCP connection, which keeps the time anyway. */
    @Override
    public long openedMillis() {
        return wire().getCreatedTimeStamp();
    }

    @Override
    public long lastHeardNanos() {
        return lastHeardNanos;
    }

    /** Goes past Jetty, which hears an answer to some codes only, and closes nothing before the handshake is through. */
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

    /** Every frame of Jetty's own passes here: it goes in line with ours. */
    @Override
    public void enqueueFrame(OutgoingEntry entry) {
        Frame frame = entry.getFrame();
        ByteBuffer bytes = Frames.of(frame.getOpCode(), Frames.payload(frame));
        if (frame.getOpCode() == OpCode.CLOSE) {
            CloseStatus status = CloseStatus.getCloseStatus(frame);
            WriteListener listener = status.isAbnormal()
                    ? new Lingering(reading, scheduler, entry.getCallback())
                    : listener(entry.getCallback());
            // Without a cause it is the answer to the peer's own close.
            if (enqueueClose(bytes, listener) && status.getCause() != null) {
                context.totals().closed(status.getCode());
            }
        } else {
            queue.control(bytes, listener(entry.getCallback()));
        }
    }

    /** Puts a close frame in line, and says whether that is what ends the connection. */
    private boolean enqueueClose(ByteBuffer frame, WriteListener listener) {
        if (!isClosing()) {
            closeTimeout = scheduler.schedule(
                    () -> abort(new TimeoutException("the closing handshake took too long")),
                    CLOSE_TIMEOUT_SECONDS,
                    TimeUnit.SECONDS);
            if (!wire().isOpen()) {
                // Whoever was told that it has ended may have looked before there was anything to drop.
                dropCloseTimeout();
            }
        }
        queue.close(frame, listener);
        return end();
    }

    @Override
    public void onClose(Throwable cause) {
        dropCloseTimeout();
        messageEnded();
        gone();
        super.onClose(cause);
    }

    /** It would keep a connection that has ended in memory. */
    private void dropCloseTimeout() {
        Scheduler.Task timeout = closeTimeout;
        if (timeout != null) {
            timeout.cancel();
        }
    }

    private boolean end() {
        boolean first = STAGE.compareAndSet(this, OPEN, ENDED);
        if (first) {
            context.owner().ended(socket.client(), queue);
        }
        return first;
    }

    private static WriteListener listener(Callback callback) {
        return WriteListener.of(callback::succeeded, callback::failed);
    }
}
