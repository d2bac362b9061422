package relay.hub;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import relay.message.Topic;

/** How far a client has come on its way from the past to the present. The owning worker only. */
final class CatchUp {
    private final Map<Topic, Long> starts;
    private long position;
    private final Set<Topic> told;
    private boolean begun;

    /** @param starts the topics, and for each the sequence after which its messages are wanted */
    CatchUp(Map<Topic, Long> starts) {
        this(starts, Set.of());
    }

    /** @param told the topics of which the client is told first that it may have missed messages */
    CatchUp(Map<Topic, Long> starts, Set<Topic> told) {
        this.told = Set.copyOf(told);
        this.starts = new LinkedHashMap<>(starts);
        this.position = starts.values().stream().mapToLong(start -> start).min().orElse(0);
    }

    Map<Topic, Long> starts() {
        return starts;
    }

    /** Whether the client knows before the first message of a topic that it may have missed some. */
    boolean isToldOf(Topic topic) {
        return told.contains(topic);
    }

    /** The sequence up to which it has been sent everything. */
    long position() {
        return position;
    }

    void reached(long sequence) {
        position = sequence;
    }

    /** True the first time: what is not held any more was not held before it came. */
    boolean begins() {
        boolean first = !begun;
        begun = true;
        return first;
    }

    /** It asks for other topics meanwhile: those that are new to it begin with the present. */
    void replaceTopics(Set<Topic> topics, long present) {
        Map<Topic, Long> before = new HashMap<>(starts);
        starts.clear();
        topics.forEach(topic -> starts.put(topic, before.getOrDefault(topic, present)));
    }
}
