package relay.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far logs went that hold nothing now: whoever had less has missed something. With the history's lock held.
 *
 * <p>Of a log that somebody asks for this is known exactly, so that nobody is told of a gap for what others were sent.
 * Strands that nobody asks for are forgotten now and then, all together: only a client that asks for one of them later,
 * and from a position before that, is told that it may have missed something though it may not. So many more than those
 * that are asked for are remembered as there are of these, or {@value #UNASKED}. Beyond {@value #MOST} in all the one that
 * was emptied first goes, and whoever had less may be told of a gap that is none.
 *
 * <p>To forget them is a sweep, in portions: {@link #sweep} gives some, and when it is known who asks for these comes
 * {@link #forgetAllBut}, and then the next portion.
 */
final class TrimPoints {
    private static final int UNASKED = 20_000;
    private static final int MOST = 200_000;

    /** How many logs one portion of a sweep has. */
    static final int SWEPT_AT_A_TIME = 500;

    private final Map<TopicLogKey, Place> logs = new HashMap<>();

    /** Those that were emptied first and last. */
    private @Nullable Place first;

    private @Nullable Place last;

    /** How far those may have gone that were forgotten because nobody asked for them. */
    private long unaskedThrough;

    /** How far those may have gone that were forgotten for want of room. */
    private long crowdedOutThrough;

    private long putSinceSweep;
    private long putsBeforeSweep = UNASKED;
    private boolean sweeping;

    /** Where the sweep goes on. */
    private @Nullable Place nextToSweep;

    /** How many the sweep has yet to look at. */
    private int leftToSweep;

    /** A log in the order in which they were emptied. */
    private static final class Place {
        private final TopicLogKey key;
        private final TrimPoint trimPoint;
        private @Nullable Place before;
        private @Nullable Place after;

        Place(TopicLogKey key, TrimPoint trimPoint) {
            this.key = key;
            this.trimPoint = trimPoint;
        }
    }

    /**
     * How far a log went.
     *
     * @param through the sequence of the last message that it let go
     * @param perhapsThrough how far it may have gone before that was remembered; never less than through
     */
    record TrimPoint(long through, long perhapsThrough) {
        TrimPoint {
            perhapsThrough = Math.max(through, perhapsThrough);
        }

        TrimPoint orLater(long other) {
            return new TrimPoint(Math.max(through, other), perhapsThrough);
        }
    }

    @Nullable
    TrimPoint get(TopicLogKey key) {
        Place place = logs.get(key);
        return place == null ? null : place.trimPoint;
    }

    /** How far a log may have gone of which nothing is known. */
    TrimPoint unknown() {
        return new TrimPoint(crowdedOutThrough, unaskedThrough);
    }

    void put(TopicLogKey key, TrimPoint trimPoint) {
        remove(key);
        Place place = new Place(key, trimPoint);
        logs.put(key, place);
        append(place);
        putSinceSweep++;
        if (logs.size() > MOST && first != null) {
            crowdedOutThrough = Math.max(crowdedOutThrough, first.trimPoint.through());
            remove(first.key);
        }
    }

    void remove(TopicLogKey key) {
        Place removed = logs.remove(key);
        if (removed != null) {
            takeOut(removed);
        }
    }

    private void append(Place place) {
        place.before = last;
        if (last == null) {
            first = place;
        } else {
            last.after = place;
        }
        last = place;
    }

    private void takeOut(Place place) {
        if (place == nextToSweep) {
            nextToSweep = place.after;
        }
        if (place.before == null) {
            first = place.after;
        } else {
            place.before.after = place.after;
        }
        if (place.after == null) {
            last = place.before;
        } else {
            place.after.before = place.before;
        }
    }

    /** Whether it is time to find out who asks for which: so seldom that each log is looked at about once for each put. */
    boolean isSweepDue() {
        return putSinceSweep > putsBeforeSweep && logs.size() > UNASKED && !sweeping;
    }

    /**
     * Begins a sweep, or goes on with it: {@link #forgetAllBut} is called later with those of these that are asked for. After
     * the last of them there are none.
     */
    List<TopicLogKey> sweep() {
        if (!sweeping) {
            sweeping = true;
            putSinceSweep = 0;
            nextToSweep = first;
            leftToSweep = logs.size();
        }
        List<TopicLogKey> portion = new ArrayList<>();
        Place next = nextToSweep;
        for (; next != null && leftToSweep > 0 && portion.size() < SWEPT_AT_A_TIME; next = next.after) {
            portion.add(next.key);
            leftToSweep--;
        }
        nextToSweep = next;
        if (portion.isEmpty()) {
            nextToSweep = null;
            putsBeforeSweep = Math.max(UNASKED, logs.size());
            sweeping = false;
        }
        return portion;
    }

    /**
     * Forgets logs that nobody asks for.
     *
     * @param swept what {@link #sweep} gave
     * @param through the newest sequence at that moment: what went further since then is not forgotten
     * @return those that it forgot
     */
    List<TopicLogKey> forgetAllBut(Set<TopicLogKey> askedFor, List<TopicLogKey> swept, long through) {
        List<TopicLogKey> forgotten = new ArrayList<>();
        for (TopicLogKey key : swept) {
            TrimPoint trimPoint = get(key);
            if (trimPoint != null && trimPoint.through() <= through && !askedFor.contains(key)) {
                unaskedThrough = Math.max(unaskedThrough, trimPoint.through());
                remove(key);
                forgotten.add(key);
            }
        }
        return forgotten;
    }
}
