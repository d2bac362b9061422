package relay.history;

import java.util.Set;
import relay.message.Topic;

/**
 * Topics whose logs were changed otherwise than by appending and trimming, because the engine brought or missed something: what was
 * looked up of them before may be wrong. With the history's lock held.
 */
final class Invalidations {
    /** Which topics the last so many were is remembered; a reader that looks more rarely has to assume all topics. */
    private static final int REMEMBERED = 256;

    private final Topic[] last = new Topic[REMEMBERED];
    private long count;

    /** How many there have been so far. */
    long count() {
        return count;
    }

    void add(Topic topic) {
        last[(int) (count++ % REMEMBERED)] = topic;
    }

    /** All topics may be concerned. */
    void addAll() {
        count += REMEMBERED + 1;
    }

    /** Whether any of these topics, or patterns, may be concerned since that count. */
    boolean concern(Set<Topic> topics, long since) {
        if (count - since > REMEMBERED) {
            return true;
        }
        for (long i = since; i < count; i++) {
            if (concerns(last[(int) (i % REMEMBERED)], topics)) {
                return true;
            }
        }
        return false;
    }

    private static boolean concerns(Topic invalidated, Set<Topic> topics) {
        // Which topics two patterns have in common is not asked: this happens seldom.
        return invalidated.isPattern()
                || topics.contains(invalidated)
                || topics.stream().anyMatch(topic -> topic.isPattern() && topic.matches(invalidated));
    }
}
