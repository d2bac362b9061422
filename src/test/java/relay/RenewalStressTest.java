package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import relay.access.NewToken;
import relay.message.TopicPattern;
import relay.message.UserId;
import relay.testing.RedisServer;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/**
 * Tokens take topics away from clients and give them back, while all is published to. The checker knows only what a client was told: it
 * gets nothing of a topic that it was told to have lost, and of the others every message, in order.
 */
@Timeout(180)
class RenewalStressTest {
    private static final int TOPICS = 8;
    private static final int CLIENTS = 10;
    private static final int ROUNDS = Integer.getInteger("renewal.rounds", 100);
    private static final int BATCH = 20;

    @TempDir
    private Path folder;

    private final Random seeds = new Random(20);

    @Test
    void inMemory() throws Exception {
        run();
    }

    @Test
    void onDisk() throws Exception {
        run("--data", folder.resolve("data").toString());
    }

    @Test
    void inRedis() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            run("--engine", server.url());
        }
    }

    private void run(String... engine) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "a secret of at least thirty-two bytes");
        List<String> flags = new ArrayList<>(List.of(engine));
        flags.addAll(List.of("--jwt-secret-file", secret.toString(), "--max-frames-per-second", "100000"));
        ExecutorService threads = Executors.newCachedThreadPool();
        try (TestRelay relay = TestRelay.start(Map.of("RELAY_API_KEYS", "key"), flags.toArray(String[]::new))) {
            relay.api().awaitReady();
            List<Future<Checked>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Checked client = new Checked(relay, secret, "user" + i, seeds.nextLong(), i % 2 == 0 ? 0 : 60);
                clients.add(threads.submit(client::turn));
            }
            int[] published = new int[TOPICS];
            while (clients.stream().anyMatch(client -> !client.isDone())) {
                publish(relay, published);
            }
            // What a client asked for last may have come after the last batch: without this one it would owe nothing
            // that the checker waits for.
            publish(relay, published);
            for (Future<Checked> client : clients) {
                client.get(60, TimeUnit.SECONDS).finish(published);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** The same number of messages to each topic, with their numbers. */
    private static void publish(TestRelay relay, int[] published) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < BATCH * TOPICS; i++) {
            int topic = i % TOPICS;
            lines.append("{\"topic\":\"t" + topic + "\",\"message\":" + published[topic]++ + "}\n");
        }
        var answer = relay.api()
                .send(
                        "POST",
                        "/publish",
                        lines.toString(),
                        "Content-Type",
                        "application/x-ndjson",
                        "Authorization",
                        "Bearer key");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    /** A client that sends tokens and topics, up to three commands at a time, and checks what it gets. One thread at a time. */
    private static final class Checked {
        private final Path secret;
        private final String user;
        private final Random random;
        private final TestSocket socket;

        /** What was asked for and is not answered. */
        private final Deque<Command> commands = new ArrayDeque<>();

        /** What it may ask for when all commands are answered. */
        private Set<String> granted = all();

        private Set<String> subscribed = all();

        /** The number of the next message of a topic; none where it may be any. */
        private final Map<String, Integer> next = new HashMap<>();

        private int lost;
        private int messages;

        private record Command(boolean renews, Set<String> topics, boolean replays) {}

        Checked(TestRelay relay, Path secret, String user, long seed, int keep) throws IOException {
            this.secret = secret;
            this.user = user;
            this.random = new Random(seed);
            var answer = relay.api()
                    .postAs(
                            token(all()),
                            "/register",
                            "{\"keep\":" + keep + ",\"topics\":" + TestJson.tree(all()) + "}");
            this.socket =
                    TestSocket.open(relay.socketUri(answer.json().get("id").asText()) + "?format=json");
        }

        Checked turn() {
            for (int sent = 0; sent < ROUNDS; ) {
                if (commands.size() < 3) {
                    send();
                    sent++;
                }
                take(socket.receive());
                socket.received().forEach(this::take);
            }
            while (!commands.isEmpty()) {
                take(socket.receive());
            }
            return this;
        }

        /** Nothing is missing at the end either. */
        void finish(int[] published) {
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                socket.received().forEach(this::take);
                return subscribed.stream().allMatch(topic -> next.getOrDefault(topic, -1) == published[number(topic)]);
            });
            assertThat(lost).as("topics that ended").isGreaterThan(ROUNDS / 4);
            assertThat(messages).isGreaterThan(ROUNDS);
            socket.close();
        }

        private void send() {
            if (random.nextBoolean()) {
                granted = some(all());
                commands.add(new Command(true, granted, false));
                socket.send("{\"token\":\"" + token(granted) + "\"}");
            } else {
                Set<String> topics = some(granted);
                boolean replays = random.nextInt(4) == 0;
                commands.add(new Command(false, topics, replays));
                socket.send("{\"topics\":" + TestJson.tree(topics) + (replays ? ",\"last\":200}" : "}"));
            }
        }

        private void take(String frame) {
            JsonNode read = TestJson.parse(frame);
            if (read.has("message")) {
                message(read.get("topic").asText(), read.get("message").asInt());
            } else if (read.path("error").has("topics")) {
                Set<String> ended = names(read.get("error").get("topics"));
                assertThat(subscribed).doesNotContainAnyElementsOf(ended);
                lost += ended.size();
            } else if (read.has("gap")) {
                next.remove(read.get("gap").get("topic").asText());
            } else {
                answer(read, commands.remove());
            }
        }

        private void message(String topic, int number) {
            messages++;
            assertThat(subscribed).contains(topic);
            assertThat(number).as(topic).isEqualTo(next.getOrDefault(topic, number));
            next.put(topic, number + 1);
        }

        private void answer(JsonNode read, Command command) {
            assertThat(read.has("ok")).as(read.toString()).isTrue();
            Set<String> now = names(read.get("ok").get("topics"));
            Set<String> expected = new TreeSet<>(command.topics());
            if (command.renews()) {
                assertThat(read.get("ok").has("expires")).isTrue();
                expected.retainAll(subscribed);
            }
            assertThat(now).isEqualTo(expected);
            Set<String> goesOn = new HashSet<>(now);
            goesOn.retainAll(subscribed);
            if (command.replays()) {
                goesOn.clear();
            }
            next.keySet().retainAll(goesOn);
            subscribed = now;
        }

        private Set<String> some(Set<String> from) {
            Set<String> some = new TreeSet<>(from);
            some.removeIf(topic -> random.nextInt(3) == 0);
            return some;
        }

        private String token(Set<String> topics) {
            List<TopicPattern> patterns =
                    new ArrayList<>(topics.stream().map(TopicPattern::new).toList());
            // No topics at all would be any.
            patterns.add(new TopicPattern("other"));
            return new NewToken(new UserId(user), patterns, Duration.ofHours(1), List.of(), Optional.empty())
                    .sign(secret, InstantSource.system());
        }

        private static Set<String> names(JsonNode topics) {
            Set<String> names = new TreeSet<>();
            topics.forEach(topic -> names.add(topic.asText()));
            return names;
        }

        private static Set<String> all() {
            Set<String> all = new TreeSet<>();
            IntStream.range(0, TOPICS).forEach(i -> all.add("t" + i));
            return all;
        }

        private static int number(String topic) {
            return Integer.parseInt(topic.substring(1));
        }
    }
}
