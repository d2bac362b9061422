package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.DeliveryChecker;
import relay.testing.DeliveryChecker.Publish;
import relay.testing.DeliveryChecker.Session;
import relay.testing.DeliveryChecker.Verdict;
import relay.testing.RawPublisher;
import relay.testing.RestlessSubscriber;

/**
 * Order and atomicity while everything happens at once. {@code -Drelay.stress.seed=…} repeats a run's choices, as far as
 * threads allow.
 */
class OrderStressTest {
    private static final Logger LOG = LoggerFactory.getLogger(OrderStressTest.class);
    private static final List<String> TOPICS = List.of("ants", "bees", "cats", "dogs", "emus", "foxes");
    private static final int PUBLISHERS = 8;
    private static final int SUBSCRIBERS = 50;
    private static final int USERS = 10;
    private static final int MESSAGES = 4_000;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final AtomicInteger messages = new AtomicInteger();

    @ParameterizedTest(name = "{0} fan-out threads")
    @ValueSource(ints = {1, 3})
    @Timeout(60)
    void everySubscriberReceivesJustWhatItAskedForOnceAndInTheOneOrder(int fanoutThreads) throws Exception {
        long seed = Long.getLong("relay.stress.seed", System.nanoTime());
        List<Publish> publishes = new ArrayList<>();
        List<Session> sessions = new ArrayList<>();
        try (TestRelay relay = TestRelay.start(
                "--fanout-threads", String.valueOf(fanoutThreads), "--max-frames-per-second", "100000")) {
            run(relay, seed, publishes, sessions);
        }
        Verdict verdict = DeliveryChecker.check(publishes, sessions);
        LOG.warn(
                "seed {}, {} threads: {} messages, {} sessions, {}",
                seed,
                fanoutThreads,
                publishes.size(),
                sessions.size(),
                verdict);
        assertThat(verdict).as("seed %d", seed).isEqualTo(new Verdict(verdict.owed(), 0, 0, 0, 0, 0, List.of()));
        assertThat(verdict.owed()).isGreaterThan(10_000);
    }

    private void run(TestRelay relay, long seed, List<Publish> publishes, List<Session> sessions)
            throws InterruptedException, ExecutionException {
        CountDownLatch stop = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS + SUBSCRIBERS);
        try {
            List<Future<List<Session>>> subscribing = new ArrayList<>();
            for (int i = 0; i < SUBSCRIBERS; i++) {
                subscribing.add(threads.submit(new RestlessSubscriber(
                        relay.api(), relay.port(), i % USERS, TOPICS, new Random(seed + 1000 + i), stop)));
            }
            List<Future<List<Publish>>> publishing = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                int publisher = i;
                publishing.add(threads.submit(() -> publish(relay.port(), publisher, new Random(seed + publisher))));
            }
            for (Future<List<Publish>> done : publishing) {
                publishes.addAll(done.get());
            }
            stop.countDown();
            for (Future<List<Session>> done : subscribing) {
                sessions.addAll(done.get());
            }
        } finally {
            stop.countDown();
            threads.shutdownNow();
        }
    }

    private List<Publish> publish(int port, int publisher, Random random) throws IOException {
        List<Publish> published = new ArrayList<>();
        long startedAt = System.nanoTime();
        try (RawPublisher connection = new RawPublisher(port)) {
            while (messages.incrementAndGet() <= MESSAGES && System.nanoTime() - startedAt < LONGEST_NANOS) {
                published.add(publish(connection, publisher, published.size() + 1, random));
            }
        }
        return published;
    }

    private static Publish publish(RawPublisher connection, int publisher, int counter, Random random)
            throws IOException {
        String topic = TOPICS.get(random.nextInt(TOPICS.size()));
        int user = random.nextInt(4) == 0 ? random.nextInt(USERS) : DeliveryChecker.EVERYBODY;
        String text = topic + "/" + publisher + "/" + counter + "/" + "x".repeat(random.nextInt(300));
        String recipient = user == DeliveryChecker.EVERYBODY ? "null" : String.valueOf(user);
        String json = "{\"topic\":\"" + topic + "\",\"user_id\":" + recipient + ",\"message\":\"" + text + "\"}";
        long beganAt = System.nanoTime();
        RawPublisher.Accepted accepted = connection.publish(json);
        long endedAt = System.nanoTime();
        return new Publish(
                text, topic, user, publisher, counter, accepted.sequence(), accepted.queued(), beganAt, endedAt);
    }
}
