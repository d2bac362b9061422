package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.SeamFollower.Asks;
import relay.SeamFollower.Seen;
import relay.SeamFollower.Stretch;
import relay.testing.DeliveryChecker;
import relay.testing.RawPublisher;
import relay.testing.Scrape;
import relay.testing.SpeakingClient;

/**
 * The boundary between what is replayed and what is new, while publishers publish as fast as they can, one of which is a client, and a
 * backend changes what goes on as it was: by names and by patterns, with
 * messages that have several topics, and with clients that fall behind and catch up. Each client sees just the messages that it
 * asks for, one after the other.
 */
class SeamStressTest {
    private static final Logger LOG = LoggerFactory.getLogger(SeamStressTest.class);
    private static final List<String> TOPICS = List.of("seam.a", "seam.b.c", "seam.b.d", "seam.e");

    /** What only those ask for who may catch up: so much that they have to. */
    private static final String FLOOD = "flood";

    private static final int FLOOD_CHARACTERS = 30_000;
    private static final List<Asks> FOLLOWERS = List.of(
            new Asks(List.of("seam.a"), false),
            new Asks(List.of("seam.**"), false),
            new Asks(List.of("seam.*"), false),
            new Asks(List.of("seam.e", "seam.b.d", "seam.a"), false),
            new Asks(List.of("*.a", "seam.b.*", "seam.a", "seam.**"), false),
            new Asks(List.of("seam.*", "seam.b.c"), false),
            new Asks(List.of("**"), true),
            new Asks(List.of("seam.b.*", FLOOD, "seam.a"), true));
    private static final int PUBLISHERS = 3;
    private static final int ROUNDS = 60;

    /** A message that was accepted. */
    private record Published(long sequence, Set<String> topics) {}

    /** How many stretches are right, and some of those that are not. */
    private record Verdict(long frames, int seams, List<String> faults) {}

    @ParameterizedTest(name = "{0} fan-out threads")
    @ValueSource(ints = {1, 3})
    @Timeout(120)
    void nothingIsMissingAndNothingComesTwiceWhereThePastEnds(int fanoutThreads) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Published> published = new ArrayList<>();
        List<Seen> seen = new ArrayList<>();
        double catchUps;
        try (TestRelay relay = TestRelay.start(
                "--fanout-threads",
                String.valueOf(fanoutThreads),
                "--queue-bytes",
                "64KiB",
                "--history-messages",
                "1000000",
                "--max-frames-per-second",
                "100000")) {
            List<Future<List<Published>>> publishers = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                Random random = new Random(100 + i);
                publishers.add(threads.submit(() -> publish(relay.port(), random, stop)));
            }
            publishers.add(threads.submit(() -> speak(relay, new Random(99), stop)));
            List<Future<Seen>> clients = new ArrayList<>();
            for (Asks asks : FOLLOWERS) {
                Random random = new Random(clients.size());
                clients.add(threads.submit(new SeamFollower(relay, asks, ROUNDS, random)));
            }
            for (Future<Seen> client : clients) {
                seen.add(client.get());
            }
            stop.set(true);
            for (Future<List<Published>> publisher : publishers) {
                published.addAll(publisher.get());
            }
            catchUps = Scrape.of(relay.api()).value("relay_catchups_total");
        } finally {
            stop.set(true);
            threads.shutdownNow();
        }
        published.sort(Comparator.comparingLong(Published::sequence));
        Verdict verdict = judge(published, seen);
        LOG.warn("{} threads: {} messages, {} times behind, {}", fanoutThreads, published.size(), catchUps, verdict);
        assertThat(verdict.faults()).isEmpty();
        assertThat(verdict.seams()).isEqualTo(FOLLOWERS.size() * ROUNDS);
        assertThat(catchUps).isPositive();
    }

    private static List<Published> publish(int port, Random random, AtomicBoolean stop) throws IOException {
        List<Published> published = new ArrayList<>();
        String flood = "x".repeat(FLOOD_CHARACTERS);
        try (RawPublisher connection = new RawPublisher(port)) {
            while (!stop.get()) {
                boolean floods = random.nextInt(20) == 0;
                List<String> topics = floods ? List.of(FLOOD) : someTopics(random);
                String text = floods ? flood : "x";
                String json = "{\"topics\":[\"" + String.join("\",\"", topics) + "\"],\"message\":\"" + text + "\"}";
                published.add(new Published(connection.publish(json).sequence(), Set.copyOf(topics)));
            }
        }
        return published;
    }

    /** A client, which sends every second message twice. */
    private static List<Published> speak(TestRelay relay, Random random, AtomicBoolean stop) throws IOException {
        List<Published> published = new ArrayList<>();
        try (SpeakingClient client = SpeakingClient.open(relay.api(), relay.port(), 7, "seam.**")) {
            while (!stop.get()) {
                String topic = TOPICS.get(random.nextInt(TOPICS.size()));
                long sequence = random.nextBoolean()
                        ? client.publish(topic, "x")
                        : client.publishTwice("key " + published.size(), topic, "x");
                published.add(new Published(sequence, Set.of(topic)));
            }
        }
        return published;
    }

    /** One, or several in any order. */
    private static List<String> someTopics(Random random) {
        List<String> topics = new ArrayList<>(TOPICS);
        Collections.shuffle(topics, random);
        return topics.subList(0, random.nextBoolean() ? 1 : 1 + random.nextInt(TOPICS.size()));
    }

    private static Verdict judge(List<Published> published, List<Seen> seen) {
        List<String> faults = new ArrayList<>();
        long frames = 0;
        int seams = 0;
        for (Seen one : seen) {
            Set<String> topics = topicsOf(one.asks());
            List<Long> owed = published.stream()
                    .filter(message -> !Collections.disjoint(message.topics(), topics))
                    .map(Published::sequence)
                    .toList();
            for (Stretch stretch : one.stretches()) {
                frames += stretch.sequences().size();
                difference(stretch, owed).ifPresent(fault -> faults.add(one.asks() + ": " + fault));
            }
            seams += one.seams();
        }
        return new Verdict(frames, seams, faults.subList(0, Math.min(10, faults.size())));
    }

    private static Set<String> topicsOf(Asks asks) {
        return Stream.concat(TOPICS.stream(), Stream.of(FLOOD))
                .filter(topic -> DeliveryChecker.covers(asks.topics(), topic))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Where a stretch is not just what is owed after its start. */
    private static Optional<String> difference(Stretch stretch, List<Long> owed) {
        int next = firstAfter(stretch.start(), owed);
        for (long sequence : stretch.sequences()) {
            if (next == owed.size() || owed.get(next) != sequence) {
                return Optional.of(sequence + " where " + (next < owed.size() ? owed.get(next) : "nothing")
                        + " has to come, after " + stretch.start());
            }
            next++;
        }
        return Optional.empty();
    }

    private static int firstAfter(long sequence, List<Long> owed) {
        int found = Collections.binarySearch(owed, sequence);
        return found < 0 ? -found - 1 : found + 1;
    }
}
