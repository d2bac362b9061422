package relay.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import relay.testing.LossChecker.Life;
import relay.testing.LossChecker.Sent;
import relay.testing.LossChecker.Taken;

/**
 * Judges a log that outlives its process, by what publishers were answered and clients received before and after restarts: all of it
 * has one sequence without contradictions, and what one client has received, or a publisher was told is accepted, everybody receives to
 * whom it is owed. It knows nothing of the relay but what the relay promises.
 */
public final class RestartChecker {
    private static final int EXAMPLES = 10;

    /**
     * What was found.
     *
     * @param losses what each client missed or got wrong
     * @param shared ids that two messages have
     * @param doubled messages that have two ids
     * @param vanished accepted messages that were owed to somebody, and that nobody has received
     * @param disordered messages with a smaller id than an earlier one of the same publisher
     */
    public record Verdict(
            LossChecker.Verdict losses, int shared, int doubled, int vanished, int disordered, List<String> examples) {
        /** Whether nothing is wrong, and nothing was to be told by a gap. */
        public boolean isClean() {
            return losses.isClean()
                    && losses.told() + losses.retold() + losses.gaps() + shared + doubled + vanished + disordered == 0;
        }
    }

    private final Map<Long, String> texts = new HashMap<>();
    private final Map<String, Long> sequences = new HashMap<>();
    private final List<String> examples = new ArrayList<>();
    private int shared;
    private int doubled;
    private int vanished;
    private int disordered;

    private RestartChecker() {}

    /**
     * Compares all that was sent with all that was received.
     *
     * @param publishers what each sent, in this order
     * @param accepted texts of which the publisher knows that they are accepted, but not under which id
     */
    public static Verdict check(List<List<Sent>> publishers, Set<String> accepted, List<Life> lives) {
        RestartChecker checker = new RestartChecker();
        publishers.forEach(sent -> sent.forEach(one -> checker.learn(one.text(), one.answered())));
        lives.forEach(life -> life.frames().forEach(frame -> {
            if (frame instanceof Taken taken) {
                checker.learn(taken.text(), taken.sequence());
            }
        }));
        List<Sent> numbered = new ArrayList<>();
        publishers.forEach(sent -> numbered.addAll(checker.number(sent, accepted, lives)));
        LossChecker.Verdict losses = LossChecker.check(numbered, lives);
        return new Verdict(
                losses, checker.shared, checker.doubled, checker.vanished, checker.disordered, checker.examples);
    }

    private void learn(String text, OptionalLong sequence) {
        if (sequence.isPresent()) {
            String other = texts.putIfAbsent(sequence.getAsLong(), text);
            if (other != null && !other.equals(text)) {
                shared++;
                example("one id: " + sequence.getAsLong() + " of " + other + " and " + text);
            }
            Long before = sequences.putIfAbsent(text, sequence.getAsLong());
            if (before != null && before != sequence.getAsLong()) {
                doubled++;
                example("two ids: " + before + " and " + sequence.getAsLong() + " of " + text);
            }
        }
    }

    /** With the ids under which messages came to somebody, if their publisher was not told. */
    private List<Sent> number(List<Sent> sent, Set<String> accepted, List<Life> lives) {
        List<Sent> numbered = new ArrayList<>();
        long last = 0;
        for (Sent one : sent) {
            Long sequence = sequences.get(one.text());
            if (sequence == null) {
                if (accepted.contains(one.text()) && lives.stream().anyMatch(life -> isOwed(life, one))) {
                    vanished++;
                    example("vanished: " + one);
                }
                numbered.add(one);
            } else {
                if (sequence <= last) {
                    disordered++;
                    example("after " + last + ": " + one);
                }
                last = sequence;
                numbered.add(new Sent(one.text(), one.topic(), one.user(), OptionalLong.of(sequence), one.beganAt()));
            }
        }
        return numbered;
    }

    private static boolean isOwed(Life life, Sent sent) {
        return life.whole()
                && sent.beganAt() > life.openedAt()
                && life.topics().contains(sent.topic())
                && (sent.user() == LossChecker.EVERYBODY || sent.user() == life.user());
    }

    private void example(String fault) {
        if (examples.size() < EXAMPLES) {
            examples.add(fault);
        }
    }
}
