package relay.fanout;

import java.util.concurrent.TimeUnit;

/**
 * Decides how long a worker that has just written gathers messages before it writes again. The owning worker only.
 *
 * <p>Publishers that wait for an answer before they send the next message come back together, a moment after the batch that
 * answered them. To write again before that moment costs as many writes for fewer messages, and splits the publishers into groups
 * that take turns from then on. So the worker waits for a small share of the time that the batch took. Under light load that
 * time has long passed when the next message comes, which then leaves at once.
 */
final class Pacer {
    /** A batch that took less than this is cheap enough to write one for a single message. */
    private static final long SHORTEST_WRITING_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    /** With so many messages the bytes cost more than the writes, and waiting for more gains nothing. */
    private static final int ENOUGH_MESSAGES = 64;

    private static final int SHARE_OF_WRITING = 4;
    private static final long LONGEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private int expected;
    private long waitUntil;

    /**
     * The worker has written.
     *
     * @param written how many messages
     * @param waiting how many more have come meanwhile: their publishers are not among those that come back now
     * @return whether it took long
     */
    boolean wrote(int written, int waiting, long beganNanos, long endedNanos) {
        long took = endedNanos - beganNanos;
        boolean tookLong = took >= SHORTEST_WRITING_NANOS;
        expected = tookLong ? Math.min(written + waiting, ENOUGH_MESSAGES) : 0;
        waitUntil = endedNanos + Math.min(took / SHARE_OF_WRITING, LONGEST_WAIT_NANOS);
        return tookLong;
    }

    /** How much longer to wait for more, in nanoseconds, with so many messages gathered; 0 or less: not at all. */
    long gatherNanos(int gathered, long nowNanos) {
        return gathered < expected ? waitUntil - nowNanos : 0;
    }
}
