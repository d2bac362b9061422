package relay.bench;

import java.util.HashSet;
import java.util.Set;

/**
 * Checks that each subscriber gets each publisher's messages once and in order. What one publisher sends to one topic is
 * numbered from 0 without gaps. One thread at a time.
 */
final class SequenceChecker {
    /** How many missing messages it remembers; a late one of the others counts as a repeat. */
    private static final int MAX_REMEMBERED = 1 << 20;

    private final int publishers;
    private final int[] next;
    private final Set<Skipped> skipped = new HashSet<>();
    private long missing;
    private long repeated;
    private long reordered;

    private record Skipped(int place, int counter) {}

    SequenceChecker(int subscribers, int publishers) {
        this.publishers = publishers;
        this.next = new int[subscribers * publishers];
    }

    /** A message arrived. Returns whether it did for the first time. */
    boolean arrived(int subscriber, int publisher, int counter) {
        int place = subscriber * publishers + publisher;
        int expected = next[place];
        if (counter == expected) {
            next[place] = expected + 1;
            return true;
        }
        return counter > expected ? cameEarly(place, expected, counter) : cameLate(place, counter);
    }

    /** No more will arrive at this subscriber: what it lacks of the messages that a publisher sent is missing. */
    void sent(int subscriber, int publisher, int messages) {
        int got = next[subscriber * publishers + publisher];
        missing += Math.max(0, messages - got);
    }

    long missing() {
        return missing;
    }

    long repeated() {
        return repeated;
    }

    /** Messages that arrived after a later one of the same publisher and topic. */
    long reordered() {
        return reordered;
    }

    private boolean cameEarly(int place, int expected, int counter) {
        missing += counter - expected;
        for (int lost = expected; lost < counter && skipped.size() < MAX_REMEMBERED; lost++) {
            skipped.add(new Skipped(place, lost));
        }
        next[place] = counter + 1;
        return true;
    }

    private boolean cameLate(int place, int counter) {
        if (skipped.remove(new Skipped(place, counter))) {
            missing--;
            reordered++;
            return true;
        }
        repeated++;
        return false;
    }
}
