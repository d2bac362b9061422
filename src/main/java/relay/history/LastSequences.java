package relay.history;

import java.util.TreeSet;

/** The last ones of the messages of several logs. A message that is in several of them counts once. */
final class LastSequences {
    private final int count;
    private final TreeSet<Long> last = new TreeSet<>();

    /** @param count how many, from 0 */
    LastSequences(int count) {
        this.count = count;
    }

    /** Adds a message; false if it is before all of so many: then those before it need not be added. */
    boolean add(long sequence) {
        if (last.size() == count && (count == 0 || sequence <= last.first())) {
            return count > 0 && sequence == last.first();
        }
        last.add(sequence);
        if (last.size() > count) {
            last.pollFirst();
        }
        return true;
    }

    /** The sequence after which they come, of those up to a sequence. */
    long start(long through) {
        return last.isEmpty() ? through : last.first() - 1;
    }
}
