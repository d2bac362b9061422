package relay.hub;

import java.util.PriorityQueue;

/** A place in a strand. Under the history's lock. */
final class StrandReader {
    private final Strand strand;
    private int position;

    StrandReader(Strand strand, long after) {
        this.strand = strand;
        this.position = strand.firstAfter(after);
    }

    HeldMessage message() {
        return strand.get(position);
    }

    long sequence() {
        return message().sequence();
    }

    void advance() {
        position++;
    }

    void queueIn(PriorityQueue<StrandReader> readers, long through) {
        if (position < strand.size() && sequence() <= through) {
            readers.add(this);
        }
    }
}
