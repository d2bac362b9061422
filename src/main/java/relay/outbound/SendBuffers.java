package relay.outbound;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Buffers for what waits for clients that read slowly, outside the heap and used again and again: in the heap a collection
 * would copy megabytes for each such client while everybody waits. For any thread.
 *
 * <p>Up to a bound; beyond it they are of the heap. What nobody has needed from one {@link #rest} to the next is let go: the
 * collector frees it.
 */
final class SendBuffers {
    /** The size of each. */
    static final int BYTES = 64 << 10;

    /** The memory outside the heap is bounded too: as large as the heap, unless the JVM is told otherwise. */
    private static final int SHARE_OF_HEAP = 8;

    private static final long MOST_BYTES = 256L << 20;

    private final Deque<ByteBuffer> idle = new ArrayDeque<>();
    private final long most;
    private long made;

    /** How many were idle all the time since the last look. */
    private int leastIdle;

    SendBuffers() {
        this(Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP));
    }

    /** @param mostBytes how much there may be outside the heap */
    SendBuffers(long mostBytes) {
        most = mostBytes / BYTES;
    }

    /** An empty one. */
    synchronized ByteBuffer take() {
        ByteBuffer free = idle.poll();
        leastIdle = Math.min(leastIdle, idle.size());
        if (free != null) {
            return free.clear();
        }
        if (made == most) {
            return ByteBuffer.allocate(BYTES);
        }
        made++;
        return ByteBuffer.allocateDirect(BYTES);
    }

    /** Nobody reads it any more, or writes to it. */
    synchronized void giveBack(ByteBuffer buffer) {
        if (buffer.isDirect()) {
            idle.push(buffer);
        }
    }

    /** How many there are outside the heap. */
    synchronized long made() {
        return made;
    }

    /** How many of them nobody uses. */
    synchronized int idle() {
        return idle.size();
    }

    /** To be called now and then: lets go of what nobody has needed since the last time. */
    synchronized void rest() {
        for (int i = 0; i < leastIdle; i++) {
            idle.removeLast();
            made--;
        }
        leastIdle = idle.size();
    }

    /** Somebody may still read it, and nobody knows for how long: the collector will. */
    synchronized void abandon(ByteBuffer buffer) {
        if (buffer.isDirect()) {
            made--;
        }
    }
}
