package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.client.TopicInfo;
import relay.hub.TestHub;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.schedule.Ticker;

class TopicTableTest {
    private static final int THREADS = 4;

    private final TopicTable counts = new TopicTable(1, Ticker.system());

    @Test
    void topicsComeInTheOrderOfTheirNamesPageByPage() {
        counts.enter(TestHub.topics("b", "ant", "B", "ä", "a"));
        assertThat(names(Optional.empty(), 3)).containsExactly("B", "a", "ant");
        assertThat(names(Optional.of("ant"), 3)).containsExactly("b", "ä");
        assertThat(names(Optional.of("aardvark"), 1)).containsExactly("ant");
        assertThat(names(Optional.of("ä"), 3)).isEmpty();
    }

    @Test
    void onlyTopicsOfTheFilterAreListed() {
        counts.enter(TestHub.topics("news.a", "news.b", "cats", "dogs"));
        TopicFilter filter = TopicFilter.of(List.of(new TopicPattern("news.*"), new TopicPattern("dogs")));
        assertThat(counts.after(Optional.empty(), filter, 2))
                .extracting(entry -> entry.topic().name())
                .containsExactly("dogs", "news.a");
    }

    @Test
    void aTopicThatNobodyAsksForIsForgotten() {
        SubscribedTopics topics = counts.enter(TestHub.topics("cats"));
        connected(topics);
        topics = counts.replace(topics, TestHub.topics("dogs"));
        assertThat(all()).containsExactly(new TopicInfo(new Topic("dogs"), 1, 1));
        disconnected(topics);
        assertThat(all()).containsExactly(new TopicInfo(new Topic("dogs"), 1, 0));
        counts.leave(topics);
        assertThat(all()).isEmpty();
        assertThat(counts.size()).isZero();
        assertThat(counts.find(new Topic("dogs"))).isNull();
    }

    @Test
    void allWhoAskForATopicHaveOneObjectForIt() {
        SubscribedTopics first = counts.enter(TestHub.topics("cats"));
        SubscribedTopics second = counts.enter(TestHub.topics("cats", "dogs"));
        assertThat(second.find(new Topic("cats"))).isSameAs(first.find(new Topic("cats")));
    }

    @Test
    void whatIsAskedForAgainCountsOnce() {
        SubscribedTopics topics = counts.enter(TestHub.topics("a", "b"));
        connected(topics);
        assertThat(counts.replace(topics, TestHub.topics("b", "c"))).isEqualTo(TestHub.topics("b", "c"));
        assertThat(all()).containsExactly(new TopicInfo(new Topic("b"), 1, 1), new TopicInfo(new Topic("c"), 1, 1));
    }

    /** A few topics, so that the last to leave one and the first to come meet all the time. */
    @Test
    void whatSeveralWorkersCountAtOnceAddsUp() throws Exception {
        List<String> names = List.of("a", "b", "c", "d");
        List<List<SubscribedTopics>> left = inThreads(thread -> comeAndGo(names, new Random(thread), thread % 2 == 0));
        Map<Topic, Integer> subscribers = new HashMap<>();
        Map<Topic, Integer> connected = new HashMap<>();
        for (int thread = 0; thread < THREADS; thread++) {
            int connections = thread % 2 == 0 ? 1 : 0;
            left.get(thread)
                    .forEach(topics -> topics.forEach(topic -> {
                        subscribers.merge(topic, 1, Integer::sum);
                        connected.merge(topic, connections, Integer::sum);
                    }));
        }
        assertThat(all())
                .containsExactlyElementsOf(new TreeSet<>(names)
                        .stream()
                                .map(Topic::new)
                                .filter(subscribers::containsKey)
                                .map(topic -> new TopicInfo(topic, subscribers.get(topic), connected.get(topic)))
                                .toList());
        for (int thread = 0; thread < THREADS; thread++) {
            for (SubscribedTopics topics : left.get(thread)) {
                topics.forEachEntry(
                        entry -> assertThat(counts.find(entry.shared().topic())).isSameAs(entry.shared()));
                if (thread % 2 == 0) {
                    disconnected(topics);
                }
                counts.leave(topics);
            }
        }
        assertThat(counts.size()).isZero();
        assertThat(all()).isEmpty();
    }

