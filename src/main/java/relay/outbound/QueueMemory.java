package relay.outbound;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of all send queues, in the heap and outside it, and its bound: at the bound the fullest queues are evicted. For
 * any thread; nothing blocks.
 *
 * <p>It counts the capacity of buffers, not their content. A queue whose wire takes every write whole never appears here.
 */
final class QueueMemory {
    private static final Logger LOG = LoggerFactory.getLogger(QueueMemory.class);
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** One of so many parts of the bound is freed in addition, so that not every further frame looks for the fullest queue. */
    private static final int SHARE_FREED = 32;

    private final long most;
    private final LongAdder held = new LongAdder();
    private final Set<SendQueue> holders = ConcurrentHashMap.newKeySet();

    /** True while a thread makes room; others go on meanwhile. */
    private final AtomicBoolean making = new AtomicBoolean();

    private final AtomicLong loggedNanos = new AtomicLong(System.nanoTime() - LOG_INTERVAL_NANOS);

    /** @param most the bound in bytes */
    QueueMemory(long most) {
        this.most = most;
    }

    long most() {
        return most;
    }

    /** How many bytes are held now. */
    long held() {
        return Math.max(0, held.sum());
    }

    /** So many more bytes are held, or fewer if it is negative. */
    void hold(long more) {
        held.add(more);
    }

    /** A queue begins to hold something that its wire does not take for now. */
    void enter(SendQueue queue) {
        holders.add(queue);
    }

    /** A queue holds nothing any more. */
    void leave(SendQueue queue) {
        holders.remove(queue);
    }

    /** Evicts the fullest queues if all together hold too much. The caller must hold no lock. */
    void makeRoom() {
        boolean freed = true;
        while (freed && held.sum() > most && making.compareAndSet(false, true)) {
            try {
                freed = evictFullest();
            } finally {
                making.set(false);
            }
        }
    }

    private boolean evictFullest() {
        record Holder(SendQueue queue, long weight) {}
        long enough = most - most / SHARE_FREED;
        long before = held.sum();
        List<Holder> fullest = holders.stream()
                .map(queue -> new Holder(queue, queue.weight()))
                .sorted(Comparator.comparingLong(Holder::weight).reversed())
                .toList();
        int evicted = 0;
        while (evicted < fullest.size() && held.sum() > enough) {
            Holder holder = fullest.get(evicted);
            holder.queue().evict(holder.weight());
            evicted++;
        }
        log(evicted);
        return held.sum() < before;
    }

    private void log(int evicted) {
        long now = System.nanoTime();
        long last = loggedNanos.get();
        if (evicted > 0 && now - last >= LOG_INTERVAL_NANOS && loggedNanos.compareAndSet(last, now)) {
            LOG.warn(
                    "what waits for slow clients takes more than {} bytes (--queues-bytes): the fullest queues are closed"
                            + " with {}, {} of them just now",
                    most,
                    CloseReason.TOO_SLOW.code(),
                    evicted);
        }
    }
}
