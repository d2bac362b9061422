package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.DeliveryChecker;
import relay.testing.FaultyProxy;
import relay.testing.FaultyProxy.Fault;
import relay.testing.LossChecker.Sent;
import relay.testing.RawPublisher;
import relay.testing.RawSocket;
import relay.testing.Relays;
import relay.testing.RetryingAuthor;
import relay.testing.Scrape;

/**
 * Clients with {@code keep} whose connections are cut, reset, stalled and left half open all the time, while publishers publish, one of
 * which is a client with such a connection itself. They ask for names and patterns, and some of them for so much that they have to catch
 * up; their backend gives each of them another topic meanwhile. {@code -Drelay.torture.seed=…} repeats a run's faults.
 */
class TortureTest {
    private static final Logger LOG = LoggerFactory.getLogger(TortureTest.class);
    private static final List<String> TOPICS = List.of("bugs.ants", "bugs.bees", "pets.cats", "pets.dogs.rex");
    private static final List<Set<String>> ASKED = List.of(
            Set.of("bugs.ants", "bugs.bees"),
            Set.of("bugs.*"),
            Set.of("pets.**", "bugs.bees"),
            Set.of("*.ants", "pets.cats", "pets.*"));

    /** What only those ask for who may catch up. */
    private static final String FLOOD = "flood";

    /** What a client publishes on, and who that is. */
    private static final String SPOKEN = "pets.cats";

    private static final int AUTHOR = 77;

    /** What each client asks for until its backend takes it away. */
    static final String BEFORE = "moves.before";

    /** What its backend gives it instead. */
    static final String AFTER = "moves.after";

    private static final int FLOOD_AT_ONCE = 60;

    /** So many that the history holds them all. */
    private static final int MOST_OF_FLOOD = 1_200;

    private static final Pattern FLOODED = Pattern.compile("flood (\\d+)");
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(150);
    private static final String PADDING = "x".repeat(50_000);
    private static final List<Fault> FAULTS = List.of(Fault.values());
    private static final List<Kind> KINDS = List.of(Kind.values());
    private static final int CLIENTS = 20;
    private static final int FAULTS_EACH = 25;

    /** Clients that may catch up have time to fall behind. */
    private static final int FAULTS_OF_THE_SLOW = 4;

    private static final int SLOW = CLIENTS / 5;
    private static final int TOO_SLOW = 4408;

    /** How a client takes its messages. */
    enum Kind {
        RAW(""),
        ENVELOPES("?format=json"),
        OWN_CURSOR("?format=json");

        private final String query;

        Kind(String query) {
            this.query = query;
        }
    }

    /**
     * A message that was accepted, and when it was published.
     *
     * @param from the client that published it; empty for a backend
     */
    record Published(String text, List<String> topics, long sequence, long beganAt, long endedAt, OptionalInt from) {}

    /** When a backend asked for other topics, and when it was answered. */
    record Move(long askedAt, long answeredAt) {}

    /** Who suffers: what it asks for, and all topics that this stands for. */
    record Sufferer(Kind kind, Set<String> asked, Set<String> topics, boolean catchesUp) {
        static Sufferer number(int number) {
            boolean catchesUp = number % (CLIENTS / SLOW) == 0;
            Set<String> asked = new HashSet<>(ASKED.get(number % ASKED.size()));
            asked.add(BEFORE);
            if (catchesUp) {
                asked.add(FLOOD);
            }
            Set<String> topics = Stream.concat(TOPICS.stream(), Stream.of(FLOOD, BEFORE))
                    .filter(topic -> DeliveryChecker.covers(asked, topic))
                    .collect(Collectors.toSet());
            return new Sufferer(KINDS.get(number % KINDS.size()), asked, topics, catchesUp);
        }

        /** The topic that it is told of a message: the first that it asks for, in the publisher's order. */
        Optional<String> topicOf(Published message) {
            return message.topics().stream()
                    .filter(topic -> topics.contains(topic) || topic.equals(AFTER))
                    .findFirst();
        }

        /** What it asks for in the end. */
        Set<String> topicsInTheEnd() {
            Set<String> last = new HashSet<>(topics);
            last.remove(BEFORE);
            last.add(AFTER);
            return last;
        }
    }

    /** What a client received, in order, and from when on it is owed everything. */
    record Story(Sufferer who, long openedAt, Move move, List<String> frames, int tooSlow, int faults) {}

