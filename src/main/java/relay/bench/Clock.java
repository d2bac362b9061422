package relay.bench;

import java.util.concurrent.locks.LockSupport;

/** A monotonic clock on which a thread can wait. For any thread. Tests use their own. */
interface Clock {
    /** Nanoseconds since some fixed moment. Compare by difference, never by size. */
    long nanos();

    /** Returns at that moment; at once if it is past or the thread is interrupted. */
    void waitUntil(long moment);

    /** The machine's monotonic clock. */
    static Clock system() {
        return new Clock() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void waitUntil(long moment) {
                for (long left = moment - nanos(); left > 0 && !isInterrupted(); left = moment - nanos()) {
                    LockSupport.parkNanos(this, left);
                }
            }

            private boolean isInterrupted() {
                return Thread.currentThread().isInterrupted();
            }
        };
    }
}
