package relay.fanout;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import relay.history.HistoryReader;
import relay.history.RetainedReader;
import relay.history.TopicLogKey;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;

/** How far a client has caught up. The owning worker only. */
final class CatchUp {
    private final Map<Topic, Long> starts;
    private long position;
    private final Set<Topic> told;
    private final Set<Topic> complete;
    private final Map<TopicLogKey, Long> trimmed = new HashMap<>();

    /** The topics on which it was told of damage and has been sent nothing since. */
    private final Set<Topic> silent = new HashSet<>(0);

    /** The retained values that it is sent before all else; absent if there are none, or none any more. */
    private @Nullable RetainedReader retained;

    /** The gaps that its send queue had no room for, and that it is to be told of before its next message: one a topic at most. */
    private final Map<Topic, Gap> untold = new LinkedHashMap<>(0);

    /** Where it was in each topic when it was last told of messages that were trimmed while it caught up. */
    private final Map<Topic, MessageId> lastGaps = new HashMap<>(0);

    private boolean addition;
    private boolean begun;
    private @Nullable HistoryReader reading;
    private @Nullable ArchivedPage page;
    private int readings;
    private long invalidationsBefore;

    /** @param starts the topics, and for each the sequence after which its messages are wanted */
    CatchUp(Map<Topic, Long> starts) {
        this(starts, Set.of(), Set.of());
    }

    /**
     * @param told the topics of which the client is told of a gap first
     * @param complete the topics of which it wants what is held when it begins, and misses nothing that is not
     */
    CatchUp(Map<Topic, Long> starts, Set<Topic> told, Set<Topic> complete) {
        this.told = new HashSet<>(told);
        this.complete = Set.copyOf(complete);
        this.starts = new LinkedHashMap<>(starts);
        this.position = first(starts);
    }

    Map<Topic, Long> starts() {
        return starts;
    }

    /** For each topic the sequence after which the client is yet to be sent its messages. */
    Map<Topic, Long> remaining() {
        Map<Topic, Long> remaining = new LinkedHashMap<>();
        starts.forEach((topic, start) -> remaining.put(topic, Math.max(start, position)));
        return remaining;
    }

    /** Before it begins: messages of other topics are wanted too, of each what comes after a sequence. */
    void addAll(Map<Topic, Long> others) {
        others.forEach(starts::putIfAbsent);
        position = first(starts);
        addition = true;
    }

    /** Whether it is of topics that were added to others, and goes on with these. */
    boolean isAddition() {
        return addition;
    }

    /** Before it begins: what another one has yet to tell the client first, and to send it first, is to come by this one. */
    void goOnWith(CatchUp other) {
        tellLater(other.takeUntold());
        retained = other.retained;
    }

    /** The first sequence among these. */
    static long first(Map<Topic, Long> starts) {
        return starts.values().stream().mapToLong(start -> start).min().orElse(0);
    }

    /** The topics of which it wants what is held when it begins. */
    Set<Topic> complete() {
        return complete;
    }

    /** It is to be sent these values before all else. */
    void sendFirst(RetainedReader values) {
        retained = values;
    }

    /** The values that it is sent before all else; absent if there are none, or none any more. */
    @Nullable
    RetainedReader retained() {
        return retained;
    }

    /** It has been sent them. */
    void retainedDone() {
        retained = null;
    }

    /** Whether a client that has been sent nothing yet misses what is not held of a topic. */
    boolean wantsMoreThanIsHeld(Topic topic) {
        return !complete.contains(topic);
    }

    /** The client is about to be told of a gap before the first message of a topic; false if it was already. */
    boolean isNews(Topic topic) {
        return told.add(topic);
    }

    /** The client is about to be told that a message is damaged; false if the last thing it heard of the topic was that. */
    boolean isNewsThatDamaged(Topic topic) {
        boolean news = begun || told.add(topic);
        return silent.add(topic) && news;
    }

    /** The client is about to be told that messages were trimmed while it caught up; false if it was told, and sent nothing since. */
    boolean isNewsThatTrimmed(Gap gap) {
        return !gap.after().equals(lastGaps.put(gap.topic(), gap.after()));
    }

