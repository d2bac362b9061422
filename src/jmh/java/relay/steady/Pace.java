package relay.steady;

import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/** Does something again and again, so many times a second; what comes late is made up for. */
final class Pace {
    private static final double NANOS_PER_SECOND = 1e9;

    private Pace() {}

    /** @param step is told how often it was done before */
    static void run(double perSecond, int times, IntConsumer step) {
        long begin = System.nanoTime();
        for (int i = 0; i < times; i++) {
            long due = begin + (long) (i * NANOS_PER_SECOND / perSecond);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            step.accept(i);
        }
    }
}
