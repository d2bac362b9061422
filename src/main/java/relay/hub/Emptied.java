package relay.hub;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 */
final class Emptied {
    private static final int UNASKED = 20_000;
    private static final int MOST = 200_000;

    private final Map<StrandKey, Gone> strands = new LinkedHashMap<>();

    /** How far those may have gone that were forgotten because nobody asked for them. */
    private long unaskedThrough;

    /** How far those may have gone that were forgotten for want of room. */
    private long crowdedOutThrough;

    private long putSinceSweep;
    private long putsBeforeSweep = UNASKED;
    private boolean sweeping;

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
        return strands.get(key);
    }

    /** How far a strand may have gone of which nothing is known. */
    Gone unknown() {
        return new Gone(crowdedOutThrough, unaskedThrough);
    }

    void put(StrandKey key, Gone gone) {
        strands.remove(key);
        strands.put(key, gone);
        putSinceSweep++;
        if (strands.size() > MOST) {
            Map.Entry<StrandKey, Gone> first = strands.entrySet().iterator().next();
            crowdedOutThrough = Math.max(crowdedOutThrough, first.getValue().through());
            strands.remove(first.getKey());
        }
    }

    void remove(StrandKey key) {
        strands.remove(key);
    }

    /** Whether it is time to find out who asks for which: so seldom that each strand is looked at about once for each put. */
    boolean isSweepDue() {
        return putSinceSweep > putsBeforeSweep && strands.size() > UNASKED && !sweeping;
    }

    /** Begins a sweep: {@link #forgetAllBut} is called later with those of these that are asked for. */
    List<StrandKey> sweep() {
        sweeping = true;
        putSinceSweep = 0;
        return new ArrayList<>(strands.keySet());
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
            Gone gone = strands.get(key);
            if (gone != null && gone.through() <= through && !askedFor.contains(key)) {
                unaskedThrough = Math.max(unaskedThrough, gone.through());
                strands.remove(key);
                forgotten.add(key);
            }
        }
        putsBeforeSweep = Math.max(UNASKED, strands.size());
        sweeping = false;
        return forgotten;
    }
}
