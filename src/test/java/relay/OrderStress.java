package relay;

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
import java.util.function.ToIntFunction;
import relay.testing.DeliveryChecker;
import relay.testing.DeliveryChecker.Publish;
import relay.testing.DeliveryChecker.Session;
import relay.testing.DeliveryChecker.Verdict;
import relay.testing.RawPublisher;
import relay.testing.RestlessSubscriber;
import relay.testing.RestlessSubscriber.Place;

/** Publishers that publish as fast as they can, and subscribers that change their minds all the time. To be run once. */
final class OrderStress {
    static final List<String> TOPICS = List.of("ants", "bees", "cats", "dogs", "emus", "foxes");

    private static final int USERS = 10;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final List<Place> places;
    private final int publishers;
    private final int subscribers;
    private final int mostMessages;
    private final ToIntFunction<RawPublisher.Accepted> queued;
    private final AtomicInteger messages = new AtomicInteger();

    /** What happened, and what an independent checker says of it. */
    record Outcome(long seed, int messages, int sessions, Verdict verdict) {}

    /**
     * A stress that waits to be run.
     *
     * @param places the relays, which publishers and subscribers spread over
     * @param queued to how many connections a message went, by its answer
     */
    OrderStress(
            List<Place> places,
            int publishers,
            int subscribers,
            int mostMessages,
            ToIntFunction<RawPublisher.Accepted> queued) {
        this.places = places;
        this.publishers = publishers;
        this.subscribers = subscribers;
        this.mostMessages = mostMessages;
        this.queued = queued;
    }

    Outcome run() throws InterruptedException, ExecutionException {
        long seed = Long.getLong("relay.stress.seed", System.nanoTime());
        List<Publish> publishes = new ArrayList<>();
        List<Session> sessions = new ArrayList<>();
        run(seed, publishes, sessions);
        return new Outcome(seed, publishes.size(), sessions.size(), DeliveryChecker.check(publishes, sessions));
    }

    private void run(long seed, List<Publish> publishes, List<Session> sessions)
            throws InterruptedException, ExecutionException {
        CountDownLatch stop = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(publishers + subscribers);
        try {
            List<Future<List<Session>>> subscribing = new ArrayList<>();
            for (int i = 0; i < subscribers; i++) {
                subscribing.add(threads.submit(
                        new RestlessSubscriber(places, i % USERS, TOPICS, new Random(seed + 1000 + i), stop)));
            }
            List<Future<List<Publish>>> publishing = new ArrayList<>();
            for (int i = 0; i < publishers; i++) {
                int publisher = i;
                int port = places.get(i % places.size()).port();
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
            while (messages.incrementAndGet() <= mostMessages && System.nanoTime() - startedAt < LONGEST_NANOS) {
                published.add(publish(connection, publisher, published.size() + 1, random));
            }
        }
        return published;
    }

    private Publish publish(RawPublisher connection, int publisher, int counter, Random random) throws IOException {
        String topic = TOPICS.get(random.nextInt(TOPICS.size()));
        int user = random.nextInt(4) == 0 ? random.nextInt(USERS) : DeliveryChecker.EVERYBODY;
        String text = topic + "/" + publisher + "/" + counter + "/" + "x".repeat(random.nextInt(300));
        String recipient = user == DeliveryChecker.EVERYBODY ? "null" : String.valueOf(user);
        String json = "{\"topic\":\"" + topic + "\",\"user_id\":" + recipient + ",\"message\":\"" + text + "\"}";
        long beganAt = System.nanoTime();
        RawPublisher.Accepted accepted = connection.publish(json);
        long endedAt = System.nanoTime();
        return new Publish(
                text,
                List.of(topic),
                user,
                publisher,
                counter,
                accepted.sequence(),
                queued.applyAsInt(accepted),
                beganAt,
                endedAt);
    }
}
