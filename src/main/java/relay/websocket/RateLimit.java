package relay.websocket;

import java.util.concurrent.TimeUnit;

/** Allows so many events in each second, counted from the first event of that second. For one thread at a time. */
final class RateLimit {
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int perSecond;
    private long windowStart;
    private int counted;

    RateLimit(int perSecond) {
        this.perSecond = perSecond;
    }

    /** Counts an event, and says whether it is within the limit. */
    boolean allows(long nowNanos) {
        if (counted == 0 || nowNanos - windowStart >= WINDOW_NANOS) {
            windowStart = nowNanos;
            counted = 0;
        }
        counted = Math.min(counted + 1, perSecond + 1);
        return counted <= perSecond;
    }
}
