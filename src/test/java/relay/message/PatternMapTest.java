package relay.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PatternMapTest {
    private static final List<String> SEGMENTS = List.of("a", "b", "cc", "a*", "");

    private final Random random = new Random(5);

    @Test
    void aTopicFindsWhatThosePatternsHaveThatMatchIt() {
        for (int round = 0; round < 200; round++) {
            PatternMap<String> map = new PatternMap<>();
            Map<Topic, String> plain = new HashMap<>();
            for (int step = 0; step < 60; step++) {
                Topic pattern = pattern();
                String value = random.nextInt(3) == 0 ? null : pattern + " " + step;
                map.change(pattern, before -> {
                    assertThat(before).isEqualTo(plain.get(pattern));
                    return value;
                });
                plain.put(pattern, value);
                plain.values().removeIf(one -> one == null);
                assertThat(map.size()).isEqualTo(plain.size());
                Topic topic = random.nextBoolean() ? topic() : pattern();
                List<String> found = new ArrayList<>();
                map.forEachMatching(topic, found::add);
                assertThat(found)
                        .containsExactlyInAnyOrderElementsOf(plain.entrySet().stream()
                                .filter(entry -> entry.getKey().matches(topic))
                                .map(Map.Entry::getValue)
                                .toList());
            }
            plain.keySet().forEach(pattern -> map.change(pattern, before -> null));
            assertThat(map.size()).isZero();
        }
    }

    private Topic topic() {
        StringBuilder name = new StringBuilder("a");
        for (int i = random.nextInt(4); i > 0; i--) {
            name.append('.').append(SEGMENTS.get(random.nextInt(SEGMENTS.size())));
        }
        return new Topic(name.toString());
    }

    private Topic pattern() {
        List<String> segments = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            segments.add(random.nextInt(3) == 0 ? "*" : SEGMENTS.get(random.nextInt(3)));
        }
        segments.add(random.nextInt(2) == 0 ? "**" : "*");
        return new Topic(String.join(".", segments));
    }
}
