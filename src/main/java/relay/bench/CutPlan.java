package relay.bench;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * When the connection of each subscriber is cut: the time is divided into as many spans as there are cuts, and in each of them a
 * subscriber goes at a random moment and wants to be back before it ends. Immutable, for any thread.
 *
 * @param from the start of the first span, in nanoseconds of the clock
 * @param span how long each is, in nanoseconds
 * @param offline how long a subscriber stays away, in nanoseconds: less than a span
 * @param cuts how many spans there are
 */
record CutPlan(long from, long span, long offline, int cuts) {
    static CutPlan of(long from, Duration length, Duration offline, int cuts) {
        return new CutPlan(from, length.toNanos() / cuts, offline.toNanos(), cuts);
    }

    /** The moment of a cut, counted from 0, for one of the subscribers; the same one each time. */
    long moment(int subscriber, int cut) {
        return from + span * cut + new SplittableRandom((long) subscriber * cuts + cut).nextLong(span - offline);
    }
}
