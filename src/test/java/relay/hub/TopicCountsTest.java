package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;

class TopicCountsTest {
    private static final int THREADS = 4;

    private final TopicCounts counts = new TopicCounts();

    @Test
    void topicsComeInTheOrderOfTheirNamesPageByPage() {
        counts.add(TestHub.topics("b", "ant", "B", "ä", "a"), 1, 0);
        assertThat(names(Optional.empty(), 3)).containsExactly("B", "a", "ant");
        assertThat(names(Optional.of("ant"), 3)).containsExactly("b", "ä");
        assertThat(names(Optional.of("aardvark"), 1)).containsExactly("ant");
        assertThat(names(Optional.of("ä"), 3)).isEmpty();
    }

    @Test
    void onlyTopicsOfTheFilterAreListed() {
        counts.add(TestHub.topics("news.a", "news.b", "cats", "dogs"), 1, 0);
        TopicFilter filter = TopicFilter.of(List.of(new TopicPattern("news.*"), new TopicPattern("dogs")));
        assertThat(counts.after(Optional.empty(), filter, 2))
                .extracting(entry -> entry.topic().name())
                .containsExactly("dogs", "news.a");
    }

    @Test
    void aTopicThatNobodyAsksForIsForgotten() {
        counts.add(TestHub.topics("cats"), 1, 0);
        counts.add(TestHub.topics("cats"), 0, 1);
        counts.replace(TestHub.topics("cats"), TestHub.topics("dogs"));
        assertThat(counts.after(Optional.empty(), TopicFilter.ANY, 9))
                .containsExactly(new TopicEntry(new Topic("dogs"), 1, 1));
        counts.add(TestHub.topics("dogs"), 0, -1);
        counts.add(TestHub.topics("dogs"), -1, 0);
        assertThat(counts.after(Optional.empty(), TopicFilter.ANY, 9)).isEmpty();
    }

    @Test
    void whatSeveralWorkersCountAtOnceAddsUp() throws Exception {
        List<Topic> topics = List.copyOf(TestHub.topics("a", "b", "c"));
        ExecutorService workers = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(i);
                done.add(workers.submit(() -> {
                    for (int step = 0; step < 20_000; step++) {
                        Set<Topic> some = Set.of(topics.get(random.nextInt(topics.size())));
                        counts.add(some, 1, 0);
                        counts.add(some, 0, 1);
                        counts.add(some, 0, -1);
                        counts.add(some, -1, 0);
                    }
                    counts.add(topics, 1, 1);
                }));
            }
            for (Future<?> one : done) {
                one.get();
            }
        } finally {
            workers.shutdownNow();
        }
        assertThat(counts.after(Optional.empty(), TopicFilter.ANY, 9))
                .hasSize(topics.size())
                .allMatch(entry -> entry.subscribers() == THREADS && entry.connected() == THREADS);
    }

    private List<String> names(Optional<String> after, int most) {
        return counts.after(after.map(Topic::new), TopicFilter.ANY, most).stream()
                .map(entry -> entry.topic().name())
                .toList();
    }
}
