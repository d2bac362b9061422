package relay.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The frames that one connection has yet to send, in order and bounded in bytes, with one write in flight.
 *
 * <p>While the wire takes everything at once, the queue is empty and holds no buffer: {@link #offer} writes straight from
 * the caller's buffer. Only what the wire did not take is copied, and is sent by the thread that finds the wire writable
 * again.
 *
 * <p>The memory of the waiting frames also counts in {@link QueueMemory}. When all queues together take too much, the thread
 * that notices {@linkplain #evict evicts} the fullest.
 *
 * <p>Any thread may call any method; none blocks. The lock guards only the fields: every write happens outside it, by the
 * one thread that has set {@code writing}.
 */
public final class SendQueue {
    /** The result of an offer. */
    public enum Outcome {
        /** It was written, or waits. */
        ACCEPTED,
        /** It was refused: the queue is full because the client is too slow. */
        FULL,
        /** It was refused: the connection is closing. */
        CLOSED
    }

    private final Connection connection;
    private final int maxBytes;
    private final ConnectionTotals totals;

    /** True while a thread writes, or waits for the wire to finish. True at first, while the handshake is written. */
    private boolean writing = true;

    private boolean closed;

    /** Whether its memory was needed: it takes nothing more but the close frame. */
    private boolean evicted;

    /** How many bytes the wire has taken of chunks that are done. */
    private long taken;

    /** Absent while nothing waits and nothing is in flight. */
    private @Nullable PendingWrites pending;

    /**
     * A queue that only collects frames until {@link #open}.
     *
     * @param maxBytes how much may wait. If nothing waits, frames of any size are taken, so that a message larger than the
     *     bound can be sent at all
     * @param totals the sums over all queues
     */
    public SendQueue(Connection connection, int maxBytes, ConnectionTotals totals) {
        this.connection = connection;
        this.maxBytes = maxBytes;
        this.totals = totals;
    }

    public Connection connection() {
        return connection;
    }

    /** Whether an offer would be written at once. A guess: it is made without the lock. */
    public boolean isIdle() {
        return !writing && connection.takesAtOnce();
    }

    /** Whether it has dropped what waited, because its memory was needed. */
    public synchronized boolean isEvicted() {
        return evicted;
    }

    /** How many bytes may wait. */
    public int maxBytes() {
        return maxBytes;
    }

    /** How many bytes wait or are in flight. */
    public synchronized int bytes() {
        return pending == null ? 0 : pending.bytes();
    }

    /**
     * How many bytes the wire has taken so far that had to wait for it, and of control frames. To be compared with an earlier answer:
     * a difference means that the wire takes something.
     */
    public synchronized long taken() {
        return taken + (pending == null ? 0 : pending.takenInFlight());
    }

    /** How many bytes its eviction would free. */
    synchronized long weight() {
        return pending == null ? 0 : pending.weight();
    }

    /** The handshake has been written: sends the frames collected so far. To be called once. */
    public void open() {
        drain();
    }

    /** Sends whole frames after all that wait, unless the queue is full or closed. Consumes the buffer. */
    public Outcome offer(ByteBuffer frames) {
        return offer(frames, null);
    }

    /**
     * Like {@link #offer(ByteBuffer)}, but frames that have to wait are not copied.
     *
     * @param shared the frames that the buffer is a view of; absent if the buffer will be reused, so that a copy is needed
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
                pending().add(frames, shared);
                pending().enter();
            }
            writing = true;
        }
        return waits ? keptUnlessEvicted() : writeThrough(frames, shared);
    }

    /**
     * Sends a control frame, or an answer to the client, in order with the messages and without a bound. The caller sends
     * the next one only when the listener has been told about this one.
     */
    public void control(ByteBuffer frame, WriteListener listener) {
        enqueue(frame, listener, false);
    }

    /** Sends a frame that asks the peer for something, unless an equal one waits already: one answer is enough. */
    public void ask(ByteBuffer frame) {
        synchronized (this) {
            if (pending != null && pending.contains(frame)) {
                return;
            }
        }
        control(frame, WriteListener.NONE);
    }

    /** Tells the listener when everything before has been written. */
    public void afterAll(WriteListener listener) {
        control(ByteBuffer.allocate(0), listener);
    }

    /** Sends the close frame. All later offers are refused. */
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
                pending().add(Chunk.of(frame, listener));
                idle = !writing;
                writing = true;
                if (!idle) {
                    pending().enter();
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
                pending().addFirst(frames, shared);
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

    /** Writes chunks until none is left or the wire takes no more for now. Only for the thread that set {@code writing}. */
    private void drain() {
        for (Chunk chunk = next(); chunk != null; chunk = next()) {
            try {
                connection.write(chunk.frames);
                if (chunk.frames.hasRemaining()) {
                    WriteCompletion completion = new WriteCompletion(this, chunk);
                    connection.writeFully(chunk.frames, completion);
                    if (!completion.isSecond()) {
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
        Chunk next = pending == null ? null : pending.next();
        if (next == null) {
            writing = false;
            if (pending != null) {
                pending.leave();
                pending = null;
            }
        }
        return next;
    }

    private synchronized void isStuck() {
        if (pending != null) {
            pending.enter();
        }
    }

    /** The wire has taken the rest of a chunk: this thread goes on with the next. */
    void resume(Chunk chunk) {
        done(chunk);
        drain();
    }

    private void done(Chunk chunk) {
        synchronized (this) {
            if (pending == null || !pending.done(chunk)) {
                return;
            }
            taken += chunk.size();
        }
        chunk.release();
        chunk.listener.written();
    }

    /** The wire is broken, or was never there: drops what waits, and refuses all later offers. */
    public void fail(Throwable cause) {
        List<Chunk> unsent = List.of();
        synchronized (this) {
            closed = true;
            if (pending != null) {
                unsent = pending.clear();
                pending = null;
            }
        }
        unsent.forEach(chunk -> chunk.listener.failed(cause));
        connection.abort(cause);
    }

    /**
     * Frees its memory for others: drops what waits, except the rest of a frame that is being written, and disconnects the
     * client as too slow. The second time, the connection is aborted.
     *
     * @param weight how many bytes that was expected to free: a queue that has become smaller since is being read, and stays
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
            unsent = pending().cut(closed);
        }
        IOException cause = new IOException("the memory of its queue was needed");
        unsent.forEach(chunk -> chunk.listener.failed(cause));
        if (again) {
            connection.abort(cause);
        } else {
            connection.close(CloseReason.TOO_SLOW);
        }
    }

    private PendingWrites pending() {
        if (pending == null) {
            pending = new PendingWrites(this, totals);
        }
        return pending;
    }
}
