package relay.outbound;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sums over all connections: how much waits in their queues, the memory and buffers for it, and the close codes that the
 * relay has sent. For any thread; nothing blocks.
 *
 * <p>The sums are only touched where a write did not go through at once.
 */
public final class ConnectionTotals {
    private static final int SHARE_OF_HEAP = 4;

    private final LongAdder queuedBytes = new LongAdder();
    private final ConcurrentHashMap<Integer, LongAdder> closes = new ConcurrentHashMap<>();
    private final SendBufferPool buffers;
    private final QueueMemory memory;

    /** With the default bound. */
    public ConnectionTotals() {
        this(usualQueueMemory());
    }

    /** @param mostQueueMemory how many bytes of memory all send queues together may take */
    public ConnectionTotals(long mostQueueMemory) {
        this(new SendBufferPool(), new QueueMemory(mostQueueMemory));
    }

    ConnectionTotals(SendBufferPool buffers, QueueMemory memory) {
        this.buffers = buffers;
        this.memory = memory;
    }

    /**
     * The default bound of the memory of all send queues: a quarter of the heap's size.
     *
     * <p>Up to an eighth of the heap's size is outside the heap ({@link SendBufferPool}), where nothing else is of this size and
     * the JVM allows as much as the heap's maximum. So seven eighths of the heap remain for connections, the history and
     * incoming messages; or three quarters if the queues hold only small buffers, which are in the heap.
     */
    public static long usualQueueMemory() {
        return Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
    }

    /** How many bytes of memory all send queues take, in the heap and outside it. */
    public long queueMemory() {
        return memory.held();
    }

    /** How many they may take: at this bound the fullest are evicted. */
    public long mostQueueMemory() {
        return memory.most();
    }

    /** To be called about once a minute: frees direct buffers that no queue has needed since the last time. */
    public void trim() {
        buffers.trim();
    }

    /** The memory of all queues. */
    QueueMemory memory() {
        return memory;
    }

    /** The large buffers of all queues. */
    SendBufferPool buffers() {
        return buffers;
    }

    /** The relay closes a connection with this code (RFC 6455 §7.4). */
    public void closed(int code) {
        closes.computeIfAbsent(code, unused -> new LongAdder()).increment();
    }

    /** How many connections the relay has closed, by code; a code that it never sent is absent. */
    public Map<Integer, Long> closes() {
        Map<Integer, Long> counts = new TreeMap<>();
        closes.forEach((code, count) -> counts.put(code, count.sum()));
        return Collections.unmodifiableMap(counts);
    }

    /** How many bytes wait or are in flight in all send queues. */
    public long queuedBytes() {
        return Math.max(0, queuedBytes.sum());
    }

    /** A queue holds so many more bytes, or fewer if it is negative. */
    void queued(long bytes) {
        queuedBytes.add(bytes);
    }
}
