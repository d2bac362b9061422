package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import relay.client.CloseReason;
import relay.client.Connection;
import relay.client.ConnectionTotals;
import relay.client.Encoding;
import relay.client.SendQueue;
import relay.client.Ticker;
import relay.client.WriteListener;

/**
 * A client's stream of events. It says nothing itself, so what counts as a sign of life is that it takes what is sent.
 *
 * <p>Any thread may call any method; none blocks.
 */
final class EventStream implements Connection {
    /** How long a peer has to take what still waits. */
    private static final long CLOSE_TIMEOUT_SECONDS = 10;

    private final Response response;
    private final Callback exchange;
    private final Encoding encoding;
    private final Ticker ticker;
    private final Scheduler scheduler;
    private final Consumer<SendQueue> closed;
    private final Runnable ended;
    private final ConnectionTotals totals;
    private final SendQueue queue;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private final long openedMillis = System.currentTimeMillis();
    private volatile long lastTakenNanos;

    /**
     * A stream that has not begun.
     *
     * @param exchange ends the response
     * @param closed called in any thread when nothing more will be taken: it must not block
     * @param ended called once, in any thread, when the stream is no more: it must not block
     */
    EventStream(
            Response response,
            Callback exchange,
            Encoding encoding,
            Ticker ticker,
            Scheduler scheduler,
            int queueBytes,
            ConnectionTotals totals,
            Consumer<SendQueue> closed,
            Runnable ended) {
        this.response = response;
        this.exchange = exchange;
        this.encoding = encoding;
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.closed = closed;
        this.ended = ended;
        this.totals = totals;
        this.queue = new SendQueue(this, queueBytes, totals);
        this.lastTakenNanos = ticker.nanos();
    }

    SendQueue queue() {
        return queue;
    }

    /** Sends the head of the response, then what has gathered meanwhile. */
    void begin() {
        response.write(false, Events.comment(), Callback.from(queue::open, this::abort));
    }

    @Override
    public Encoding encoding() {
        return encoding;
    }

    /** A response takes all of a buffer, or makes one wait. */
    @Override
    public boolean takesAtOnce() {
        return false;
    }

    @Override
    public void write(ByteBuffer bytes) {}

    @Override
    public void writeFully(ByteBuffer bytes, WriteListener listener) {
        response.write(
                false,
                bytes,
                Callback.from(
                        () -> {
                            lastTakenNanos = ticker.nanos();
                            listener.written();
                        },
                        listener::failed));
    }

    @Override
    public void ping(String payload) {
        queue.ask(Events.comment());
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

    /** Says why, in an event of its own, and ends the response. */
    @Override
    public void close(CloseReason reason) {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        String why = "{\"code\":" + reason.code() + ",\"reason\":\"" + reason.text() + "\"}";
        ByteBuffer event = Events.named("close", why.getBytes(StandardCharsets.UTF_8));
        scheduler.schedule(
                () -> abort(new TimeoutException("the last event was not taken in time")),
                CLOSE_TIMEOUT_SECONDS,
                TimeUnit.SECONDS);
        if (!over.get()) {
            totals.closed(reason.code());
        }
        queue.close(event, WriteListener.of(this::finish, cause -> end()));
        closed.accept(queue);
    }

    @Override
    public void abort(Throwable cause) {
        if (end()) {
            queue.fail(cause);
            exchange.failed(cause);
        }
    }

    private void finish() {
        if (end()) {
            response.write(true, ByteBuffer.allocate(0), exchange);
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
