package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.client.Ticker;
import relay.message.Topic;

class AskedTopicsTest {
    private final TopicCounts counts = new TopicCounts(1, Ticker.system());

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 8, 9, 10, 100, 1000})
    void itIsTheSetOfItsTopicsHoweverManyTheyAre(int size) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<Topic> topics = new HashSet<>();
        while (topics.size() < size) {
            topics.add(new Topic("topic" + random.nextInt(100_000)));
        }
        AskedTopics asked = counts.enter(topics);
        assertThat(asked).as("seed %d", seed).hasSize(size).containsExactlyInAnyOrderElementsOf(topics);
        assertThat(asked.containsAll(topics)).as("seed %d", seed).isTrue();
        assertThat(asked).as("seed %d", seed).isEqualTo(topics);
        for (int i = 0; i < 1000; i++) {
            Topic some = new Topic("topic" + random.nextInt(100_000));
            assertThat(asked.contains(some)).as("seed %d: %s", seed, some).isEqualTo(topics.contains(some));
        }
    }

    /** Aa and BB have one hash, and so have all that are made of them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void topicsOfOneHashAreToldApart(int halves) {
        Set<Topic> topics = new HashSet<>();
        for (int i = 0; i < 1 << halves; i++) {
            StringBuilder name = new StringBuilder();
            for (int bit = 0; bit < halves; bit++) {
                name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            topics.add(new Topic(name.toString()));
        }
        AskedTopics asked = counts.enter(topics);
        assertThat(asked).isEqualTo(topics);
        assertThat(asked.contains(new Topic("Aa".repeat(halves + 1)))).isFalse();
        topics.forEach(topic -> assertThat(asked.find(topic)).isSameAs(counts.find(topic)));
    }
}
