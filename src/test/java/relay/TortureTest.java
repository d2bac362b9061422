package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.Api.Registered;
import relay.testing.FaultyProxy;
import relay.testing.FaultyProxy.Fault;
import relay.testing.RawPublisher;
import relay.testing.RawSocket;

/**
 * Clients with {@code keep} whose connections are cut, reset, stalled and left half open all the time, while four
 * publishers publish. {@code -Drelay.torture.seed=…} repeats a run's faults.
 */
class TortureTest {
    private static final Logger LOG = LoggerFactory.getLogger(TortureTest.class);
    private static final List<String> TOPICS = List.of("ants", "bees", "cats", "dogs");
    private static final List<Fault> FAULTS = List.of(Fault.values());
    private static final List<Kind> KINDS = List.of(Kind.values());
    private static final int CLIENTS = 20;
    private static final int FAULTS_EACH = 25;
    private static final Pattern ENVELOPE =
            Pattern.compile("\\{\"id\":\"(.*?-(\\d+))\",\"time\":\"[^\"]+\",\"topic\":\"\\w+\",\"message\":\"(.*)\"}");

    /** How a client takes its messages. */
    private enum Kind {
        RAW(""),
        ENVELOPES("?format=json"),
        OWN_CURSOR("?format=json");

        private final String query;

        Kind(String query) {
            this.query = query;
        }
    }

    /** A message that was accepted, and when its publishing began. */
    private record Published(String text, String topic, long sequence, long beganAt) {}

    /** What a client received, in order, and from when on it is owed everything. */
    private record Story(Kind kind, Set<String> topics, long openedAt, List<String> frames, int faults) {}

    /** How many faults of the relay there are over all clients. */
    private record Verdict(int owed, int missing, int repeated, int reordered, int gaps) {}

    private record Frame(String id, long sequence, String text) {}

    @ParameterizedTest(name = "{0} fan-out threads")
    @ValueSource(ints = {1, 3})
    @Timeout(120)
    void nothingIsLostHoweverConnectionsEnd(int fanoutThreads) throws Exception {
        long seed = Long.getLong("relay.torture.seed", System.nanoTime());
        List<Published> published = new ArrayList<>();
        List<Story> stories = new ArrayList<>();
        try (TestRelay relay =
                TestRelay.start("--fanout-threads", String.valueOf(fanoutThreads), "--history-messages", "1000000")) {
            run(relay, seed, published, stories);
        }
        int faults = stories.stream().mapToInt(Story::faults).sum();
        Verdict verdict = judge(published, stories);
        long frames = stories.stream().mapToLong(story -> story.frames().size()).sum();
        LOG.warn(
                "seed {}, {} threads: {} messages, {} faults, {} frames, {}",
                seed,
                fanoutThreads,
                published.size(),
                faults,
                frames,
                verdict);
        assertThat(verdict).as("seed %d", seed).isEqualTo(new Verdict(verdict.owed(), 0, 0, 0, 0));
        assertThat(verdict.owed()).isGreaterThan(10_000);
        assertThat(faults).isGreaterThanOrEqualTo(CLIENTS * FAULTS_EACH);
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
                Kind kind = KINDS.get(i % KINDS.size());
                Set<String> topics = Set.of(TOPICS.get(i % 4), TOPICS.get((i + 1) % 4));
                Callable<Story> client = () -> suffer(relay, kind, topics, random, tortured, allPublished);
                clients.add(threads.submit(client));
            }
            List<Future<List<Published>>> publishers = new ArrayList<>();
            for (String topic : TOPICS) {
                publishers.add(threads.submit(() -> publish(relay.port(), topic, tortured)));
            }
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

