package relay.outbound;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link SendQueue} holds, in order: the chunk that is being written, and those behind it. It is there only while
 * there is something, and all of it is added up in the totals. The queue's lock guards it.
 */
final class Line {
    private static final int SMALLEST_CHUNK = 4 << 10;

    private final SendQueue queue;
    private final ConnectionTotals totals;
    private final ArrayDeque<Chunk> waiting = new ArrayDeque<>(4);
    private @Nullable Chunk inFlight;

    /** Whether the last chunk that was in flight ends within a frame. */
    private boolean withinRun;

    private int bytes;
    private long memory;

    /** Whether {@link QueueMemory} knows the queue. */
    private boolean known;

    Line(SendQueue queue, ConnectionTotals totals) {
        this.queue = queue;
        this.totals = totals;
    }

    int bytes() {
        return bytes;
    }

    /** How much there is to be gained by letting go of it, in bytes. */
    long weight() {
        return Math.max(bytes, memory);
    }

    /** Whether a chunk with just these bytes waits. */
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

    /** Takes a run of whole frames, or its rest. */
    void add(ByteBuffer frames, @Nullable SharedFrames shared) {
        if (shared == null) {
            copy(frames);
        } else {
            add(Chunk.of(frames, shared, totals.memory()));
        }
    }

    /** Takes the rest of a run that the wire has begun with: what has come meanwhile goes behind it. */
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
                tail = all < SendBuffers.BYTES
                        ? Chunk.small(Math.max(SMALLEST_CHUNK, all))
                        : Chunk.large(totals.buffers());
                add(tail);
            }
            count(tail.append(frames), 0);
        }
    }

    /** What is in flight, which is the next in line if nothing was. */
    @Nullable
    Chunk next() {
        if (inFlight == null) {
            inFlight = waiting.poll();
            withinRun = inFlight != null && !inFlight.endsWhole();
        }
        return inFlight;
    }

    /** A chunk is out; false if it is in flight no more. */
    boolean done(Chunk chunk) {
        if (inFlight != chunk) {
            return false;
        }
        count(-chunk.size(), -chunk.memory());
        inFlight = null;
        return true;
    }

    /** Takes everything out, and gives the buffers back. */
    List<Chunk> clear() {
        List<Chunk> all = new ArrayList<>();
        if (inFlight != null) {
            inFlight.abandon();
            all.add(inFlight);
            inFlight = null;
        }
        waiting.forEach(Chunk::giveBack);
        all.addAll(waiting);
        waiting.clear();
        count(-bytes, -memory);
        leave();
        return all;
    }

    /**
     * Takes out all that need not be sent, and gives the buffers back. What is in flight stays, and the rest of the run in
     * which it ends, so that no frame is cut.
     *
     * @param ends whether the last chunk ends the connection: it stays
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
        all.forEach(Chunk::giveBack);
        return new ArrayList<>(all);
    }

    /** The wire does not take it for now. */
    void enter() {
        if (!known) {
            known = true;
            totals.memory().enter(queue);
        }
    }

    /** Nothing is held any more. */
    void leave() {
        if (known) {
            known = false;
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
