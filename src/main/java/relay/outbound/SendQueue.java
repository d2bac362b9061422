package relay.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has yet to send, in order, bounded in bytes, with one write in flight.
 *
 * <p>While the wire takes everything at once the queue stays empty and holds no buffer: {@link #offer} writes straight
 * from the caller's buffer. Only what the wire did not take is copied here, and goes out as the wire becomes writable,
 * in whichever thread finds it so.
 *
 * <p>What waits counts in {@link QueueMemory} too, with what its buffers take. Where all queues together take too much, the
 * fullest are {@linkplain #evict evicted}, by whichever thread found that out.
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

    private final Connection connection;
    private final int maxBytes;
    private final ConnectionTotals totals;

    /** True while some thread, or the operating system on its behalf, writes. True at first: the handshake is written. */
    private boolean writing = true;

    private boolean closed;

    /** Whether its memory was needed: it takes nothing more but the frame that ends the connection. */
    private boolean evicted;

    /** What waits and is in flight; absent while nothing does. */
    private @Nullable Line line;

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
        return line == null ? 0 : line.bytes();
    }

    /** How much there is to be gained by letting go of it, in bytes. */
    synchronized long weight() {
        return line == null ? 0 : line.weight();
    }

    /** The handshake has gone out: sends what has gathered meanwhile. To be called once. */
    public void open() {
        drain();
    }

    /** Sends whole frames after everything that is in line, unless the queue is full or closed. The buffer is used up. */
    public Outcome offer(ByteBuffer frames) {
        return offer(frames, null);
    }

    /**
     * As {@link #offer(ByteBuffer)}, but what has to wait is not copied.
     *
     * @param shared what the buffer is a view of; absent if the buffer is written to again
     */
    public Outcome offer(ByteBuffer frames, @Nullable SharedFrames shared) {
        boolean waits;
        synchronized (this) {
            if (closed || evicted) {
                return Outcome.CLOSED;
            }
            waits = writing;
            if (waits) {
                int bytes = bytes();
                if (bytes > 0 && (long) bytes + frames.remaining() > maxBytes) {
                    return Outcome.FULL;
                }
                line().add(frames, shared);
                line().enter();
            }
            writing = true;
        }
        return waits ? keptUnlessEvicted() : writeThrough(frames, shared);
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
            if (line != null && line.contains(frame)) {
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
        boolean taken;
        boolean idle = false;
        synchronized (this) {
            taken = !closed && (last || !evicted);
            if (taken) {
                closed = last;
                line().add(Chunk.of(frame, listener));
                idle = !writing;
                writing = true;
                if (!idle) {
                    line().enter();
                }
            }
        }
        if (!taken) {
            listener.failed(new IOException("the connection is closing"));
        } else if (idle) {
            drain();
        } else {
            totals.memory().makeRoom();
        }
    }

    private Outcome writeThrough(ByteBuffer frames, @Nullable SharedFrames shared) {
        try {
            connection.write(frames);
        } catch (IOException | RuntimeException e) {
            fail(e);
            return Outcome.CLOSED;
        }
        boolean waits = frames.hasRemaining();
        if (waits) {
            synchronized (this) {
                line().addFirst(frames, shared);
            }
        }
        drain();
        return waits ? keptUnlessEvicted() : Outcome.ACCEPTED;
    }

    private Outcome keptUnlessEvicted() {
        totals.memory().makeRoom();
        synchronized (this) {
            return evicted ? Outcome.CLOSED : Outcome.ACCEPTED;
        }
    }

    /** Writes chunk after chunk until none is left, or the wire takes no more for now. The thread that set writing only. */
    private void drain() {
        for (Chunk chunk = next(); chunk != null; chunk = next()) {
            try {
                connection.write(chunk.frames);
                if (chunk.frames.hasRemaining()) {
                    Resumption resumption = new Resumption(this, chunk);
                    connection.writeFully(chunk.frames, resumption);
                    if (!resumption.cameSecond()) {
                        isStuck();
                        return;
                    }
                }
            } catch (IOException | RuntimeException e) {
                fail(e);
                return;
            }
            done(chunk);
        }
    }

    private synchronized @Nullable Chunk next() {
        Chunk next = line == null ? null : line.next();
        if (next == null) {
            writing = false;
            if (line != null) {
                line.leave();
                line = null;
            }
        }
        return next;
    }

    private synchronized void isStuck() {
        if (line != null) {
            line.enter();
        }
    }

    /** The wire has taken the rest of a chunk: whoever hears of it goes on. */
    public void resume(Chunk chunk) {
        done(chunk);
        drain();
    }

    private void done(Chunk chunk) {
        synchronized (this) {
            if (line == null || !line.done(chunk)) {
                return;
            }
        }
        chunk.giveBack();
        chunk.listener.written();
    }

    /** The wire is broken, or never was: what waits is let go, and whatever is offered later is refused. */
    public void fail(Throwable cause) {
        List<Chunk> unsent = List.of();
        synchronized (this) {
            closed = true;
            if (line != null) {
                unsent = line.clear();
                line = null;
            }
        }
        unsent.forEach(chunk -> chunk.listener.failed(cause));
        connection.abort(cause);
    }

    /**
     * Gives its memory back, for others need it: what waits is let go, but for the end of a frame that has begun, and the
     * client is closed as too slow. The second time the connection ends at once.
     *
     * @param weight what was to be gained: a queue that has become smaller since is being read, and stays
     */
    void evict(long weight) {
        List<Chunk> unsent;
        boolean again;
        synchronized (this) {
            if (weight() == 0 || weight() < weight) {
                return;
            }
            again = evicted;
            evicted = true;
            unsent = line().cut(closed);
        }
        IOException cause = new IOException("the memory of its queue was needed");
        unsent.forEach(chunk -> chunk.listener.failed(cause));
        if (again) {
            connection.abort(cause);
        } else {
            connection.close(CloseReason.TOO_SLOW);
        }
    }

    private Line line() {
        if (line == null) {
            line = new Line(this, totals);
        }
        return line;
    }
}
