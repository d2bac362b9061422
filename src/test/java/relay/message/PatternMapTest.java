package relay.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PatternMapTest {
    private static final String[] SEGMENTS = {"a", "b", "aa", "", "c*", "*"};
    private static final int STEPS = 50_000;

    private final Random random = new Random(7);
    private final PatternMap<String> map = new PatternMap<>();

    @Test
    void aPatternIsFoundByTheTopicsThatMatchIt() {
        List.of("a.*", "a.**", "*.b", "**", "a.*.c", "x.*").forEach(name -> map.put(new Topic(name), name));
        assertThat(matching("a.b")).containsExactlyInAnyOrder("a.*", "a.**", "*.b", "**");
        assertThat(matching("a.b.c")).containsExactlyInAnyOrder("a.**", "**", "a.*.c");
        assertThat(matching("a")).containsExactlyInAnyOrder("**");
        assertThat(matching("a.")).isEmpty();
        assertThat(matching("y.z")).containsExactlyInAnyOrder("**");
    }

    @Test
    void aPatternIsFoundByThePatternsThatItCovers() {
        List.of("a.*", "a.**", "*.b", "*.*", "a.b.**").forEach(name -> map.put(new Topic(name), name));
        assertThat(matching("a.*")).containsExactlyInAnyOrder("a.*", "a.**", "*.*");
        assertThat(matching("a.**")).containsExactlyInAnyOrder("a.**");
        assertThat(matching("*.b")).containsExactlyInAnyOrder("*.b", "*.*");
        assertThat(matching("a.b.*")).containsExactlyInAnyOrder("a.**", "a.b.**");
    }

    @Test
    void onlyTheValueThatAPatternHasIsRemoved() {
        Topic pattern = new Topic("a.*");
        map.put(pattern, "first");
        map.put(pattern, "second");
        map.remove(pattern, "first");
        assertThat(matching("a.b")).containsExactly("second");
        map.remove(pattern, "second");
        assertThat(matching("a.b")).isEmpty();
        assertThat(map.isEmpty()).isTrue();
    }

    @Test
    void itFindsWhatALookAtEachPatternFinds() {
        Map<Topic, String> model = new HashMap<>();
        int byTopics = 0;
        int byPatterns = 0;
        for (int i = 0; i < STEPS; i++) {
            if (random.nextInt(3) == 0) {
                change(model, i);
            }
            assertThat(map.isEmpty()).isEqualTo(model.isEmpty());
            Topic topic = random.nextInt(4) == 0 ? pattern() : topic();
            List<String> expected = model.entrySet().stream()
                    .filter(entry -> entry.getKey().matches(topic))
                    .map(Map.Entry::getValue)
                    .toList();
            assertThat(matching(topic.name())).as("%s", topic).containsExactlyInAnyOrderElementsOf(expected);
            if (topic.isPattern()) {
                byPatterns += expected.size();
            } else {
                byTopics += expected.size();
            }
        }
        assertThat(byTopics).isGreaterThan(STEPS / 2);
        assertThat(byPatterns).isGreaterThan(STEPS / 2);
        model.forEach(map::remove);
        assertThat(map.isEmpty()).isTrue();
    }

    /** Puts, removes or changes one; now and then removes all. */
    private void change(Map<Topic, String> model, int step) {
        Topic pattern = pattern();
        String value = pattern + " " + step;
        switch (random.nextInt(4)) {
            case 0 -> {
                map.put(pattern, value);
                model.put(pattern, value);
            }
            case 1 -> {
                String before = model.remove(pattern);
                map.remove(pattern, before == null ? value : before);
            }
            case 2 ->
                map.change(pattern, before -> {
                    assertThat(before).isEqualTo(model.put(pattern, value));
                    return value;
                });
            default ->
                map.change(pattern, before -> {
                    assertThat(before).isEqualTo(model.remove(pattern));
                    return null;
                });
        }
        if (random.nextInt(500) == 0) {
            model.forEach(map::remove);
            model.clear();
        }
    }

    private Topic pattern() {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> name() + (random.nextInt(3) == 0 ? ".**" : ""))
                .filter(PatternMapTest::isAllowed)
                .map(Topic::new)
                .filter(Topic::isPattern)
                .findFirst()
                .orElseThrow();
    }

    private Topic topic() {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> name())
                .filter(PatternMapTest::isAllowed)
                .map(Topic::new)
                .filter(topic -> !topic.isPattern())
                .findFirst()
                .orElseThrow();
    }

    private static boolean isAllowed(String name) {
        try {
            new Topic(name);
            return true;
        } catch (InvalidInputException e) {
            return false;
        }
    }

    private String name() {
        return IntStream.range(0, 1 + random.nextInt(4))
                .mapToObj(i -> SEGMENTS[random.nextInt(SEGMENTS.length)])
                .collect(Collectors.joining("."));
    }

    private List<String> matching(String name) {
        List<String> found = new ArrayList<>();
        map.addMatching(new Topic(name), found);
        return found;
    }
}