    @ParameterizedTest(name = "{0} fan-out threads")
    @ValueSource(ints = {1, 3})
    @Timeout(120)
    void nothingIsLostHoweverConnectionsEnd(int fanoutThreads) throws Exception {
        long seed = Long.getLong("relay.torture.seed", System.nanoTime());
        List<Published> published = new ArrayList<>();
        List<Story> stories = new ArrayList<>();
        double catchUps;
        try (TestRelay relay = TestRelay.start(
                "--fanout-threads",
                String.valueOf(fanoutThreads),
                "--history-messages",
                "1000000",
                "--queue-bytes",
                "64KiB")) {
            run(relay, seed, published, stories);
            catchUps = Scrape.of(relay.api()).value("relay_catchups_total");
        }
        int faults = stories.stream().mapToInt(Story::faults).sum();
        TortureVerdict verdict = TortureVerdict.of(published, stories);
        long frames = stories.stream().mapToLong(story -> story.frames().size()).sum();
        LOG.warn(
                "seed {}, {} threads: {} messages, {} faults, {} frames, {} times behind, {}",
                seed,
                fanoutThreads,
                published.size(),
                faults,
                frames,
                catchUps,
                verdict);
        assertThat(verdict).as("seed %d", seed).isEqualTo(new TortureVerdict(verdict.owed(), 0, 0, 0, 0, 0, 0, 0));
        assertThat(verdict.owed()).isGreaterThan(10_000);
        assertThat(faults).isGreaterThanOrEqualTo((CLIENTS - SLOW) * FAULTS_EACH + SLOW * FAULTS_OF_THE_SLOW);
        assertThat(catchUps).isPositive();
    }

