package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.client.Client;
import relay.client.RegistrationChange;
import relay.history.HistoryOptions;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.message.Topic;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.LineEncoding;

/**
 * Backends change clients while others publish. Each change has one place: between the messages that its backend published before and
 * after it there is a point such that the client was sent what was for its old topics before that, and what was for its new topics
 * behind it. {@link Story} checks that with nothing but what was sent, what was asked for, and what came.
 */
@Timeout(120)
class ChangeStressTest {
    private static final HistoryOptions ALL = new HistoryOptions(1_000_000, Duration.ofDays(1), 256 << 20);
    private static final List<String> TOPICS = List.of("a.1", "a.2", "a.3", "b.1", "b.2", "b.3");
    private static final List<String> ASKED =
            Stream.concat(TOPICS.stream(), Stream.of("a.*", "b.*", "**")).toList();
    private static final int CHANGES = 200;

    @AutoClose
    private final TestHub relay = new TestHub(2, 64 << 20, ALL);

    /** The topic of each message, by its sequence. */
    private final ConcurrentSkipListMap<Long, String> published = new ConcurrentSkipListMap<>();

    private final AtomicBoolean over = new AtomicBoolean();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void eachChangeHasOnePlaceAmongTheMessages(long seed) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<?>> publishers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Random random = new Random(seed * 100 + i);
                publishers.add(threads.submit(() -> publish(random)));
            }
            List<Future<Story>> stories = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Story story = new Story(new Random(seed * 1000 + i), i % 2 == 0);
                stories.add(threads.submit(story));
            }
            for (Future<Story> story : stories) {
                story.get(60, TimeUnit.SECONDS);
            }
            over.set(true);
            for (Future<?> publisher : publishers) {
                publisher.get(20, TimeUnit.SECONDS);
            }
            long last = publish("end");
            for (Future<Story> story : stories) {
                story.get().end(last);
                story.get().check();
            }
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }

    private void publish(Random random) {
        while (!over.get()) {
            publish(TOPICS.get(random.nextInt(TOPICS.size())));
            relay.letPass(Duration.ofMillis(1));
        }
    }

    private long publish(String topic) {
        long sequence = relay.publishLines(topic + " " + topic).sequence();
        published.put(sequence, topic);
        return sequence;
    }

    /** Each message is a line with its sequence; a gap would be none. */
    private static final class Numbered implements Encoding {
        private final LineEncoding lines = LineEncoding.withPings();

        @Override
        public long maxSize(Message message) {
            return Long.toString(Long.MAX_VALUE).length() + 1L;
        }

        @Override
        public void encode(AcceptedMessage accepted, ByteBuffer target) {
            target.put((accepted.id().sequence() + "\n").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public boolean ping(long sequence, ByteBuffer target) {
            return lines.ping(sequence, target);
        }

        @Override
        public ByteBuffer encode(Gap gap) {
            return lines.encode(gap);
        }
    }

    /** One client: what was asked for it and what it got. */
    private final class Story implements Callable<Story> {
        private final Random random;
        private final boolean steady;
        private final Client client;
        private final List<FakeConnection> connections = new ArrayList<>();
        private Optional<SendQueue> queue = Optional.empty();

        /** The sequence of a message before each change, and one behind the last. */
        private final List<Long> marks = new ArrayList<>();

        /** The topics before each change, and behind the last. */
        private final List<Set<String>> topics = new ArrayList<>();

        Story(Random random, boolean steady) {
            this.random = random;
            this.steady = steady;
            client = relay.register(TestHub.KEEP, "ann", "end", "a.1");
            topics.add(Set.of("end", "a.1"));
        }

        @Override
        public Story call() {
            if (steady) {
                connect();
            }
            for (int i = 0; i < CHANGES; i++) {
                marks.add(publish("mark"));
                topics.add(change());
                if (!steady) {
                    roam();
                }
            }
            marks.add(publish("mark"));
            return this;
        }

        private void roam() {
            switch (random.nextInt(5)) {
                case 0 -> connect();
                case 1 -> {
                    queue.ifPresent(one -> relay.hub.disconnect(client, one));
                    queue = Optional.empty();
                }
                case 2 -> acknowledge();
                default -> {
                    if (queue.isPresent()) {
                        connections.get(connections.size() - 1).takeRest();
                    }
                }
            }
        }

        private void connect() {
            FakeConnection connection = new FakeConnection(new Numbered());
            if (!steady && random.nextBoolean()) {
                connection.takesPerWrite(200);
            }
            connections.add(connection);
            queue = Optional.of(relay.connect(client, connection));
        }

        private void acknowledge() {
            queue.ifPresent(one -> pings(connections.get(connections.size() - 1))
                    .reduce((first, second) -> second)
                    .ifPresent(sequence -> relay.hub.acknowledge(client, one, sequence)));
        }

        private Set<String> change() {
            Set<String> add = new HashSet<>();
            Set<String> remove = new HashSet<>();
            for (String topic : ASKED) {
                int die = random.nextInt(8);
                if (die == 0) {
                    add.add(topic);
                } else if (die < 4) {
                    remove.add(topic);
                }
            }
            Registrar.Changed changed = TestHub.join(relay.hub
                            .registrar()
                            .change(
                                    client.id().secret(),
                                    new RegistrationChange(
                                            TestHub.topics(add.toArray(String[]::new)),
                                            TestHub.topics(remove.toArray(String[]::new)),
                                            Optional.empty(),
                                            Optional.empty()))
                            .toCompletableFuture())
                    .orElseThrow();
            Set<String> now = changed.topics().stream().map(Topic::name).collect(Collectors.toSet());
            Set<String> expected = new HashSet<>(topics.get(topics.size() - 1));
            expected.removeAll(remove);
            expected.addAll(add);
            assertThat(now).isEqualTo(expected);
            return now;
        }

        /** It gets the rest. */
        void end(long last) {
            if (!steady) {
                connect();
            }
            FakeConnection connection = connections.get(connections.size() - 1).takesTheRestAtOnce();
            connection.takeRest();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> sequences(connection).contains(last));
        }

        void check() {
            Set<Long> received = new HashSet<>();
            for (FakeConnection connection : connections) {
                List<Long> came = sequences(connection);
                assertThat(came).isSorted().doesNotHaveDuplicates();
                received.addAll(came);
            }
            TreeMap<Long, String> all = new TreeMap<>(published);
            assertThat(all.keySet()).containsAll(received);
            for (int i = 1; i < topics.size(); i++) {
                checkWindow(i, all.subMap(marks.get(i - 1), marks.get(i)), received);
            }
        }

        /** There is a place for this change that explains what came. */
        private void checkWindow(int change, SortedMap<Long, String> window, Set<Long> received) {
            List<Long> places = new ArrayList<>(window.keySet());
            places.add(Long.MAX_VALUE);
            boolean explained = places.stream()
                    .anyMatch(place -> window.entrySet().stream()
                            .allMatch(message -> isExplained(
                                    message.getKey() < place ? change - 1 : change,
                                    message.getValue(),
                                    received.contains(message.getKey()))));
            assertThat(explained)
                    .as(
                            "change %s of %s, from %s to %s, messages %s, received %s",
                            change,
                            steady ? "a steady client" : "a roaming client",
                            topics.get(change - 1),
                            topics.get(change),
                            window,
                            window.keySet().stream().filter(received::contains).toList())
                    .isTrue();
        }

        private boolean isExplained(int state, String topic, boolean came) {
            List<String> asked = topics.get(state).stream()
                    .filter(one -> new Topic(one).matches(new Topic(topic)))
                    .toList();
            if (came || asked.isEmpty()) {
                return came != asked.isEmpty();
            }
            // Whoever is behind is not sent any more what it asks for no more.
            return !steady && asked.stream().allMatch(one -> isRemovedAfter(state, one));
        }

        private boolean isRemovedAfter(int state, String topic) {
            return topics.subList(state + 1, topics.size()).stream().anyMatch(later -> !later.contains(topic));
        }

        private List<Long> sequences(FakeConnection connection) {
            return lines(connection)
                    .filter(line -> !line.startsWith("ping "))
                    .map(Long::parseLong)
                    .toList();
        }

        private Stream<Long> pings(FakeConnection connection) {
            return lines(connection)
                    .filter(line -> line.startsWith("ping "))
                    .map(line -> Long.parseLong(line.substring("ping ".length())));
        }

        private Stream<String> lines(FakeConnection connection) {
            String text = connection.text();
            return text.substring(0, text.lastIndexOf('\n') + 1).lines();
        }
    }
}
