package relay.outbound;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link SendQueue} holds, in order: the chunk that is being written, and those that wait. It exists only while there
 * is something, and is included in the totals. Guarded by the queue's lock.
 */
final class PendingWrites {
    private static final int SMALLEST_CHUNK = 4 << 10;

    private final SendQueue queue;
    private final ConnectionTotals totals;
    private final ArrayDeque<Chunk> waiting = new ArrayDeque<>(4);
    private @Nullable Chunk inFlight;

    /** Whether the last chunk that was in flight ends in the middle of a run of frames. */
    private boolean withinRun;

    private int bytes;
    private long memory;

    /** Whether {@link QueueMemory} may evict the queue. */
    private boolean evictable;

    PendingWrites(SendQueue queue, ConnectionTotals totals) {
        this.queue = queue;
        this.totals = totals;
    }

    int bytes() {
        return bytes;
    }

    /** How much of the chunk in flight the wire has taken. A guess: the thread that writes it moves on meanwhile. */
    int takenInFlight() {
        return inFlight == null ? 0 : inFlight.size() - inFlight.frames.remaining();
    }

    /** How many bytes an eviction would free. */
    long weight() {
        return Math.max(bytes, memory);
    }

    /** Whether a chunk with exactly these bytes waits. */
    boolean contains(ByteBuffer frame) {
        for (Chunk chunk : waiting) {
            if (chunk.frames.equals(frame)) {
                return true;
            }
        }
        return false;
    }

    void add(Chunk chunk) {
        waiting.add(chunk);
        count(chunk.size(), chunk.memory());
    }

    /** Adds a run of whole frames, or the rest of one. */
    void add(ByteBuffer frames, @Nullable SharedFrames shared) {
        if (shared == null) {
            copy(frames);
        } else {
            add(Chunk.of(frames, shared, totals.memory()));
        }
    }

    /** Adds the rest of a run that has been partly written, in front of what was added meanwhile. */
    void addFirst(ByteBuffer frames, @Nullable SharedFrames shared) {
        List<Chunk> later = new ArrayList<>(waiting);
        waiting.clear();
        add(frames, shared);
        waiting.addAll(later);
    }

    private void copy(ByteBuffer frames) {
        int all = bytes + frames.remaining();
        while (frames.hasRemaining()) {
            Chunk tail = waiting.peekLast();
            if (tail == null || !tail.hasRoom()) {
                tail = all < SendBufferPool.BYTES
                        ? Chunk.small(Math.max(SMALLEST_CHUNK, all))
                        : Chunk.large(totals.buffers());
                add(tail);
            }
            count(tail.append(frames), 0);
        }
    }

    /** The chunk in flight; if there is none, the next one is from now on. */
    @Nullable
    Chunk next() {
        if (inFlight == null) {
            inFlight = waiting.poll();
            withinRun = inFlight != null && !inFlight.endsWhole();
        }
        return inFlight;
    }

    /** A chunk has been written. Returns false if it is no longer in flight. */
    boolean done(Chunk chunk) {
        if (inFlight != chunk) {
            return false;
        }
        count(-chunk.size(), -chunk.memory());
        inFlight = null;
        return true;
    }

    /** Removes everything, and releases the buffers. */
    List<Chunk> clear() {
        List<Chunk> all = new ArrayList<>();
        if (inFlight != null) {
            inFlight.abandon();
            all.add(inFlight);
            inFlight = null;
        }
        waiting.forEach(Chunk::release);
        all.addAll(waiting);
        waiting.clear();
        count(-bytes, -memory);
        leave();
        return all;
    }

    /**
     * Removes all that need not be sent, and releases the buffers. The chunk in flight stays, and so does the rest of the
     * run in which it ends, so that no frame is cut.
     *
     * @param ends whether the last chunk is the close frame: it stays
     */
    List<Chunk> cut(boolean ends) {
        ArrayDeque<Chunk> all = new ArrayDeque<>(waiting);
        waiting.forEach(chunk -> count(-chunk.size(), -chunk.memory()));
        waiting.clear();
        Chunk last = ends ? all.pollLast() : null;
        boolean open = withinRun;
        while (open && !all.isEmpty()) {
            Chunk rest = all.remove();
            open = !rest.cutAfterFirstRun();
            add(rest);
        }
        if (last != null) {
            add(last);
        }
        all.forEach(Chunk::release);
        return new ArrayList<>(all);
    }

    /** The wire does not take it for now: the queue may be evicted. */
    void enter() {
        if (!evictable) {
            evictable = true;
            totals.memory().enter(queue);
        }
    }

    /** Nothing is held any more, and nothing can be evicted. */
    void leave() {
        if (evictable) {
            evictable = false;
            totals.memory().leave(queue);
        }
    }

    private void count(int moreBytes, long moreMemory) {
        bytes += moreBytes;
        memory += moreMemory;
        totals.queued(moreBytes);
        if (moreMemory != 0) {
            totals.memory().hold(moreMemory);
        }
    }
}