    private static void run(TestRelay relay, long seed, List<Published> published, List<Story> stories)
            throws Exception {
        CountDownLatch tortured = new CountDownLatch(CLIENTS);
        CountDownLatch allPublished = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<Story>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Random random = new Random(seed + i);
                Sufferer who = Sufferer.number(i);
                Callable<Story> client = () -> suffer(relay, who, random, tortured, allPublished);
                clients.add(threads.submit(client));
            }
            List<Future<List<Published>>> publishers = new ArrayList<>();
            for (String topic : TOPICS) {
                Random random = new Random(seed - publishers.size());
                publishers.add(threads.submit(
                        topic.equals(SPOKEN)
                                ? () -> speak(relay, random, tortured)
                                : () -> publish(relay.port(), topic, random, tortured)));
            }
            for (String topic : List.of(BEFORE, AFTER)) {
                publishers.add(threads.submit(() -> publishAlone(relay.port(), topic, tortured)));
            }
            publishers.add(threads.submit(() -> flood(relay.port(), tortured)));
            for (Future<List<Published>> publisher : publishers) {
                published.addAll(publisher.get());
            }
            allPublished.countDown();
            for (Future<Story> client : clients) {
                stories.add(client.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<Published> publish(int port, String topic, Random random, CountDownLatch tortured)
            throws Exception {
        List<Published> published = new ArrayList<>();
        try (RawPublisher connection = new RawPublisher(port)) {
            boolean last = false;
            while (!last) {
                last = tortured.await(300, TimeUnit.MICROSECONDS);
                boolean alone = last || random.nextInt(3) > 0;
                List<String> topics = alone ? List.of(topic) : withOthers(topic, random);
                published.add(publish(connection, last ? "end of " + topic : topic + " " + published.size(), topics));
            }
        }
        return published;
    }

    /** A client whose own connections suffer too. */
    private static List<Published> speak(TestRelay relay, Random random, CountDownLatch tortured) throws Exception {
        try (FaultyProxy proxy = new FaultyProxy(relay.port())) {
            Relays ways = any -> {
                proxy.plan(new FaultyProxy.Plan(FAULTS.get(any.nextInt(FAULTS.size())), 1 + any.nextInt(150)));
                return OptionalInt.of(proxy.port());
            };
            Relays direct = any -> OptionalInt.of(relay.port());
            List<Sent> sent = new RetryingAuthor(direct, ways, SPOKEN, AUTHOR, random, 2, tortured).call();
            return sent.stream()
                    .map(one -> new Published(
                            one.text(),
                            List.of(SPOKEN),
                            one.answered().orElseThrow(),
                            one.beganAt(),
                            Long.MAX_VALUE,
                            OptionalInt.of(AUTHOR)))
                    .toList();
        }
    }

    private static List<Published> publishAlone(int port, String topic, CountDownLatch tortured) throws Exception {
        List<Published> published = new ArrayList<>();
        try (RawPublisher connection = new RawPublisher(port)) {
            while (!tortured.await(2, TimeUnit.MILLISECONDS)) {
                published.add(publish(connection, topic + " " + published.size(), List.of(topic)));
            }
            published.add(publish(connection, "end of " + topic, List.of(topic)));
        }
        return published;
    }

    private static List<Published> flood(int port, CountDownLatch tortured) throws Exception {
        List<Published> published = new ArrayList<>();
        try (RawPublisher connection = new RawPublisher(port)) {
            while (!tortured.await(400, TimeUnit.MILLISECONDS)) {
                for (int i = 0; i < FLOOD_AT_ONCE && published.size() < MOST_OF_FLOOD; i++) {
                    published.add(publish(connection, FLOOD + " " + published.size(), List.of(FLOOD)));
                }
            }
            published.add(publish(connection, "end of " + FLOOD, List.of(FLOOD)));
        }
        return published;
    }

    /** A topic and some others, in any order. */
    private static List<String> withOthers(String topic, Random random) {
        List<String> topics = new ArrayList<>(TOPICS);
        Collections.shuffle(topics, random);
        topics.removeIf(other -> !other.equals(topic) && random.nextBoolean());
        return List.copyOf(topics);
    }

    private static Published publish(RawPublisher connection, String text, List<String> topics) throws IOException {
        String padded = topics.contains(FLOOD) ? text + PADDING : text;
        String json = "{\"topics\":[\"" + String.join("\",\"", topics) + "\"],\"message\":\"" + padded + "\"}";
        long beganAt = System.nanoTime();
        long sequence = connection.publish(json).sequence();
        return new Published(text, topics, sequence, beganAt, System.nanoTime(), OptionalInt.empty());
    }

    private static Story suffer(
            TestRelay relay, Sufferer who, Random random, CountDownLatch tortured, CountDownLatch allPublished)
            throws InterruptedException, IOException {
        Registered client = register(relay, who);
        List<String> frames = new ArrayList<>();
        int tooSlow = 0;
        long openedAt = Long.MAX_VALUE;
        int faults = who.catchesUp() ? FAULTS_OF_THE_SLOW : FAULTS_EACH;
        Optional<CompletableFuture<Move>> move = Optional.empty();
        try (FaultyProxy proxy = new FaultyProxy(relay.port())) {
            while (proxy.faults() < faults) {
                if (move.isEmpty() && proxy.faults() >= faults / 2) {
                    move = Optional.of(CompletableFuture.supplyAsync(() -> move(relay, client)));
                }
                boolean stalls = who.catchesUp() && random.nextBoolean();
                Fault fault = stalls ? Fault.STALL : FAULTS.get(random.nextInt(FAULTS.size()));
                proxy.plan(new FaultyProxy.Plan(fault, 1 + random.nextInt(who.catchesUp() ? 900 : 150)));
                try (RawSocket socket = RawSocket.connectReadingAhead(proxy.port())) {
                    socket.upgrade(pathOf(client, who.kind(), frames));
                    openedAt = Math.min(openedAt, System.nanoTime());
                    int code = receive(socket, frames, () -> who.catchesUp() && pausesAt(frames));
                    tooSlow += who.catchesUp() && code == TOO_SLOW ? 1 : 0;
                } catch (IOException | AssertionError e) {
                    LOG.debug("cut: {}", e.toString());
                }
            }
            Move moved = move.orElseGet(() -> CompletableFuture.completedFuture(move(relay, client)))
                    .join();
            tortured.countDown();
            allPublished.await();
            takeTheRest(relay.port(), pathOf(client, who.kind(), frames), who.topicsInTheEnd(), frames);
            return new Story(who, openedAt, moved, frames, tooSlow, proxy.faults());
        }
    }

    private static Move move(TestRelay relay, Registered client) {
        long askedAt = System.nanoTime();
        Api.Answer answer = relay.api()
                .patch("/register/" + client.id(), "{\"add\":[\"" + AFTER + "\"],\"remove\":[\"" + BEFORE + "\"]}");
        if (answer.status() != 200) {
            throw new AssertionError("not changed: " + answer);
        }
        return new Move(askedAt, System.nanoTime());
    }

    /** Takes nothing for a while when a flood begins. It has never enough. */
    private static boolean pausesAt(List<String> frames) {
        Matcher flood = FLOODED.matcher(frames.isEmpty() ? "" : frames.get(frames.size() - 1));
        if (flood.find() && Integer.parseInt(flood.group(1)) % FLOOD_AT_ONCE == 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return false;
    }

    private static Registered register(TestRelay relay, Sufferer who) {
        String[] asked = who.asked().toArray(String[]::new);
        return who.catchesUp()
                ? relay.api().registerCatchingUp(1, 60, asked)
                : relay.api().registerKept(1, 60, asked);
    }

    private static String pathOf(Registered client, Kind kind, List<String> frames) {
        boolean hasCursor = kind == Kind.OWN_CURSOR && !frames.isEmpty();
        return client.id()
                + kind.query
                + (hasCursor
                        ? "&after="
                                + TortureVerdict.frame(frames.get(frames.size() - 1))
                                        .id()
                        : "");
    }

    /**
     * As every client of the protocol does it: takes what comes, and answers each ping with its payload.
     *
     * @return the code that the relay closed it with, if it did
     */
    private static int receive(RawSocket socket, List<String> frames, BooleanSupplier enough) throws IOException {
        while (!enough.getAsBoolean()) {
            RawSocket.Frame frame = socket.readFrameAnsweringPings();
            if (frame.opCode() == RawSocket.CLOSE) {
                return frame.closeCode();
            }
            frames.add(frame.text().replace(PADDING, ""));
        }
        return 0;
    }

    private static void takeTheRest(int port, String path, Set<String> topics, List<String> frames) throws IOException {
        Set<String> ends = new HashSet<>();
        frames.forEach(frame -> noteEnd(frame, ends));
        try (RawSocket socket = RawSocket.connectReadingAhead(port).upgrade(path)) {
            receive(socket, frames, () -> {
                if (!frames.isEmpty()) {
                    noteEnd(frames.get(frames.size() - 1), ends);
                }
                return ends.size() == topics.size();
            });
        }
    }

    private static void noteEnd(String frame, Set<String> ends) {
        int end = frame.indexOf("end of ");
        if (end >= 0) {
            ends.add(frame.substring(end));
        }
    }
}
