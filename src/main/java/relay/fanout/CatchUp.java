package relay.fanout;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import relay.history.HistoryReader;
import relay.history.TopicLogKey;
import relay.message.Topic;

/** How far a client has come on its way from the past to the present. The owning worker only. */
final class CatchUp {
    private final Map<Topic, Long> starts;
    private long position;
    private final Set<Topic> told;
    private final Map<TopicLogKey, Long> trimmed = new HashMap<>();
    private boolean begun;
    private @Nullable HistoryReader reading;
    private int readings;
    private long invalidationsBefore;

    /** @param starts the topics, and for each the sequence after which its messages are wanted */
    CatchUp(Map<Topic, Long> starts) {
        this(starts, Set.of());
    }

    /** @param told the topics of which the client is told first that it may have missed messages */
    CatchUp(Map<Topic, Long> starts, Set<Topic> told) {
        this.told = new HashSet<>(told);
        this.starts = new LinkedHashMap<>(starts);
        this.position = starts.values().stream().mapToLong(start -> start).min().orElse(0);
    }

    Map<Topic, Long> starts() {
        return starts;
    }

    /** The client is told before the first message of a topic that it may have missed some; false if it has been. */
    boolean isNews(Topic topic) {
        return told.add(topic);
    }

    /** Of each log how far it is known that messages are held no more. */
    Map<TopicLogKey, Long> trimmed() {
        return trimmed;
    }

    /** The sequence up to which it has been sent everything. */
    long position() {
        return position;
    }

    /** Whether the client is still to be sent, or told that it may have missed, a topic's messages up to a sequence. */
    boolean isBefore(Topic topic, long sequence) {
        return Math.max(position, starts.getOrDefault(topic, position)) < sequence;
    }

    /** What it reads, from its position on. */
    HistoryReader reading(Supplier<HistoryReader> anew) {
        if (reading == null) {
            reading = anew.get();
            if (readings++ == 0) {
                invalidationsBefore = reading.invalidationsBefore();
            }
        }
        return reading;
    }

    /** How often the past of a topic had become another when it first looked. */
    long invalidationsBefore() {
        return invalidationsBefore;
    }

    boolean isFirstReading() {
        return readings == 1;
    }

    /** Whether what it reads goes to the present. */
    boolean isReadTo(long present) {
        return reading != null && reading.through() == present;
    }

    /** It was sent a message, and everything before that. */
    void sent(long sequence) {
        position = sequence;
        begun = true;
    }

    /** Whether it was sent a message: until then, what is not held any more counts as not held when it came. */
    boolean hasBegun() {
        return begun;
    }

    /** There is nothing else for it up to a sequence. */
    void reached(long sequence) {
        position = sequence;
        readAnew();
    }

    /** What was looked up does not hold any more: what comes after its position is looked up again. */
    void readAnew() {
        reading = null;
    }

    /** It asks for other topics meanwhile: those that are new to it begin with the present. */
    void replaceTopics(Set<Topic> topics, long present) {
        Map<Topic, Long> before = new HashMap<>(starts);
        starts.clear();
        topics.forEach(topic -> starts.put(topic, before.getOrDefault(topic, present)));
        told.retainAll(topics);
        trimmed.keySet().removeIf(key -> !topics.contains(key.topic()));
        readAnew();
    }
}
