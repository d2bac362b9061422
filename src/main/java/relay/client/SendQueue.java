package relay.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has yet to send, in order, bounded in bytes, with one write in flight.
 *
 * <p>While the wire takes everything at once the queue stays empty and holds no buffer: {@link #offer} writes straight
 * from the caller's buffer. Only what the wire did not take is copied here, and goes out as the wire becomes writable,
 * in whichever thread finds it so.
 *
 * <p>Any thread may call any method; none blocks. The lock guards the fields alone: every write happens outside it, by
 * the one thread that has set {@code writing}.
 */
public final class SendQueue {
    /** What became of an offer. */
    public enum Outcome {
        /** It is on the wire, or waits its turn. */
        ACCEPTED,
        /** It was refused: the queue is full, and the client too slow. */
        FULL,
        /** It was refused: the connection is closing. */
        CLOSED
    }

    private static final int SMALLEST_CHUNK = 4 << 10;

    private final Connection connection;
    private final int maxBytes;
    private final ConnectionTotals totals;

    /** True while some thread, or the operating system on its behalf, writes. True at first: the handshake is written. */
    private boolean writing = true;

    private boolean closed;
    private @Nullable ArrayDeque<Chunk> waiting;
    private @Nullable Chunk inFlight;
    private int bytes;

    /**
     * A queue that holds back what it is given until {@link #open}.
     *
     * @param maxBytes how much may wait. A run of frames that finds nothing waiting is taken whatever its size, so that a
     *     message larger than the bound can be sent at all
     * @param totals where what waits is added up
     */
    public SendQueue(Connection connection, int maxBytes, ConnectionTotals totals) {
        this.connection = connection;
        this.maxBytes = maxBytes;
        this.totals = totals;
    }

    public Connection connection() {
        return connection;
    }

    /** Whether an offer would go to the wire at once, as far as can be seen without the lock. */
    public boolean isIdle() {
        return !writing && connection.takesAtOnce();
    }

    /** How much may wait. */
    public int maxBytes() {
        return maxBytes;
    }

    /** How many bytes wait or are in flight. */
    public synchronized int bytes() {
        return bytes;
    }

    /** The handshake has gone out: sends what has gathered meanwhile. To be called once. */
    public void open() {
        drain();
    }

    /** Sends whole frames after everything that is in line, unless the queue is full or closed. The buffer is used up. */
    public Outcome offer(ByteBuffer frames) {
        synchronized (this) {
            if (closed) {
                return Outcome.CLOSED;
            }
            if (writing) {
                if (bytes > 0 && (long) bytes + frames.remaining() > maxBytes) {
                    return Outcome.FULL;
                }
                append(frames);
                return Outcome.ACCEPTED;
            }
            writing = true;
        }
        return writeThrough(frames);
    }

    /**
     * Sends a frame of the protocol's own, or an answer to the client, in line with the messages and whatever the bound:
     * the caller sends no second one before the listener has heard of the first.
     */
    public void control(ByteBuffer frame, WriteListener listener) {
        enqueue(frame, listener, false);
    }

    /** Sends a frame that asks the peer for something, in line, unless the same one waits already: one answer is enough. */
    public void ask(ByteBuffer frame) {
        synchronized (this) {
            if (waiting != null && waiting.stream().anyMatch(chunk -> chunk.frames.equals(frame))) {
                return;
            }
        }
        control(frame, WriteListener.NONE);
    }

    /** The listener hears when all that was given before has gone out. */
    public void afterAll(WriteListener listener) {
        control(ByteBuffer.allocate(0), listener);
    }

    /** Sends the frame that ends the connection: whatever is offered later is refused. */
    public void close(ByteBuffer closeFrame, WriteListener listener) {
        enqueue(closeFrame, listener, true);
    }

    private void enqueue(ByteBuffer frame, WriteListener listener, boolean last) {
        boolean idle;
        synchronized (this) {
            if (closed) {
                idle = false;
            } else {
                closed = last;
                waiting().add(Chunk.of(frame, listener));
                holdMore(frame.remaining());
                idle = !writing;
                writing = true;
                listener = WriteListener.NONE;
            }
        }
        listener.failed(new IOException("the connection is closing"));
        if (idle) {
            drain();
        }
    }

    private Outcome writeThrough(ByteBuffer frames) {
        try {
            connection.write(frames);
        } catch (IOException | RuntimeException e) {
            fail(e);
            return Outcome.CLOSED;
        }
        if (frames.hasRemaining()) {
            synchronized (this) {
                inFlight = Chunk.of(copyOf(frames), WriteListener.NONE);
                holdMore(inFlight.size());
            }
        }
        drain();
        return Outcome.ACCEPTED;
    }

    /** Writes chunk after chunk until none is left, or the wire takes no more for now. The thread that set writing only. */
    private void drain() {
        for (Chunk chunk = next(); chunk != null; chunk = next()) {
            try {
                connection.write(chunk.frames);
            } catch (IOException | RuntimeException e) {
                fail(e);
                return;
            }
            if (chunk.frames.hasRemaining()) {
                Resumption resumption = new Resumption(chunk);
                connection.writeFully(chunk.frames, resumption);
                if (!resumption.cameSecond()) {
                    return;
                }
            }
            done(chunk);
        }
    }

    private synchronized @Nullable Chunk next() {
        if (inFlight == null && waiting != null) {
            inFlight = waiting.poll();
        }
        if (inFlight == null) {
            waiting = null;
            writing = false;
        }
        return inFlight;
    }

    private void done(Chunk chunk) {
        synchronized (this) {
            if (inFlight != chunk) {
                return;
            }
            holdMore(-chunk.size());
            inFlight = null;
        }
        chunk.giveBack();
        chunk.listener.written();
    }

    /** The wire is broken, or never was: what waits is let go, and whatever is offered later is refused. */
    public void fail(Throwable cause) {
        ArrayDeque<Chunk> unsent = new ArrayDeque<>();
        synchronized (this) {
            closed = true;
            if (inFlight != null) {
                inFlight.abandon();
                unsent.add(inFlight);
            }
            if (waiting != null) {
                waiting.forEach(Chunk::giveBack);
                unsent.addAll(waiting);
            }
            inFlight = null;
            waiting = null;
            holdMore(-bytes);
        }
        unsent.forEach(chunk -> chunk.listener.failed(cause));
        connection.abort(cause);
    }

    private void append(ByteBuffer frames) {
        holdMore(frames.remaining());
        while (frames.hasRemaining()) {
            Chunk tail = waiting().peekLast();
            if (tail == null || !tail.hasRoom()) {
                tail = bytes < SendBuffers.BYTES
                        ? Chunk.small(Math.max(SMALLEST_CHUNK, bytes))
                        : Chunk.large(totals.buffers());
                waiting().add(tail);
            }
            tail.append(frames);
        }
    }

    private void holdMore(int more) {
        bytes += more;
        totals.queued(more);
    }

    private ArrayDeque<Chunk> waiting() {
        if (waiting == null) {
            waiting = new ArrayDeque<>(4);
        }
        return waiting;
    }

    private static ByteBuffer copyOf(ByteBuffer frames) {
        return ByteBuffer.allocate(frames.remaining()).put(frames).flip();
    }

    /**
     * Goes on when the operating system has taken the rest of a chunk. Of the thread that asked for the write and the one
     * that hears of its end, whoever comes second goes on: so a write that ends at once makes the loop go round, not the
     * stack grow.
     */
    private final class Resumption implements WriteListener {
        private final Chunk chunk;
        private final AtomicBoolean oneCame = new AtomicBoolean();

        Resumption(Chunk chunk) {
            this.chunk = chunk;
        }

        boolean cameSecond() {
            return oneCame.getAndSet(true);
        }

        @Override
        public void written() {
            if (cameSecond()) {
                done(chunk);
                drain();
            }
        }

        @Override
        public void failed(Throwable cause) {
            fail(cause);
        }
    }
}
