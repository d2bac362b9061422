package relay.outbound;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Reusable direct buffers for what waits for slow clients: in the heap, the collector would copy megabytes for each such
 * client. For any thread.
 *
 * <p>Beyond a bound, buffers are in the heap and not pooled. Direct buffers that were not needed from one {@link #trim} to the
 * next are dropped, and freed by the collector.
 */
final class SendBufferPool {
    /** The size of a buffer. */
    static final int BYTES = 64 << 10;

    /** The memory outside the heap is bounded too: as large as the heap, unless the JVM is told otherwise. */
    private static final int SHARE_OF_HEAP = 8;

    private static final long MOST_BYTES = 256L << 20;

    private final Deque<ByteBuffer> idle = new ArrayDeque<>();
    private final long most;
    private long made;

    /** The fewest that were idle at any time since the last trim. */
    private int leastIdle;

    SendBufferPool() {
        this(Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP));
    }

    /** @param mostBytes how many bytes of direct buffers there may be */
    SendBufferPool(long mostBytes) {
        most = mostBytes / BYTES;
    }

    /** An empty buffer. */
    synchronized ByteBuffer acquire() {
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

    /** A buffer that nobody uses any more. */
    synchronized void release(ByteBuffer buffer) {
        if (buffer.isDirect()) {
            idle.push(buffer);
        }
    }

    /** How many direct buffers there are. */
    synchronized long made() {
        return made;
    }

    /** How many of them are free. */
    synchronized int idle() {
        return idle.size();
    }

    /** To be called now and then: drops the buffers that were not needed since the last time. */
    synchronized void trim() {
        for (int i = 0; i < leastIdle; i++) {
            idle.removeLast();
            made--;
        }
        leastIdle = idle.size();
    }

    /** A buffer that the wire may still read, for an unknown time: it is left to the collector. */
    synchronized void abandon(ByteBuffer buffer) {
        if (buffer.isDirect()) {
            made--;
        }
    }
}
