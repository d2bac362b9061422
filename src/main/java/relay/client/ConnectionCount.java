package relay.client;

import java.util.concurrent.atomic.AtomicInteger;

/** How many connections are open, over all kinds of wires, up to a bound. For any thread. */
public final class ConnectionCount {
    private final AtomicInteger open = new AtomicInteger();
    private final int most;

    public ConnectionCount(int most) {
        this.most = most;
    }

    /** How many are open, those that are closing among them. */
    public int open() {
        return open.get();
    }

    /** Lets one more in, unless there are as many as there may be. */
    public boolean enter() {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            return false;
        }
        return true;
    }

    /** One that was let in is gone. */
    public void leave() {
        open.decrementAndGet();
    }
}
