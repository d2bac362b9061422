package relay.testing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Judges what clients that come back again and again received, by what publishers were answered: nothing that was answered
 * may be missing unless a gap said so, nothing may come in another order, and nothing twice once repeated ids are left out.
 * It knows nothing of relays but what they promise.
 *
 * <p>All times are of {@link System#nanoTime}.
 */
public final class LossChecker {
    /** Stands for the user of a message to everybody. */
    public static final int EVERYBODY = -1;

    private static final int EXAMPLES = 10;
    private static final int AROUND = 4;

    /** What was published with a text that no other message has. */
    public record Sent(String text, String topic, int user, OptionalLong answered, long beganAt) {}

    /** One thing that a client received. */
    public sealed interface Frame {}

    /**
     * A message.
     *
     * @param sequence that came with it; empty where just texts come
     */
    public record Taken(String text, OptionalLong sequence) implements Frame {}

    public record GapFrame(String topic, long after) implements Frame {}

    /**
     * All that one registration received, on all its connections.
     *
     * @param name tells it from others
     * @param openedAt when it was first connected: what was published later it is owed
     * @param whole whether it is owed everything up to the end: its registration was not lost
     */
    public record Life(String name, int user, Set<String> topics, long openedAt, boolean whole, List<Frame> frames) {}

    /**
     * What was found.
     *
     * @param owed how many messages were to come, over all lives
     * @param told how many of these did not, as a gap said
     * @param retold how many came again under another id, after a gap had said that what was before may be lost
     */
    public record Verdict(
            int owed,
            int told,
            int retold,
            int gaps,
            int lives,
            int missing,
            int repeated,
            int reordered,
            int unasked,
            List<String> examples) {
        /** Whether nothing is wrong. */
        public boolean isClean() {
            return missing + repeated + reordered + unasked == 0;
        }
    }

    private final Map<String, Sent> byText;
    private final List<String> examples = new ArrayList<>();
    private int owed;
    private int told;
    private int retold;
    private int gaps;
    private int missing;
    private int repeated;
    private int reordered;
    private int unasked;

    private LossChecker(List<Sent> sent) {
        byText = sent.stream().collect(Collectors.toMap(Sent::text, Function.identity()));
    }

    /** Compares all that was sent with all that was received. */
    public static Verdict check(List<Sent> sent, List<Life> lives) {
        LossChecker checker = new LossChecker(sent);
        lives.forEach(checker::check);
        return new Verdict(
                checker.owed,
                checker.told,
                checker.retold,
                checker.gaps,
                lives.size(),
                checker.missing,
                checker.repeated,
                checker.reordered,
                checker.unasked,
                checker.examples);
    }

    /** What a gap covers: a topic's messages after a sequence and before another. */
    private record Hole(String topic, long after, long before) {}

    private void check(Life life) {
        Set<String> texts = new HashSet<>();
        Set<Long> seen = new HashSet<>();
        Set<String> sinceGap = new HashSet<>();
        long last = 0;
        for (Frame frame : life.frames()) {
            if (frame instanceof GapFrame) {
                gaps++;
                sinceGap.clear();
            } else if (frame instanceof Taken taken) {
                checkAsked(life, taken);
                OptionalLong sequence = sequence(taken);
                boolean again = sequence.isPresent() ? !seen.add(sequence.getAsLong()) : texts.contains(taken.text());
                if (!again) {
                    if (!texts.add(taken.text())) {
                        countAgain(taken, sinceGap);
                    }
                    if (sequence.isPresent()) {
                        if (sequence.getAsLong() < last) {
                            reordered++;
                            example("reordered, after " + last, taken);
                        }
                        last = sequence.getAsLong();
                    }
                }
                sinceGap.add(taken.text());
            }
        }
        if (life.whole()) {
            checkOwed(life, texts);
        }
    }

    private void countAgain(Taken taken, Set<String> sinceGap) {
        if (sinceGap.contains(taken.text())) {
            repeated++;
            example("under another id", taken);
        } else {
            retold++;
        }
    }

    private void checkAsked(Life life, Taken taken) {
        Sent sent = byText.get(taken.text());
        boolean asked = sent != null
                && life.topics().contains(sent.topic())
                && (sent.user() == EVERYBODY || sent.user() == life.user());
        if (!asked) {
            unasked++;
            example("not asked for", taken);
        }
    }

    /** What came with it, or what was answered to its publisher. */
    private OptionalLong sequence(Taken taken) {
        Sent sent = byText.get(taken.text());
        return taken.sequence().isPresent() || sent == null ? taken.sequence() : sent.answered();
    }

    private void checkOwed(Life life, Set<String> received) {
        List<Hole> holes = holes(life);
        for (Sent sent : byText.values()) {
            boolean isOwed = sent.answered().isPresent()
                    && sent.beganAt() > life.openedAt()
                    && life.topics().contains(sent.topic())
                    && (sent.user() == EVERYBODY || sent.user() == life.user());
            if (isOwed) {
                owed++;
                if (!received.contains(sent.text())) {
                    countMissing(life, sent, holes);
                }
            }
        }
    }

    private void countMissing(Life life, Sent sent, List<Hole> holes) {
        long sequence = sent.answered().orElseThrow();
        if (holes.stream()
                .anyMatch(hole ->
                        hole.topic().equals(sent.topic()) && sequence > hole.after() && sequence < hole.before())) {
            told++;
        } else {
            missing++;
            example(life.name() + " misses " + sent + " among", around(sequence, life));
        }
    }

    /** What came before and after the place of a message, gaps included. */
    private List<Frame> around(long sequence, Life life) {
        List<Frame> frames = life.frames();
        int place = 0;
        while (place < frames.size()
                && !(frames.get(place) instanceof Taken taken && sequence(taken).orElse(0) > sequence)) {
            place++;
        }
        return frames.subList(Math.max(0, place - AROUND), Math.min(frames.size(), place + AROUND));
    }

    /** A gap reaches to the next message of its topic. */
    private List<Hole> holes(Life life) {
        List<Hole> holes = new ArrayList<>();
        for (int i = 0; i < life.frames().size(); i++) {
            if (life.frames().get(i) instanceof GapFrame gap) {
                long before = Long.MAX_VALUE;
                for (int j = i + 1; j < life.frames().size() && before == Long.MAX_VALUE; j++) {
                    before = sequenceOn(gap.topic(), life.frames().get(j));
                }
                holes.add(new Hole(gap.topic(), gap.after(), before));
            }
        }
        return holes;
    }

    /** The sequence of a message on a topic; the highest number there is if it is none, or has none. */
    private long sequenceOn(String topic, Frame frame) {
        if (frame instanceof Taken taken) {
            Sent sent = byText.get(taken.text());
            if (sent != null && sent.topic().equals(topic)) {
                return sequence(taken).orElse(Long.MAX_VALUE);
            }
        }
        return Long.MAX_VALUE;
    }

    private void example(String fault, Object where) {
        if (examples.size() < EXAMPLES) {
            examples.add(fault + ": " + where);
        }
    }
}
