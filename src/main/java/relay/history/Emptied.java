package relay.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far strands went that hold nothing now: whoever had less has missed something. With the history's lock held.
 *
 * <p>Of a strand that somebody asks for this is known exactly, so that nobody is told of a gap for what others were sent.
 * Strands that nobody asks for are forgotten now and then, all together: only a client that asks for one of them later,
 * and from a position before that, is told that it may have missed something though it may not. So many more than those
 * that are asked for are remembered as there are of these, or {@value #UNASKED}. Beyond {@value #MOST} in all the one that
 * was emptied first goes, and whoever had less may be told of a gap that is none.
 *
 * <p>To forget them is a sweep, in portions: {@link #sweep} gives some, and when it is known who asks for these comes
 * {@link #forgetAllBut}, and then the next portion.
 */
final class Emptied {
    private static final int UNASKED = 20_000;
    private static final int MOST = 200_000;

    /** How many strands one portion of a sweep has. */
    static final int SWEPT_AT_A_TIME = 500;

    private final Map<StrandKey, Place> strands = new HashMap<>();

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

    /** A strand in the order in which they were emptied. */
    private static final class Place {
        private final StrandKey key;
        private final Gone gone;
        private @Nullable Place before;
        private @Nullable Place after;

        Place(StrandKey key, Gone gone) {
            this.key = key;
            this.gone = gone;
        }
    }

    /**
     * How far a strand went.
     *
     * @param through the sequence of the last message that it let go
     * @param perhapsThrough how far it may have gone before that was remembered; never less than through
     */
    record Gone(long through, long perhapsThrough) {
        Gone {
            perhapsThrough = Math.max(through, perhapsThrough);
        }

        Gone orLater(long other) {
            return new Gone(Math.max(through, other), perhapsThrough);
        }
    }

    @Nullable
    Gone get(StrandKey key) {
        Place place = strands.get(key);
        return place == null ? null : place.gone;
    }

    /** How far a strand may have gone of which nothing is known. */
    Gone unknown() {
        return new Gone(crowdedOutThrough, unaskedThrough);
    }

    void put(StrandKey key, Gone gone) {
        remove(key);
        Place place = new Place(key, gone);
        strands.put(key, place);
        append(place);
        putSinceSweep++;
        if (strands.size() > MOST && first != null) {
            crowdedOutThrough = Math.max(crowdedOutThrough, first.gone.through());
            remove(first.key);
        }
    }

    void remove(StrandKey key) {
        Place removed = strands.remove(key);
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

    /** Whether it is time to find out who asks for which: so seldom that each strand is looked at about once for each put. */
    boolean isSweepDue() {
        return putSinceSweep > putsBeforeSweep && strands.size() > UNASKED && !sweeping;
    }

    /**
     * Begins a sweep, or goes on with it: {@link #forgetAllBut} is called later with those of these that are asked for. After
     * the last of them there are none.
     */
    List<StrandKey> sweep() {
        if (!sweeping) {
            sweeping = true;
            putSinceSweep = 0;
            nextToSweep = first;
            leftToSweep = strands.size();
        }
        List<StrandKey> portion = new ArrayList<>();
        Place next = nextToSweep;
        for (; next != null && leftToSweep > 0 && portion.size() < SWEPT_AT_A_TIME; next = next.after) {
            portion.add(next.key);
            leftToSweep--;
        }
        nextToSweep = next;
        if (portion.isEmpty()) {
            nextToSweep = null;
            putsBeforeSweep = Math.max(UNASKED, strands.size());
            sweeping = false;
        }
        return portion;
    }

    /**
     * Forgets strands that nobody asks for.
     *
     * @param swept what {@link #sweep} gave
     * @param through the newest sequence at that moment: what went further since then is not forgotten
     * @return those that it forgot
     */
    List<StrandKey> forgetAllBut(Set<StrandKey> askedFor, List<StrandKey> swept, long through) {
        List<StrandKey> forgotten = new ArrayList<>();
        for (StrandKey key : swept) {
            Gone gone = get(key);
            if (gone != null && gone.through() <= through && !askedFor.contains(key)) {
                unaskedThrough = Math.max(unaskedThrough, gone.through());
                remove(key);
                forgotten.add(key);
            }
        }
        return forgotten;
    }
}