    private static List<Published> publish(int port, String topic, CountDownLatch tortured) throws Exception {
        List<Published> published = new ArrayList<>();
        try (RawPublisher connection = new RawPublisher(port)) {
            boolean last = false;
            while (!last) {
                last = tortured.await(300, TimeUnit.MICROSECONDS);
                String text = last ? "end of " + topic : topic + " " + published.size();
                long beganAt = System.nanoTime();
                RawPublisher.Accepted accepted =
                        connection.publish("{\"topic\":\"" + topic + "\",\"message\":\"" + text + "\"}");
                published.add(new Published(text, topic, accepted.sequence(), beganAt));
            }
        }
        return published;
    }

    private static Story suffer(
            TestRelay relay,
            Kind kind,
            Set<String> topics,
            Random random,
            CountDownLatch tortured,
            CountDownLatch allPublished)
            throws InterruptedException, IOException {
        Registered client = relay.api().registerKept(1, 60, topics.toArray(String[]::new));
        List<String> frames = new ArrayList<>();
        long openedAt = Long.MAX_VALUE;
        try (FaultyProxy proxy = new FaultyProxy(relay.port())) {
            while (proxy.faults() < FAULTS_EACH) {
                Fault fault = FAULTS.get(random.nextInt(FAULTS.size()));
                proxy.plan(new FaultyProxy.Plan(fault, 1 + random.nextInt(150)));
                try (RawSocket socket = RawSocket.connectReadingAhead(proxy.port())) {
                    socket.upgrade(pathOf(client, kind, frames));
                    openedAt = Math.min(openedAt, System.nanoTime());
                    receive(socket, frames, () -> false);
                } catch (IOException | AssertionError e) {
                    LOG.debug("cut: {}", e.toString());
                }
            }
            tortured.countDown();
            allPublished.await();
            takeTheRest(relay.port(), pathOf(client, kind, frames), topics, frames);
            return new Story(kind, topics, openedAt, frames, proxy.faults());
        }
    }

    private static String pathOf(Registered client, Kind kind, List<String> frames) {
        boolean hasCursor = kind == Kind.OWN_CURSOR && !frames.isEmpty();
        return client.id()
                + kind.query
                + (hasCursor ? "&after=" + frame(frames.get(frames.size() - 1)).id() : "");
    }

    /** As every client of the protocol does it: takes what comes, and answers each ping with its payload. */
    private static void receive(RawSocket socket, List<String> frames, BooleanSupplier enough) throws IOException {
        while (!enough.getAsBoolean()) {
            RawSocket.Frame frame = socket.readFrame();
            if (frame.opCode() == RawSocket.TEXT) {
                frames.add(frame.text());
            } else if (frame.opCode() == RawSocket.PING) {
                socket.send(
                        RawSocket.frame(0x80 | RawSocket.PONG, frame.payload().array()));
            } else {
                return;
            }
        }
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

    private static Verdict judge(List<Published> published, List<Story> stories) {
        int owed = 0;
        int missing = 0;
        int repeated = 0;
        int reordered = 0;
        int gaps = 0;
        for (Story story : stories) {
            Set<String> texts = new HashSet<>();
            Set<String> ids = new HashSet<>();
            long last = 0;
            for (String received : story.frames()) {
                if (received.startsWith("{\"gap\"")) {
                    gaps++;
                } else if (story.kind() == Kind.RAW) {
                    texts.add(received);
                } else {
                    Frame frame = frame(received);
                    if (ids.add(frame.id())) {
                        repeated += texts.add(frame.text()) ? 0 : 1;
                        reordered += frame.sequence() > last ? 0 : 1;
                        last = frame.sequence();
                    }
                }
            }
            for (Published message : published) {
                if (story.topics().contains(message.topic()) && message.beganAt() > story.openedAt()) {
                    owed++;
                    missing += texts.contains(message.text()) ? 0 : 1;
                }
            }
        }
        return new Verdict(owed, missing, repeated, reordered, gaps);
    }

    private static Frame frame(String envelope) {
        Matcher matcher = ENVELOPE.matcher(envelope);
        if (!matcher.matches()) {
            throw new AssertionError("not an envelope: " + envelope);
        }
        return new Frame(matcher.group(1), Long.parseLong(matcher.group(2)), matcher.group(3));
    }
}
