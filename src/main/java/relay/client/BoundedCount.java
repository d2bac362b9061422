package relay.client;

import java.util.concurrent.atomic.AtomicInteger;

/** How many there are of something, up to a bound. For any thread. */
public final class BoundedCount {
    private final AtomicInteger count = new AtomicInteger();
    private final int most;

    public BoundedCount(int most) {
        this.most = most;
    }

    /** How many there are now. */
    public int get() {
        return count.get();
    }

    /** Lets one more in, unless there are as many as there may be. */
    public boolean enter() {
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            return false;
        }
        return true;
    }

    /** One that was let in is gone. */
    public void leave() {
        count.decrementAndGet();
    }
}
