package relay.history;

import java.util.Queue;

/**
 * What is yet to be read of a strand, up to a place that was fixed when it was looked up. Under the history's lock, but for
 * the sequence.
 */
final class StrandReader {
    private final Strand strand;
    private final long end;
    private long place;
    private long sequence;

    private StrandReader(Strand strand, long place, long end) {
        this.strand = strand;
        this.place = place;
        this.end = end;
        this.sequence = strand.get(place).sequence();
    }

    /** What a strand has after a sequence and up to another, unless that is nothing, is to be read. */
    static void queue(Strand strand, long after, long through, Queue<StrandReader> readers) {
        long begin = strand.firstAfter(after);
        long end = strand.firstAfter(through);
        if (begin < end) {
            readers.add(new StrandReader(strand, begin, end));
        }
    }

    /** The sequence of the next message, whether or not that is still there. */
    long sequence() {
        return sequence;
    }

    /** The next message is not there any more, or is now too old. */
    boolean isLost(long now, long age) {
        strand.hide(now, age);
        return place < strand.begin();
    }

    HeldMessage message() {
        return strand.get(place);
    }

    /** Comes to the next message; false if there is none. */
    boolean advance() {
        place++;
        boolean more = place < end;
        if (more) {
            sequence = strand.get(place).sequence();
        }
        return more;
    }
}
