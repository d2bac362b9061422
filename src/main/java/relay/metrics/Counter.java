package relay.metrics;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A number that only grows. One thread at a time adds to it, which costs no more than a plain field. Any thread may read it,
 * and may miss what was added a moment before.
 */
public final class Counter {
    private final AtomicLong value = new AtomicLong();

    public void add(long more) {
        // With one writer no atomic addition is needed. An opaque write has no fence: the value is only never torn, and
        // becomes visible in the end.
        value.setOpaque(value.getPlain() + more);
    }

    public long get() {
        return value.getOpaque();
    }
}
