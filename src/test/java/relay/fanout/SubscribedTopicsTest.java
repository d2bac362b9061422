package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.history.TopicLogKey;
import relay.message.Topic;
import relay.message.UserId;
import relay.schedule.Ticker;

class SubscribedTopicsTest {
    private final TopicTable counts = new TopicTable(1, Ticker.system());

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 8, 9, 10, 100, 1000})
    void itIsTheSetOfItsTopicsHoweverManyTheyAre(int size) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<Topic> topics = new HashSet<>();
        while (topics.size() < size) {
            topics.add(new Topic("topic" + random.nextInt(100_000)));
        }
        SubscribedTopics asked = counts.enter(topics);
        assertThat(asked).as("seed %d", seed).hasSize(size).containsExactlyInAnyOrderElementsOf(topics);
        assertThat(asked.containsAll(topics)).as("seed %d", seed).isTrue();
        assertThat(asked).as("seed %d", seed).isEqualTo(topics);
        for (int i = 0; i < 1000; i++) {
            Topic some = new Topic("topic" + random.nextInt(100_000));
            assertThat(asked.contains(some)).as("seed %d: %s", seed, some).isEqualTo(topics.contains(some));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void topicsOfOneHashAreToldApart(int halves) {
        Set<Topic> topics = ofOneHash(halves);
        SubscribedTopics asked = counts.enter(topics);
        assertThat(asked).isEqualTo(topics);
        assertThat(asked.contains(new Topic("Aa".repeat(halves + 1)))).isFalse();
        topics.forEach(topic -> assertThat(asked.find(topic)).isSameAs(counts.find(topic)));
    }

    /** The bound is far above what chance brings, and far below what topics of one place would take: 512 on average. */
    @Test
    void aLookUpTakesFewStepsWhateverTopicsAClientChooses() {
        Set<Topic> chosen = ofOneHash(10);
        SubscribedTopics asked = counts.enter(chosen);
        assertThat(chosen.stream().mapToInt(asked::stepsTo).sum()).isLessThan(10 * chosen.size());
        Set<Topic> halves = new HashSet<>();
        chosen.forEach(topic -> halves.add(new Topic("cats." + topic)));
        SubscribedTopics others = counts.enter(halves);
        assertThat(halves.stream().mapToInt(others::stepsTo).sum()).isLessThan(10 * halves.size());
    }

    /** Only then do the maps of the JDK keep keys of one hash in a tree, which has to know the very class. */
    @Test
    void mapsByWhatClientsChooseTakeFewStepsToo() {
        assertThat(Stream.of(Topic.class, UserId.class, TopicLogKey.class))
                .allSatisfy(key -> assertThat(key.getGenericInterfaces())
                        .extracting(Type::getTypeName)
                        .contains("java.lang.Comparable<" + key.getName() + ">"));
        Set<TopicLogKey> keys = ofOneHash(3).stream()
                .flatMap(topic -> Stream.of(
                        new TopicLogKey(topic, Optional.empty()),
                        new TopicLogKey(topic, Optional.of(new UserId("Aa"))),
                        new TopicLogKey(topic, Optional.of(new UserId("BB")))))
                .collect(Collectors.toSet());
        assertThat(new TreeSet<>(keys)).isEqualTo(keys);
    }

    /** Aa and BB have one hash, and so have all that are made of them. */
    private static Set<Topic> ofOneHash(int halves) {
        Set<Topic> topics = new HashSet<>();
        for (int i = 0; i < 1 << halves; i++) {
            StringBuilder name = new StringBuilder();
            for (int bit = 0; bit < halves; bit++) {
                name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            topics.add(new Topic(name.toString()));
        }
        return topics;
    }
}
