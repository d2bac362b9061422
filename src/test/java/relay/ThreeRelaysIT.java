package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.DeliveryChecker;
import relay.testing.DeliveryChecker.Publish;
import relay.testing.DeliveryChecker.Session;
import relay.testing.DeliveryChecker.Verdict;
import relay.testing.RawPublisher;
import relay.testing.RedisServer;
import relay.testing.RestlessSubscriber;
import relay.testing.RestlessSubscriber.Place;
import relay.testing.TestSocket;

/**
 * One order at three relays while everything happens at all of them at once. {@code -Drelay.stress.seed=…} repeats a run's
 * choices, as far as threads allow.
 */
class ThreeRelaysIT {
    private static final Logger LOG = LoggerFactory.getLogger(ThreeRelaysIT.class);
    private static final List<String> TOPICS = List.of("ants", "bees", "cats", "dogs", "emus", "foxes");
    private static final int RELAYS = 3;
    private static final int PUBLISHERS = 6;
    private static final int SUBSCRIBERS = 30;
    private static final int USERS = 10;
    private static final int MESSAGES = 3_000;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final AtomicInteger messages = new AtomicInteger();

    @AutoClose
    private final RedisServer server = RedisServer.start();

    @AutoClose
    private final TestRelays relays =
            TestRelays.start(RELAYS, server.url(), "--max-frames-per-second", "100000", "--fanout-threads", "2");

    @Test
    void subscribersOfAllRelaysReceiveTheSameInTheSameOrder() throws Exception {
        List<TestSocket> sockets = new ArrayList<>();
        for (int i = 0; i < RELAYS; i++) {
            sockets.add(relays.open(i, relays.api((i + 1) % RELAYS).register(i)));
        }
        ExecutorService threads = Executors.newFixedThreadPool(RELAYS);
        List<Future<?>> publishing = new ArrayList<>();
        for (int i = 0; i < RELAYS; i++) {
            int number = i;
            publishing.add(threads.submit(() -> {
                for (int j = 0; j < 300; j++) {
                    relays.api(number).publish("cats", number + " " + j);
                }
            }));
        }
        for (Future<?> done : publishing) {
            done.get();
        }
        threads.shutdown();
        List<String> order = sockets.get(0).receive(RELAYS * 300);
        assertThat(new HashSet<>(order)).hasSize(RELAYS * 300);
        assertThat(sockets.get(1).receive(RELAYS * 300)).isEqualTo(order);
        assertThat(sockets.get(2).receive(RELAYS * 300)).isEqualTo(order);
        sockets.forEach(TestSocket::close);
    }

    @Test
    @Timeout(120)
    void everySubscriberReceivesJustWhatItAskedForOnceAndInTheOneOrderOfAllRelays() throws Exception {
        long seed = Long.getLong("relay.stress.seed", System.nanoTime());
        List<Publish> publishes = new ArrayList<>();
        List<Session> sessions = new ArrayList<>();
        run(seed, publishes, sessions);
        Verdict verdict = DeliveryChecker.check(publishes, sessions);
        LOG.warn(
                "seed {}, {} relays: {} messages, {} sessions, {}",
                seed,
                RELAYS,
                publishes.size(),
                sessions.size(),
                verdict);
        assertThat(verdict).as("seed %d", seed).isEqualTo(new Verdict(verdict.owed(), 0, 0, 0, 0, 0, List.of()));
        assertThat(verdict.owed()).isGreaterThan(3_000);
        Set<String> rest = new HashSet<>(server.ask("PUBSUB", "CHANNELS"));
        assertThat(rest).as("channels").hasSizeLessThan(RELAYS + TOPICS.size() + 10);
    }

    private void run(long seed, List<Publish> publishes, List<Session> sessions) throws Exception {
        List<Place> places = relays.all().stream()
                .map(relay -> new Place(relay.api(), relay.port()))
                .toList();
        CountDownLatch stop = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS + SUBSCRIBERS);
        try {
            List<Future<List<Session>>> subscribing = new ArrayList<>();
            for (int i = 0; i < SUBSCRIBERS; i++) {
                subscribing.add(threads.submit(
                        new RestlessSubscriber(places, i % USERS, TOPICS, new Random(seed + 1000 + i), stop)));
            }
            List<Future<List<Publish>>> publishing = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                int publisher = i;
                int port = places.get(i % RELAYS).port();
                publishing.add(threads.submit(() -> publish(port, publisher, new Random(seed + publisher))));
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

    /** What is answered counts the connections of one relay, so the checker is told of any number. */
    private static Publish publish(RawPublisher connection, int publisher, int counter, Random random)
            throws IOException {
        String topic = TOPICS.get(random.nextInt(TOPICS.size()));
        int user = random.nextInt(4) == 0 ? random.nextInt(USERS) : DeliveryChecker.EVERYBODY;
        String text = topic + "/" + publisher + "/" + counter + "/" + "x".repeat(random.nextInt(300));
        String recipient = user == DeliveryChecker.EVERYBODY ? "null" : String.valueOf(user);
        String json = "{\"topic\":\"" + topic + "\",\"user_id\":" + recipient + ",\"message\":\"" + text + "\"}";
        long beganAt = System.nanoTime();
        RawPublisher.Accepted accepted = connection.publish(json);
        return new Publish(
                text,
                topic,
                user,
                publisher,
                counter,
                accepted.sequence(),
                Integer.MAX_VALUE,
                beganAt,
                System.nanoTime());
    }
}
