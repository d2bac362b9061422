package relay.testing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Judges what subscribers received by what publishers sent. It knows nothing of the relay but what the relay promises.
 *
 * <p>All times are of {@link System#nanoTime}, taken so that an interval is never shorter than what it stands for: a
 * publish begins before its first byte is sent and ends when its answer is read, and so does a command.
 */
public final class DeliveryChecker {
    /** Stands for the user of a message to everybody. */
    public static final int EVERYBODY = -1;

    private static final int EXAMPLES = 10;

    /** A message that was accepted, and its answer. */
    public record Publish(
            String text,
            List<String> topics,
            int user,
            int publisher,
            int counter,
            long sequence,
            int queued,
            long beganAt,
            long endedAt) {
        @Override
        public String toString() {
            String start = text.substring(0, Math.min(40, text.length()));
            return start + " on " + topics + " for " + (user == EVERYBODY ? "everybody" : user) + ", sequence "
                    + sequence + ", queued " + queued;
        }
    }

    /** Topics and patterns that a subscriber asked for: perhaps in force after the first moment, for certain after the second. */
    public record Period(Set<String> topics, long askedAt, long inForceAt) {}

    /** A text that came after the answer to so many of the subscriber's commands. */
    public record Received(String text, int commandsAnswered) {}

    /**
     * One socket from its start to its end.
     *
     * @param periods the first as registered, each other one by a command
     * @param counted whether publishers are told of all that it gets: not where it gets what was only kept for it, or catches up
     * @param leftAt before it did anything to end
     * @param goneAt when nothing more could come
     */
    public record Session(
            int user, List<Period> periods, boolean counted, long leftAt, long goneAt, List<Received> received) {
        /** One that gets nothing but what is new, which publishers are always told of. */
        public Session(int user, List<Period> periods, long leftAt, long goneAt, List<Received> received) {
            this(user, periods, true, leftAt, goneAt, received);
        }
    }

    /** How many faults of each kind there are, some of them in words, and how many deliveries were owed. */
    public record Verdict(
            int owed, int missing, int repeated, int reordered, int unasked, int miscounted, List<String> examples) {}

    private final List<Publish> publishes;
    private final Map<Set<String>, Set<String>> covered = new HashMap<>();
    private final Set<String> allTopics = new HashSet<>();
    private final Map<String, Publish> byText = new HashMap<>();
    private final Map<String, Integer> copies = new HashMap<>();
    private final List<String> examples = new ArrayList<>();
    private int owed;
    private int missing;
    private int repeated;
    private int reordered;
    private int unasked;
    private int miscounted;

    private DeliveryChecker(List<Publish> publishes) {
        this.publishes = publishes.stream()
                .sorted(Comparator.comparingLong(Publish::sequence))
                .toList();
        this.publishes.forEach(publish -> {
            byText.put(publish.text(), publish);
            allTopics.addAll(publish.topics());
        });
    }

    /** Compares all that was published with all that was received. */
    public static Verdict check(List<Publish> publishes, List<Session> sessions) {
        DeliveryChecker checker = new DeliveryChecker(publishes);
        checker.checkSequences();
        sessions.forEach(checker::checkSession);
        checker.checkCounts();
        return checker.verdict();
    }

    private Verdict verdict() {
        return new Verdict(owed, missing, repeated, reordered, unasked, miscounted, examples);
    }

    /** Each message has a sequence of its own, and a publisher's sequences grow. */
    private void checkSequences() {
        Map<Integer, Integer> lastCounters = new HashMap<>();
        long last = 0;
        for (Publish publish : publishes) {
            Integer lastCounter = lastCounters.put(publish.publisher(), publish.counter());
            if (publish.sequence() <= last || (lastCounter != null && publish.counter() <= lastCounter)) {
                reordered++;
                example("numbered out of order", publish);
            }
            last = publish.sequence();
        }
    }

    private void checkSession(Session session) {
        Set<String> seen = new HashSet<>();
        Map<Integer, Integer> lastCounters = new HashMap<>();
        long last = 0;
        for (Received received : session.received()) {
            Publish publish = byText.get(received.text());
            if (publish == null) {
                unasked++;
                example("never published: " + received.text(), session);
            } else if (!seen.add(received.text())) {
                repeated++;
                example("repeated", publish);
            } else {
                if (session.counted()) {
                    copies.merge(received.text(), 1, Integer::sum);
                }
                Integer lastCounter = lastCounters.put(publish.publisher(), publish.counter());
                if (publish.sequence() <= last || (lastCounter != null && publish.counter() <= lastCounter)) {
                    reordered++;
                    example("reordered", publish);
                }
                last = publish.sequence();
                if (!mayHave(session, publish, received.commandsAnswered())) {
                    unasked++;
                    example("not asked for", publish);
                }
            }
        }
        checkOwed(session, seen);
    }

    private void checkOwed(Session session, Set<String> seen) {
        for (Publish publish : publishes) {
            if (mustHave(session, publish)) {
                owed++;
                if (!seen.contains(publish.text())) {
                    missing++;
                    example("missing", publish);
                }
            }
        }
    }

    /** Nobody can have received what was handed to nobody. */
    private void checkCounts() {
        for (Publish publish : publishes) {
            if (copies.getOrDefault(publish.text(), 0) > publish.queued()) {
                miscounted++;
                example("received " + copies.get(publish.text()) + " times", publish);
            }
        }
    }

    /** Whether some period that a later command had not certainly ended overlaps the publish. */
    private boolean mayHave(Session session, Publish publish, int commandsAnswered) {
        List<Period> periods = session.periods();
        for (int i = commandsAnswered; i < periods.size(); i++) {
            long overAt = i + 1 < periods.size() ? periods.get(i + 1).inForceAt() : session.goneAt();
            if (isFor(session, periods.get(i), publish)
                    && publish.beganAt() <= overAt
                    && publish.endedAt() >= periods.get(i).askedAt()) {
                return true;
            }
        }
        return false;
    }

    /** Whether the whole publish lies within a period that was certainly in force. */
    private boolean mustHave(Session session, Publish publish) {
        List<Period> periods = session.periods();
        for (int i = 0; i < periods.size(); i++) {
            long leftAt = i + 1 < periods.size() ? periods.get(i + 1).askedAt() : session.leftAt();
            if (publish.beganAt() >= periods.get(i).inForceAt()
                    && publish.endedAt() <= leftAt
                    && isFor(session, periods.get(i), publish)) {
                return true;
            }
        }
        return false;
    }

    private boolean isFor(Session session, Period period, Publish publish) {
        return (publish.user() == EVERYBODY || publish.user() == session.user())
                && !Collections.disjoint(topicsOf(period.topics()), publish.topics());
    }

    /** All topics of messages that names and patterns stand for. */
    private Set<String> topicsOf(Set<String> asked) {
        return covered.computeIfAbsent(
                asked,
                names -> allTopics.stream()
                        .filter(topic -> covers(names, topic))
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /** Whether a topic is one of these, or matches one of these patterns. */
    public static boolean covers(Collection<String> asked, String topic) {
        return asked.stream().anyMatch(name -> name.equals(topic) || Pattern.matches(expression(name), topic));
    }

    private static String expression(String pattern) {
        return Stream.of(pattern.split("\\."))
                .map(segment -> switch (segment) {
                    case "*" -> "[^.]+";
                    case "**" -> "[^.]+(\\.[^.]+)*";
                    default -> Pattern.quote(segment);
                })
                .collect(Collectors.joining("\\."));
    }

    private void example(String fault, Object where) {
        if (examples.size() < EXAMPLES) {
            examples.add(fault + ": " + (where instanceof Session session ? session.periods() : where));
        }
    }
}
