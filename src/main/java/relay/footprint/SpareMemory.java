package relay.footprint;

import java.time.Duration;

/**
 * Gives memory back to the system that the relay does not need, while it has little to do: left to themselves, the JVM keeps the
 * heap as large as the last burst has made it, and the system's allocator what it had to hold at the same time.
 *
 * <p>It looks every few seconds, and costs nothing while the relay is busy or has taken little since the last time. One thread, which may
 * be held up for a while.
 */
public final class SpareMemory {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final Duration BETWEEN_COLLECTIONS = Duration.ofSeconds(1);

    /** With more new objects from one look to the next, the relay is busy. */
    private static final long BUSY_BYTES = 4L << 20;

    /** After so many looks without much work the relay is idle. */
    private static final int CALM_LOOKS = 2;

    /**
     * At most: one marks what is in use and shrinks the heap, some more empty regions that are in use in part, and another marks again. Each
     * may also let the heap grow, as the collector sees fit: so they end as soon as little is left to give back.
     */
    private static final int COLLECTIONS = 6;

    /** What is worth giving back: this, or a quarter of what is in use. So a large heap is not marked all the time. */
    private static final long LEAST_BYTES = 16L << 20;

    private static final int PART = 4;

    private final Memory memory;
    private long lastUsed;
    private int calmLooks;

    /** How many looks more the heap is collected for; 0: it is not. */
    private int collections;

    /** What was in use, and what the heap took, after the last round. */
    private long keptUsed;

    private long keptCommitted;

    /** That of this process, which is not looked at before the first {@link #look}. */
    public SpareMemory() {
        this(new HotSpot());
    }

    SpareMemory(Memory memory) {
        this.memory = memory;
    }

    /** Does what is to be done now, and returns when to look again. */
    public Duration look() {
        if (lastUsed == 0) {
            memory.open();
        }
        long used = memory.used();
        long growth = used - lastUsed;
        lastUsed = used;
        if (collections > 0) {
            boolean isDone = growth > BUSY_BYTES || memory.committed() - used < least(used);
            collections = isDone ? 0 : collections - 1;
            if (collections == 0) {
                finish();
            }
        } else {
            calmLooks = Math.abs(growth) > BUSY_BYTES ? 0 : calmLooks + 1;
            if (calmLooks >= CALM_LOOKS && isWorthIt(used)) {
                collections = COLLECTIONS;
                memory.beginCollecting();
            }
        }
        return collections > 0 ? BETWEEN_COLLECTIONS : BETWEEN_LOOKS;
    }

    private boolean isWorthIt(long used) {
        return used - keptUsed >= least(keptUsed) || memory.committed() - keptCommitted >= least(keptUsed);
    }

    private static long least(long used) {
        return Math.max(LEAST_BYTES, used / PART);
    }

    private void finish() {
        memory.endCollecting();
        memory.trim();
        calmLooks = 0;
        keptUsed = memory.used();
        keptCommitted = memory.committed();
        lastUsed = keptUsed;
    }
}
