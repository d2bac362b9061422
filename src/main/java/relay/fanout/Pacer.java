package relay.fanout;

import java.util.concurrent.TimeUnit;

/**
 * Says how long a worker that has just written gathers before it writes again. The owning worker only.
 *
 * <p>Publishers that wait for one answer before they send the next come back together, a moment after the writing that
 * answered them. To write again before that moment costs as many writes for fewer messages, and splits the publishers
 * into groups that take turns from then on. So the worker gives them a small share of the time that the writing took.
 * Under light load that time has long passed when the next message comes, which then leaves at once.
 */
final class Pacer {
    /** Writing that took less than this is cheap enough to do again for a single message. */
    private static final long SHORTEST_WRITING_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    /** With so many the bytes cost more than the writes, and to wait for more gains nothing. */
    private static final int ENOUGH_MESSAGES = 64;

    private static final int SHARE_OF_WRITING = 4;
    private static final long LONGEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private int expected;
    private long waitUntil;

    /**
     * The worker has written.
     *
     * @param written how many messages
     * @param waiting how many more have come meanwhile: whoever sent them is not among those who come back now
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