    @Test
    void aTopicThatIsThereAllTheWhileIsOnOnePageWhateverComesAndGoes() throws Exception {
        Set<Topic> staying = IntStream.range(0, 500)
                .mapToObj(i -> new Topic("topic" + i * 2))
                .collect(Collectors.toUnmodifiableSet());
        counts.enter(staying);
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService others = Executors.newSingleThreadExecutor();
        try {
            Future<?> churn = others.submit(() -> {
                for (int i = 0; !over.get(); i++) {
                    counts.leave(counts.enter(TestHub.topics("topic" + (i % 1000 * 2 + 1), "topic" + i % 1000)));
                }
            });
            for (int walk = 0; walk < 20; walk++) {
                assertThat(walk(7))
                        .doesNotHaveDuplicates()
                        .isSorted()
                        .containsAll(staying.stream().map(Topic::name).toList());
            }
            over.set(true);
            churn.get();
        } finally {
            over.set(true);
            others.shutdownNow();
        }
        assertThat(counts.size()).isEqualTo(staying.size());
    }

    /** All threads ask for the same new topics at once, in turns while they list, and so many that listings are dropped. */
    @Test
    void whatIsAskedForBeforeACallIsInTheAnswer() throws Exception {
        inThreads(thread -> {
            for (int i = 0; i < 20_000; i++) {
                String shared = "t%06d";
                String own = thread + ".%06d";
                SubscribedTopics asked = counts.enter(TestHub.topics(shared.formatted(i), own.formatted(i)));
                if (i / 1000 % 12 == thread) {
                    assertThat(names(Optional.of(shared.formatted(i - 1)), 1)).containsExactly(shared.formatted(i));
                    assertThat(names(Optional.of(own.formatted(i - 1)), 1)).containsExactly(own.formatted(i));
                }
                counts.leave(asked);
            }
            return List.of();
        });
        assertThat(counts.size()).isZero();
    }

    /** Clients come and go; those that are left are still there, all connected, or none. */
    private List<SubscribedTopics> comeAndGo(List<String> names, Random random, boolean connect) {
        Deque<SubscribedTopics> here = new ArrayDeque<>();
        for (int step = 0; step < 50_000; step++) {
            if (here.size() > random.nextInt(3)) {
                SubscribedTopics gone = here.removeFirst();
                if (connect) {
                    gone = counts.replace(gone, TestHub.topics(names.get(random.nextInt(names.size()))));
                    disconnected(gone);
                }
                counts.leave(gone);
            } else {
                SubscribedTopics came =
                        counts.enter(TestHub.topics(names.get(0), names.get(1 + random.nextInt(names.size() - 1))));
                if (connect) {
                    connected(came);
                }
                here.add(came);
            }
        }
        return List.copyOf(here);
    }

    private List<List<SubscribedTopics>> inThreads(IntFunction<List<SubscribedTopics>> work) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<List<SubscribedTopics>>> done = IntStream.range(0, THREADS)
                    .mapToObj(thread -> workers.submit(() -> work.apply(thread)))
                    .toList();
            List<List<SubscribedTopics>> results = new ArrayList<>();
            for (Future<List<SubscribedTopics>> one : done) {
                results.add(one.get());
            }
            return Collections.unmodifiableList(results);
        } finally {
            workers.shutdownNow();
        }
    }

    private List<String> walk(int page) {
        List<String> walked = new ArrayList<>();
        List<String> names = names(Optional.empty(), page);
        while (!names.isEmpty()) {
            walked.addAll(names);
            names = names(Optional.of(names.get(names.size() - 1)), page);
        }
        return walked;
    }

    private List<TopicInfo> all() {
        return counts.after(Optional.empty(), TopicFilter.ANY, 9);
    }

    private static void connected(SubscribedTopics topics) {
        topics.forEachEntry(entry -> entry.shared().connected());
    }

    private static void disconnected(SubscribedTopics topics) {
        topics.forEachEntry(entry -> entry.shared().disconnected());
    }

    private List<String> names(Optional<String> after, int most) {
        return counts.after(after.map(Topic::new), TopicFilter.ANY, most).stream()
                .map(entry -> entry.topic().name())
                .toList();
    }
}
