package relay.engine.redis;

import java.util.ArrayList;
import java.util.List;
import relay.engine.redis.FollowedTopics.Followed;
import relay.message.Topic;

/**
 * By what messages on some topics come here at a moment. Immutable, for any thread.
 *
 * @param on the topics
 * @param by for each of them, how it is followed: each of these brings a copy
 * @param certain whether what is published at that moment is sure to come by each of these, and by nothing else
 */
record Coming(List<Topic> on, List<List<Followed>> by, boolean certain) {
    static Coming of(List<Topic> on, FollowedTopics topics) {
        List<List<Followed>> by = new ArrayList<>(on.size());
        boolean certain = true;
        for (Topic topic : on) {
            List<Followed> bringing = topics.bringing(topic);
            by.add(bringing);
            for (Followed followed : bringing) {
                certain &= followed.state == FollowedTopics.State.ACTIVE;
            }
        }
        return new Coming(on, by, certain);
    }

    /** Whether that was so all the time until a later moment, too. */
    boolean isSureUntil(Coming later) {
        return certain && later.certain && by.equals(later.by);
    }

    /** For each topic by how many copies a message comes here. */
    int[] copiesHere() {
        return by.stream().mapToInt(List::size).toArray();
    }

    /** Whether it is followed here: not all that a glob brings is. */
    boolean comes() {
        for (int i = 0; i < on.size(); i++) {
            for (Followed followed : by.get(i)) {
                if (followed.topic.matches(on.get(i))) {
                    return true;
                }
            }
        }
        return false;
    }
}
