package relay.outbound;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What all connections together hold back, in which buffers, and with which codes the relay closed them. For any thread;
 * nothing blocks.
 *
 * <p>A connection whose wire takes every write whole is not to be found here: so what is added up is only touched where
 * a write did not go through at once.
 */
public final class ConnectionTotals {
    private static final int SHARE_OF_HEAP = 4;

    private final LongAdder queuedBytes = new LongAdder();
    private final ConcurrentHashMap<Integer, LongAdder> closes = new ConcurrentHashMap<>();
    private final SendBuffers buffers;
    private final QueueMemory memory;

    /** Bounded by the usual share of memory. */
    public ConnectionTotals() {
        this(usualQueueMemory());
    }

    /** @param mostQueueMemory how much memory all send queues together may take, in bytes */
    public ConnectionTotals(long mostQueueMemory) {
        this(new SendBuffers(), new QueueMemory(mostQueueMemory));
    }

    ConnectionTotals(SendBuffers buffers, QueueMemory memory) {
        this.buffers = buffers;
        this.memory = memory;
    }

    /**
     * How much memory all send queues together may take where nobody says it: a quarter of the heap's size.
     *
     * <p>Up to an eighth of the heap's size lies beside the heap ({@link SendBuffers}), where nothing else of this size lives
     * and the JVM allows as much as the heap is large. So at least that bound leaves the heap seven eighths, and where all of
     * it is in small pieces, which are of the heap, three quarters: for connections, the history and what publishers bring.
     */
    public static long usualQueueMemory() {
        return Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
    }

    /** How much memory all send queues take, in the heap and beside it. */
    public long queueMemory() {
        return memory.held();
    }

    /** How much they may take: at this the fullest are closed. */
    public long mostQueueMemory() {
        return memory.most();
    }

    /** To be called about once a minute: memory beside the heap that no queue has needed since the last time is let go. */
    public void rest() {
        buffers.rest();
    }

    /** What all queues take together. */
    QueueMemory memory() {
        return memory;
    }

    /** Where what is held back lies, unless it is little. */
    SendBuffers buffers() {
        return buffers;
    }

    /** The relay closes a connection with this code (RFC 6455 §7.4). */
    public void closed(int code) {
        closes.computeIfAbsent(code, unused -> new LongAdder()).increment();
    }

    /** How many connections the relay has closed, by code; a code that was never sent is absent. */
    public Map<Integer, Long> closes() {
        Map<Integer, Long> counts = new TreeMap<>();
        closes.forEach((code, count) -> counts.put(code, count.sum()));
        return Collections.unmodifiableMap(counts);
    }

    /** How many bytes wait in all send queues, those in flight included. */
    public long queuedBytes() {
        return Math.max(0, queuedBytes.sum());
    }

    /** A queue holds so many bytes more, or less. */
    void queued(long bytes) {
        queuedBytes.add(bytes);
    }
}
