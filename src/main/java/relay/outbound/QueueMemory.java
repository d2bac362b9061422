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
 * What all send queues together take of memory, in the heap and beside it, and the bound of that: at the bound the fullest
 * go first. For any thread; nothing blocks.
 *
 * <p>Counted is what buffers take, not what is in them. A queue whose wire takes every write whole is not to be found here.
 */
final class QueueMemory {
    private static final Logger LOG = LoggerFactory.getLogger(QueueMemory.class);
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Of the bound; a little is freed beyond what must be, so that not every further frame looks for the fullest. */
    private static final int SHARE_FREED = 32;

    private final long most;
    private final LongAdder held = new LongAdder();
    private final Set<SendQueue> holders = ConcurrentHashMap.newKeySet();

    /** True while some thread makes room: others go on meanwhile. */
    private final AtomicBoolean making = new AtomicBoolean();

    private final AtomicLong loggedNanos = new AtomicLong(System.nanoTime() - LOG_INTERVAL_NANOS);

    /** @param most how much there may be, in bytes */
    QueueMemory(long most) {
        this.most = most;
    }

    long most() {
        return most;
    }

    /** How much is held at the moment. */
    long held() {
        return Math.max(0, held.sum());
    }

    /** So much more is held, or less. */
    void hold(long more) {
        held.add(more);
    }

    /** A queue begins to hold something that its wire does not take. */
    void enter(SendQueue queue) {
        holders.add(queue);
    }

    /** A queue holds nothing any more. */
    void leave(SendQueue queue) {
        holders.remove(queue);
    }

    /** Lets go of the fullest queues if all together hold too much. No lock may be held. */
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