    /** It is to be told of these gaps before its next message. The first of a topic stands for those that follow it. */
    void tellLater(Collection<Gap> gaps) {
        gaps.forEach(gap -> untold.putIfAbsent(gap.topic(), gap));
    }

    /** Whether it is to be told of gaps before its next message. */
    boolean isAnyUntold() {
        return !untold.isEmpty();
    }

    /** The gaps that it is to be told of: from now on, it is not. */
    List<Gap> takeUntold() {
        List<Gap> taken = List.copyOf(untold.values());
        untold.clear();
        return taken;
    }

    /** Whether there is a topic on which it was told of damage last. */
    boolean isAnySilent() {
        return !silent.isEmpty();
    }

    /** It was sent a message on a topic. */
    void sentOn(Topic topic) {
        silent.removeIf(asked -> asked.matches(topic));
    }

    /** The first of a message's topics that it asks for, by name or by a pattern; empty if there is none. */
    Optional<Topic> firstAskedFor(List<Topic> topics) {
        return topics.stream().filter(topic -> askedAs(topic).isPresent()).findFirst();
    }

    /** A topic as it asks for it: by its name, or by a pattern; empty if it does not. */
    Optional<Topic> askedAs(Topic topic) {
        return starts.containsKey(topic)
                ? Optional.of(topic)
                : starts.keySet().stream()
                        .filter(asked -> asked.isPattern() && asked.matches(topic))
                        .findFirst();
    }

    /** For each log up to where it is known to be trimmed. */
    Map<TopicLogKey, Long> trimmed() {
        return trimmed;
    }

    /** The sequence up to which it has been sent everything. */
    long position() {
        return position;
    }

    /** Whether the client is still to be sent a topic's messages up to a sequence, or to be told of a gap in them. */
    boolean isBefore(Topic topic, long sequence) {
        return Math.max(position, starts.getOrDefault(askedAs(topic).orElse(topic), position)) < sequence;
    }

    /** Its reader, from its position on. */
    HistoryReader reading(Supplier<HistoryReader> anew) {
        if (reading == null) {
            reading = anew.get();
            if (readings++ == 0) {
                invalidationsBefore = reading.invalidationsBefore();
            }
        }
        return reading;
    }

    /** How many invalidations there had been when it first looked. */
    long invalidationsBefore() {
        return invalidationsBefore;
    }

    boolean isFirstReading() {
        return readings == 1;
    }

    /** Whether its reader goes up to the present. */
    boolean isReadTo(long present) {
        return reading != null && reading.through() == present;
    }

    /** It was sent a message, and everything before. */
    void sent(long sequence) {
        position = sequence;
        begun = true;
    }

    /** It cannot be sent a message, and was sent everything before. */
    void passed(long sequence) {
        position = sequence;
    }

    /** Messages from the archive that it is to be sent next; absent if there are none. */
    @Nullable
    ArchivedPage page() {
        return page;
    }

    /** It is to be sent these messages next. */
    void page(ArchivedPage next) {
        page = next;
    }

    /** All messages of the page are done. */
    void pageDone() {
        page = null;
    }

    /** Whether it was sent a message: until then, what has been trimmed counts as trimmed before it came. */
    boolean hasBegun() {
        return begun;
    }

    /** There is nothing more for it up to a sequence. */
    void reached(long sequence) {
        position = sequence;
        readAnew();
    }

    /** What was looked up is not right any more: what comes after its position is looked up again. */
    void readAnew() {
        reading = null;
        if (page != null) {
            page.drop();
            page = null;
        }
    }

    /** It subscribes to other topics meanwhile: new ones begin with the present. */
    void replaceTopics(Set<Topic> topics, long present) {
        Map<Topic, Long> before = new HashMap<>(starts);
        starts.clear();
        topics.forEach(topic -> starts.put(topic, before.getOrDefault(topic, present)));
        told.retainAll(topics);
        silent.retainAll(topics);
        if (retained != null) {
            retained = retained.of(topics, Map.of());
        }
        trimmed.keySet().removeIf(key -> askedAs(key.topic()).isEmpty());
        untold.keySet().retainAll(topics);
        lastGaps.keySet().retainAll(topics);
        readAnew();
    }
}
