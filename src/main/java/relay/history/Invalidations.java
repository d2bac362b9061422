package relay.history;

import java.util.Set;
import relay.message.Topic;

/**
 * Topics whose past has become another, for more or for less, than what was published and let go would make it: what was
 * looked up of them before says nothing any more. With the history's lock held.
 */
final class Invalidations {
    /** Of so many it is known which they were; whoever looks more seldom has to take it that all were. */
    private static final int REMEMBERED = 256;

    private final Topic[] last = new Topic[REMEMBERED];
    private long count;

    /** How many there were so far. */
    long count() {
        return count;
    }

    void add(Topic topic) {
        last[(int) (count++ % REMEMBERED)] = topic;
    }

    /** Any topic may be among them. */
    void addAll() {
        count += REMEMBERED + 1;
    }

    /** Whether any of these topics may be among them, since there were so many. */
    boolean concern(Set<Topic> topics, long since) {
        if (count - since > REMEMBERED) {
            return true;
        }
        for (long i = since; i < count; i++) {
            if (topics.contains(last[(int) (i % REMEMBERED)])) {
                return true;
            }
        }
        return false;
    }
}
