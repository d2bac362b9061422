package relay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import relay.testing.Api;
import relay.testing.DeliveryChecker;
import relay.testing.DeliveryChecker.Publish;
import relay.testing.DeliveryChecker.Session;
import relay.testing.DeliveryChecker.Verdict;
import relay.testing.RawPublisher;
import relay.testing.RestlessSubscriber;
import relay.testing.RestlessSubscriber.Habits;
import relay.testing.RestlessSubscriber.Place;
import relay.testing.Scrape;
import relay.testing.SpeakingClient;

/**
 * Publishers that publish as fast as they can, some of them clients on their sockets, and subscribers that change their minds all the time,
 * or whose backend does that for them. To be run once.
 */
final class OrderStress {
    static final List<String> TOPICS =
            List.of("ants", "bees", "cats.tom", "cats.tim", "dogs.rex", "dogs.rex.toys", "foxes");

    private static final List<String> PATTERNS = List.of("cats.*", "dogs.**", "*.rex", "*.tom");

    /** What only those ask for who may catch up: so much that they have to. */
    private static final String FLOOD = "flood";

    private static final int FLOOD_CHARACTERS = 60_000;
    private static final int MOST_TOPICS = 4;

    private static final int USERS = 10;

    /** Every third publisher is a client. */
    private static final int CLIENTS = 3;

    private static final int PAUSE_OF_BACKEND_MILLIS = 20;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final List<Place> places;
    private final int publishers;
    private final int subscribers;
    private final int mostMessages;
    private final ToIntFunction<RawPublisher.Accepted> queued;
    private final AtomicInteger messages = new AtomicInteger();

    /** What happened, and what an independent checker says of it. */
    record Outcome(long seed, int messages, int sessions, double catchUps, Verdict verdict) {}

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
        double catchUps = places.stream()
                .mapToDouble(place -> Scrape.of(place.api()).value("relay_catchups_total"))
                .sum();
        return new Outcome(
                seed, publishes.size(), sessions.size(), catchUps, DeliveryChecker.check(publishes, sessions));
    }

    private void run(long seed, List<Publish> publishes, List<Session> sessions)
            throws InterruptedException, ExecutionException {
        CountDownLatch stop = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(publishers + subscribers + 1);
        try {
            List<Future<List<Session>>> subscribing = new ArrayList<>();
            for (int i = 0; i < subscribers; i++) {
                Random random = new Random(seed + 1000 + i);
                subscribing.add(threads.submit(new RestlessSubscriber(places, i % USERS, habits(i), random, stop)));
            }
            Future<Integer> moving = threads.submit(() -> moveAll(new Random(seed - 1), stop));
            List<Future<List<Publish>>> publishing = new ArrayList<>();
            for (int i = 0; i < publishers; i++) {
                int publisher = i;
                Place place = places.get(i % places.size());
                Random random = new Random(seed + publisher);
                publishing.add(threads.submit(() -> publisher % CLIENTS == CLIENTS - 1
                        ? speak(place, publisher, random)
                        : publish(place.port(), publisher, random)));
            }
            for (Future<List<Publish>> done : publishing) {
                publishes.addAll(done.get());
            }
            stop.countDown();
            for (Future<List<Session>> done : subscribing) {
                sessions.addAll(done.get());
            }
            moving.get();
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

    /** A client's messages have one topic and are for everybody. It sends many of them twice. */
    private List<Publish> speak(Place place, int publisher, Random random) throws IOException {
        List<Publish> published = new ArrayList<>();
        long startedAt = System.nanoTime();
        try (SpeakingClient client = SpeakingClient.open(place.api(), place.port(), publisher, "**")) {
            while (messages.incrementAndGet() <= mostMessages && System.nanoTime() - startedAt < LONGEST_NANOS) {
                int counter = published.size() + 1;
                String topic = TOPICS.get(random.nextInt(TOPICS.size()));
                String text = topic + "/" + publisher + "/" + counter + "/" + "x".repeat(random.nextInt(300));
                long beganAt = System.nanoTime();
                long sequence = switch (random.nextInt(40)) {
                    case 0 -> {
                        int port = places.get(random.nextInt(places.size())).port();
                        yield client.publishAgainAt(port, "key " + counter, topic, text);
                    }
                    case 1, 2, 3, 4, 5, 6, 7, 8 -> client.publishTwice("key " + counter, topic, text);
                    default -> client.publish(topic, text);
                };
                long endedAt = System.nanoTime();
                published.add(new Publish(
                        text,
                        List.of(topic),
                        DeliveryChecker.EVERYBODY,
                        publisher,
                        counter,
                        sequence,
                        Integer.MAX_VALUE,
                        beganAt,
                        endedAt));
            }
        }
        return published;
    }

    /** A backend adds a topic to all clients of a user, which nothing is published on, and takes it away again. */
    private int moveAll(Random random, CountDownLatch stop) throws InterruptedException {
        int moved = 0;
        while (!stop.await(PAUSE_OF_BACKEND_MILLIS, TimeUnit.MILLISECONDS)) {
            Api.Answer answer = places.get(random.nextInt(places.size()))
                    .api()
                    .patch(
                            "/clients?user_id=" + random.nextInt(USERS),
                            "{\"" + (random.nextBoolean() ? "add" : "remove") + "\":[\"" + RestlessSubscriber.UNHEARD
                                    + "\"]}");
            if (answer.status() != 200 || answer.body().contains("\"error\"")) {
                throw new AssertionError("not changed: " + answer);
            }
            moved += answer.json().get("changed").asInt();
        }
        return moved;
    }

    /** Every seventh may catch up. */
    private static Habits habits(int subscriber) {
        List<String> topics = Stream.of(TOPICS, PATTERNS).flatMap(List::stream).toList();
        return subscriber % 7 == 0 ? new Habits(topics, Set.of(FLOOD), true) : new Habits(topics);
    }

    private Publish publish(RawPublisher connection, int publisher, int counter, Random random) throws IOException {
        boolean floods = random.nextInt(14) == 0;
        List<String> topics = floods ? List.of(FLOOD) : someTopics(random);
        int user = random.nextInt(4) == 0 ? random.nextInt(USERS) : DeliveryChecker.EVERYBODY;
        int size = floods ? FLOOD_CHARACTERS : random.nextInt(300);
        String text = topics.get(0) + "/" + publisher + "/" + counter + "/" + "x".repeat(size);
        String recipient = user == DeliveryChecker.EVERYBODY ? "null" : String.valueOf(user);
        String json = "{" + in(topics) + ",\"user_id\":" + recipient + ",\"message\":\"" + text + "\"}";
        long beganAt = System.nanoTime();
        RawPublisher.Accepted accepted = connection.publish(json);
        long endedAt = System.nanoTime();
        return new Publish(
                text,
                topics,
                user,
                publisher,
                counter,
                accepted.sequence(),
                queued.applyAsInt(accepted),
                beganAt,
                endedAt);
    }

    /** Mostly one, else several in any order. */
    private static List<String> someTopics(Random random) {
        List<String> topics = new ArrayList<>(TOPICS);
        Collections.shuffle(topics, random);
        return List.copyOf(topics.subList(0, random.nextInt(3) > 0 ? 1 : 2 + random.nextInt(MOST_TOPICS - 1)));
    }

    private static String in(List<String> topics) {
        return topics.size() == 1
                ? "\"topic\":\"" + topics.get(0) + "\""
                : "\"topics\":[\"" + String.join("\",\"", topics) + "\"]";
    }
}
