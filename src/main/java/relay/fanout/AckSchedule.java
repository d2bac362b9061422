package relay.fanout;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When each client of a worker is asked what it has received. Times are nanoseconds of the worker's clock. The owning worker only.
 *
 * <p>An answer costs about as much as a message, so the worker has a budget of {@value #ASKED_PER_SECOND} questions a second. The
 * clients that were sent something in the last second share it: each is asked once an <b>interval</b>, which grows with their number
 * from 20 ms to 1 s. The interval differs a little each time, so that the clients of a topic are not all asked at once.
 *
 * <p>A client is asked <b>early</b> when its stream has paused for {@value #PAUSE_MILLIS} ms, and about the first message after such a
 * pause, which is often the only one. That takes from savings, which grow by {@value #SAVED_PER_SECOND} questions a second up to
 * {@value #MOST_SAVED}: many streams may pause at once, but where all of them pause all the time, the interval decides.
 */
final class AckSchedule {
    /** How many clients a worker asks in a second, unless there are more of them. */
    static final int ASKED_PER_SECOND = 2_500;

    /** The answer to a question takes about as long on a good network. */
    static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Clients are asked within 50 ms; the worker may be busy for a while. */
    private static final int PAUSE_MILLIS = 40;

    static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);

    /** How long the worker waits for savings. */
    private static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NANOS_EACH = SECOND_NANOS / ASKED_PER_SECOND;

    private static final int SAVED_PER_SECOND = 500;
    private static final int MOST_SAVED = 2_500;
    private static final long NANOS_PER_SAVED = SECOND_NANOS / SAVED_PER_SECOND;
    private static final long SAVING_NANOS = MOST_SAVED * NANOS_PER_SAVED;

    /** An odd number without a pattern in its bits: a product's upper bits look random. */
    private static final long SCATTER = 0x9E3779B97F4A7C15L;

    private static final int FRACTION_BITS = 10;
    private static final int MUCH = 8;

    /** Those that were sent something in the last second, or are still to be asked: the last one is whoever was sent something last. */
    private @Nullable AckTracker first;

    private @Nullable AckTracker last;

    /** The first one whose pause has not been seen; of those before it none is to be asked. */
    private @Nullable AckTracker unseen;

    private int size;

    /** Up to when the savings are spent. */
    private long spentUntil = -SAVING_NANOS;

    /** A client has been sent something, or has more to acknowledge than its last answer did. */
    void sent(AckTracker acks, long now) {
        acks.sentAtNanos = now;
        if (acks != last) {
            forget(acks);
            append(acks);
        }
        if (unseen == null) {
            unseen = acks;
        }
        while (first != null && first != unseen && now - first.sentAtNanos > SECOND_NANOS) {
            forget(first);
        }
    }

    /** A client is not asked until it is sent something again. */
    void forget(AckTracker acks) {
        AckTracker earlier = acks.earlier;
        AckTracker later = acks.later;
        if (first != acks && earlier == null) {
            return;
        }
        if (unseen == acks) {
            unseen = later;
        }
        if (earlier == null) {
            first = later;
        } else {
            earlier.later = later;
        }
        if (later == null) {
            last = earlier;
        } else {
            later.earlier = earlier;
        }
        acks.earlier = null;
        acks.later = null;
        size--;
    }

    private void append(AckTracker acks) {
        acks.earlier = last;
        if (last == null) {
            first = acks;
        } else {
            last.later = acks;
        }
        last = acks;
        size++;
    }

    /** Whether a client is asked together with what it is about to be sent; before {@link #sent}. */
    boolean asksWith(AckTracker acks, long now) {
        if (acks.isAsked()) {
            return false;
        }
        long since = now - acks.askedAtNanos();
        long interval = interval(acks);
        // A little before its time rather than with a write of its own.
        boolean isDue = since >= Math.max(SHORTEST_NANOS, interval - interval / MUCH);
        return acks.isOwed() || isDue || (since >= SHORTEST_NANOS && isAfterPause(acks, now) && spend(now));
    }

    private static boolean isAfterPause(AckTracker acks, long now) {
        return now - acks.sentAtNanos >= PAUSE_NANOS;
    }

    /** Whether a client may be asked again, by its interval. */
    boolean isDue(AckTracker acks, long now) {
        return now - acks.askedAtNanos() >= interval(acks);
    }

    /** How long after its last question a client is asked again. */
    long interval(AckTracker acks) {
        long even = size * NANOS_EACH;
        long scattered = ((acks.askedAtNanos() ^ acks.seed()) * SCATTER) >>> (Long.SIZE - FRACTION_BITS);
        // From three quarters to five quarters.
        long interval = even - even / 4 + ((even / 2 * scattered) >> FRACTION_BITS);
        return Math.max(SHORTEST_NANOS, Math.min(interval, LONGEST_NANOS));
    }

    private boolean spend(long now) {
        long from = Math.max(spentUntil, now - SAVING_NANOS);
        boolean isLeft = from < now;
        spentUntil = isLeft ? from + NANOS_PER_SAVED : from;
        return isLeft;
    }

    /** The next one to be asked because its stream has paused; absent if none is. */
    @Nullable
    AckTracker next(long now) {
        AckTracker waiting = firstWaiting();
        if (waiting == null || !isAfterPause(waiting, now) || !(isDue(waiting, now) || spend(now))) {
            return null;
        }
        unseen = waiting.later;
        return waiting;
    }

    /** Nanoseconds until {@link #next} is to be called, not above the bound. */
    long untilNext(long now, long bound) {
        AckTracker waiting = firstWaiting();
        if (waiting == null) {
            return bound;
        }
        long pause = waiting.sentAtNanos + PAUSE_NANOS;
        boolean isLeft = spentUntil < pause;
        // Without savings there is one question at a time to ask: it is better to ask several.
        return Math.min(bound, isLeft ? pause - now : Math.max(pause - now, SOON_NANOS));
    }

    private @Nullable AckTracker firstWaiting() {
        while (unseen != null && !unseen.isWaiting()) {
            unseen = unseen.later;
        }
        return unseen;
    }
}
