package relay.metrics;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How often something has happened. One thread at a time adds to it, which costs it no more than a plain field; any thread
 * may read it, and finds what was added a moment before, or that. It never falls.
 */
public final class Count {
    private final AtomicLong value = new AtomicLong();

    public void add(long more) {
        // One writer needs no atomic addition, and an opaque write no fence: only that it is whole, and seen in the
        // end.
        value.setOpaque(value.getPlain() + more);
    }

    public long get() {
        return value.getOpaque();
    }
}
