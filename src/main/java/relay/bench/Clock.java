package relay.bench;

import java.util.concurrent.locks.LockSupport;

/** A clock that only runs forward, and lets a thread wait. For any thread. Tests bring their own. */
interface Clock {
    /** Nanoseconds since some fixed moment. Compare by difference, never by size. */
    long nanos();

    /** Returns when that moment has come, or at once if it is past or the thread is interrupted. */
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
