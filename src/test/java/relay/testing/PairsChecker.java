package relay.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Judges what clients heard of others by what these said and were answered. It knows nothing of the relay but what the relay promises:
 * what was answered comes, once, in its author's order and in the order of the ids, under the id that was answered, and says from whom it
 * is.
 */
public final class PairsChecker {
    private static final int EXAMPLES = 10;

    /**
     * Something that was said, once or twice.
     *
     * @param text no other text is the same
     * @param id what was answered; empty: nothing was, so it may come or not
     */
    public record Said(String text, Optional<String> id) {}

    /**
     * What one client said, in its order.
     *
     * @param from its user, as it is written in JSON
     */
    public record Author(String from, String topic, List<Said> said) {}

    /** A message that came, as its envelope says. */
    public record Heard(String id, String topic, String from, String text) {}

    /** What one client heard, in the order in which it came. */
    public record Listener(String name, String topic, List<Heard> heard) {}

    /**
     * What was found.
     *
     * @param foreign what nobody said on the topic of whoever heard it
     * @param misattributed what came as from another, or under another id than its author was told
     */
    public record Verdict(
            int owed,
            int missing,
            int repeated,
            int reordered,
            int foreign,
            int misattributed,
            List<String> examples) {}

    /** A text's place among all that its author said. */
    private record Place(Author author, int number, Said said) {}

    private final Map<String, Place> places = new HashMap<>();
    private final List<String> examples = new ArrayList<>();
    private int owed;
    private int missing;
    private int repeated;
    private int reordered;
    private int foreign;
    private int misattributed;

    private PairsChecker() {}

    /** Compares all that was said with all that was heard. */
    public static Verdict check(List<Author> authors, List<Listener> listeners) {
        PairsChecker checker = new PairsChecker();
        authors.forEach(checker::checkAnswers);
        listeners.forEach(listener -> checker.checkHeard(listener, authors));
        return new Verdict(
                checker.owed,
                checker.missing,
                checker.repeated,
                checker.reordered,
                checker.foreign,
                checker.misattributed,
                checker.examples);
    }

    /** What an author says later has a later place. */
    private void checkAnswers(Author author) {
        long last = 0;
        for (int i = 0; i < author.said().size(); i++) {
            Said said = author.said().get(i);
            places.put(said.text(), new Place(author, i, said));
            if (said.id().isPresent()) {
                long sequence = sequence(said.id().get());
                if (sequence <= last) {
                    reordered++;
                    example("answered out of order", said);
                }
                last = sequence;
            }
        }
    }

    private void checkHeard(Listener listener, List<Author> authors) {
        Set<String> texts = new HashSet<>();
        Map<Author, Integer> lastNumbers = new HashMap<>();
        long last = 0;
        for (Heard heard : listener.heard()) {
            Place place = places.get(heard.text());
            if (place == null
                    || !place.author().topic().equals(listener.topic())
                    || !heard.topic().equals(listener.topic())) {
                foreign++;
                example(listener.name() + " heard, but was not meant", heard);
            } else if (!texts.add(heard.text())) {
                repeated++;
                example(listener.name() + " heard again", heard);
            } else {
                Integer lastNumber = lastNumbers.put(place.author(), place.number());
                if (sequence(heard.id()) <= last || (lastNumber != null && place.number() <= lastNumber)) {
                    reordered++;
                    example(listener.name() + " heard out of order", heard);
                }
                last = sequence(heard.id());
                boolean isOther =
                        place.said().id().filter(id -> !id.equals(heard.id())).isPresent();
                if (isOther || !heard.from().equals(place.author().from())) {
                    misattributed++;
                    example(
                            listener.name() + " heard what " + place.author().from() + " said as " + place.said(),
                            heard);
                }
            }
        }
        authors.stream()
                .filter(author -> author.topic().equals(listener.topic()))
                .flatMap(author -> author.said().stream())
                .filter(said -> said.id().isPresent())
                .forEach(said -> checkOwed(listener, said, texts));
    }

    private void checkOwed(Listener listener, Said said, Set<String> texts) {
        owed++;
        if (!texts.contains(said.text())) {
            missing++;
            example(listener.name() + " misses", said);
        }
    }

    private static long sequence(String id) {
        return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    }

    private void example(String fault, Object what) {
        if (examples.size() < EXAMPLES) {
            examples.add(fault + ": " + what);
        }
    }
}
