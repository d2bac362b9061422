package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.message.InvalidInputException;
import relay.message.Topic;

class PatternTrieTest {
    private static final String[] SEGMENTS = {"a", "b", "aa", "", "c*", "*"};
    private static final int ROUNDS = 50_000;

    private final PatternTrie<String> trie = new PatternTrie<>();

    @Test
    void aPatternIsFoundByTheTopicsThatMatchIt() {
        List.of("a.*", "a.**", "*.b", "**", "a.*.c", "x.*").forEach(name -> trie.put(new Topic(name), name));
        assertThat(matching("a.b")).containsExactlyInAnyOrder("a.*", "a.**", "*.b", "**");
        assertThat(matching("a.b.c")).containsExactlyInAnyOrder("a.**", "**", "a.*.c");
        assertThat(matching("a")).containsExactlyInAnyOrder("**");
        assertThat(matching("a.")).isEmpty();
        assertThat(matching("y.z")).containsExactlyInAnyOrder("**");
    }

    @Test
    void onlyTheValueThatAPatternHasIsRemoved() {
        Topic pattern = new Topic("a.*");
        trie.put(pattern, "first");
        trie.put(pattern, "second");
        trie.remove(pattern, "first");
        assertThat(matching("a.b")).containsExactly("second");
        trie.remove(pattern, "second");
        assertThat(matching("a.b")).isEmpty();
        assertThat(trie.isEmpty()).isTrue();
    }

    @Test
    void itFindsWhatALookAtEachPatternFinds() {
        Random random = new Random(7);
        Map<Topic, String> model = new HashMap<>();
        int found = 0;
        for (int i = 0; i < ROUNDS; i++) {
            if (random.nextInt(3) == 0) {
                change(random, model);
            }
            Topic topic = topic(random);
            if (!topic.isPattern()) {
                List<String> expected = model.keySet().stream()
                        .filter(pattern -> pattern.matches(topic))
                        .map(model::get)
                        .toList();
                assertThat(matching(topic.name())).as("%s", topic).containsExactlyInAnyOrderElementsOf(expected);
                found += expected.size();
            }
            assertThat(trie.size()).isEqualTo(model.size());
        }
        assertThat(found).isGreaterThan(1000);
        model.forEach(trie::remove);
        assertThat(trie.isEmpty()).isTrue();
    }

    private void change(Random random, Map<Topic, String> model) {
        Topic pattern = pattern(random);
        if (random.nextInt(5) < 2 && !model.isEmpty()) {
            Topic known = model.keySet().iterator().next();
            trie.remove(known, String.valueOf(model.remove(known)));
        } else if (pattern.isPattern()) {
            model.putIfAbsent(pattern, pattern.name());
            trie.put(pattern, model.get(pattern));
        }
    }

    private static Topic pattern(Random random) {
        while (true) {
            try {
                return new Topic(name(random) + (random.nextInt(3) == 0 ? ".**" : ""));
            } catch (InvalidInputException e) {
                // Another one is tried.
            }
        }
    }

    private static Topic topic(Random random) {
        while (true) {
            try {
                return new Topic(name(random));
            } catch (InvalidInputException e) {
                // Another one is tried.
            }
        }
    }

    private static String name(Random random) {
        return IntStream.range(0, 1 + random.nextInt(4))
                .mapToObj(i -> SEGMENTS[random.nextInt(SEGMENTS.length)])
                .collect(Collectors.joining("."));
    }

    private List<String> matching(String name) {
        List<String> found = new ArrayList<>();
        trie.addMatching(new Topic(name), found);
        return found;
    }
}
