package relay.client;

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
    private final LongAdder queuedBytes = new LongAdder();
    private final ConcurrentHashMap<Integer, LongAdder> closes = new ConcurrentHashMap<>();
    private final SendBuffers buffers;

    public ConnectionTotals() {
        this(new SendBuffers());
    }

    ConnectionTotals(SendBuffers buffers) {
        this.buffers = buffers;
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
