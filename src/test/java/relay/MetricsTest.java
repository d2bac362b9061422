package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.EventStreamReader;
import relay.testing.RawSocket;
import relay.testing.Scrape;
import relay.testing.TestSocket;

/** {@code GET /metrics}: things are done to a relay, and just the figures that tell of them move. */
class MetricsTest {
    private static final String SLOW_CLOSES = "relay_closes_total{code=\"4408\"}";
    private static final String TRIMMED = "relay_gaps_total{reason=\"trimmed\"}";

    private final TestRelay relay =
            TestRelay.start("--fanout-threads", "1", "--queue-bytes", "256KiB", "--history-messages", "2");

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void relayThatHasDoneNothingHasEveryFigureAndAllAreZero() {
        Map<String, Double> ours = ours(scrape());
        assertThat(ours.remove("relay_ready")).isEqualTo(1);
        assertThat(ours.remove("relay_queue_memory_limit_bytes")).isPositive();
        assertThat(ours.remove("relay_publish_queue_limit_bytes")).isPositive();
        assertThat(ours.values()).containsOnly(0.0);
        assertThat(ours.keySet())
                .contains(
                        "relay_connections",
                        "relay_registrations",
                        "relay_topics",
                        "relay_queue_bytes",
                        "relay_queue_memory_bytes",
                        "relay_input_bytes",
                        "relay_publish_queue_bytes",
                        "relay_history_bytes",
                        "relay_retained_values",
                        "relay_retained_bytes",
                        "relay_retained_dropped_total",
                        "relay_publishes_total",
                        "relay_published_bytes_total",
                        "relay_idempotent_replays_total",
                        "relay_idempotency_keys",
                        "relay_deliveries_total",
                        "relay_delivered_bytes_total",
                        "relay_resumes_total",
                        SLOW_CLOSES,
                        TRIMMED,
                        "relay_gaps_total{reason=\"epoch\"}",
                        "relay_gaps_total{reason=\"damaged\"}",
                        "relay_gaps_total{reason=\"future\"}",
                        "relay_publish_to_write_seconds_bucket{le=\"0.001\"}",
                        "relay_publish_to_write_seconds_count",
                        "relay_publish_to_write_seconds_sum",
                        "relay_acknowledgement_seconds_bucket{le=\"+Inf\"}",
                        "relay_acknowledgement_seconds_count",
                        "relay_acknowledgement_seconds_sum");
    }

    @Test
    void publishingMovesTheFiguresOfPublishingAndDeliveryAndNoOther() {
        try (TestSocket first = connect(1, "cats");
                TestSocket second = connect(2, "cats")) {
            Scrape before = scrape();
            for (int i = 0; i < 3; i++) {
                relay.api().publish("cats", "hello");
                first.receive();
                second.receive();
            }
            Scrape after = scrape();
            Map<String, Double> moved = new TreeMap<>();
            ours(after).forEach((name, value) -> {
                if (value != before.value(name) && !name.contains("_bucket{") && !name.endsWith("_sum")) {
                    moved.put(name, value - before.value(name));
                }
            });
            int frame = 2 + "hello".length();
            int held = 300 + 2 * "cats".length() + "hello".length();
            assertThat(moved)
                    .isEqualTo(Map.of(
                            "relay_publishes_total",
                            3.0,
                            "relay_published_bytes_total",
                            3.0 * "hello".length(),
                            "relay_deliveries_total",
                            6.0,
                            "relay_delivered_bytes_total",
                            6.0 * frame,
                            "relay_publish_to_write_seconds_count",
                            3.0,
                            "relay_history_bytes",
                            2.0 * held));
        }
    }

    @Test
    void gaugesRiseAndFallWithWhatThereIs() throws IOException {
        Registered waiting = relay.api().register(1, "waits");
        Registered streaming = relay.api().register(4, "birds");
        try (TestSocket first = connect(2, "cats", "dogs");
                TestSocket second = connect(3, "cats");
                EventStreamReader stream = EventStreamReader.open(relay.port(), streaming.id(), "")) {
            assertThat(stream.head()).contains("200 OK");
            assertThat(relay.api().publish("birds", "all are connected")).isEqualTo(1);
            first.barrier();
            second.barrier();
            Scrape scrape = scrape();
            assertThat(scrape.value("relay_connections")).isEqualTo(3);
            assertThat(scrape.value("relay_registrations")).isEqualTo(4);
            assertThat(scrape.value("relay_topics")).isEqualTo(4);
            relay.api().delete("/register/" + waiting.id());
            relay.api().delete("/register/" + streaming.id());
            assertThat(scrape().value("relay_registrations")).isEqualTo(2);
        }
        awaitValue("relay_connections", 0);
        awaitValue("relay_registrations", 0);
        awaitValue("relay_topics", 0);
    }

    @Test
    void slowReaderShowsInTheQueueAndThenAmongTheCloses() throws IOException {
        Registered client = relay.api().register(1, "flood");
        try (RawSocket slow = RawSocket.connectWithSmallBuffer(relay.port()).upgrade(client.id());
                TestSocket other = connect(2, "flood")) {
            double mostQueued = 0;
            int received = 2;
            for (int i = 0; i < 400 && received == 2; i++) {
                received = relay.api().publish("flood", "x".repeat(100_000));
                other.receive();
                mostQueued = Math.max(mostQueued, scrape().value("relay_queue_bytes"));
            }
            assertThat(received).as("the slow one was closed").isEqualTo(1);
            assertThat(mostQueued).isBetween(100_000.0, 2 * 256.0 * 1024);
            awaitValue(SLOW_CLOSES, 1);
            assertThat(closes(scrape())).as("in all").isEqualTo(1);
            slow.reset();
        }
        awaitValue("relay_queue_bytes", 0);
        awaitValue("relay_queue_memory_bytes", 0);
    }

    @Test
    void clientThatComesBackIsAResumeAndWhatIsNotHeldAnyMoreAGap() {
        Registered client = relay.api().registerKept(1, 60, "cats");
        TestSocket.open(client.url()).abort();
        awaitValue("relay_connections", 0);
        for (String message : List.of("trimmed", "held", "held too")) {
            relay.api().publish("cats", message);
        }
        Scrape before = scrape();
        assertThat(before.value("relay_resumes_total")).isZero();
        try (TestSocket again = TestSocket.open(client.url())) {
            assertThat(again.receive()).contains("\"gap\"", "trimmed");
            assertThat(again.receive(2)).containsExactly("held", "held too");
            Scrape after = scrape();
            assertThat(after.value("relay_resumes_total")).isEqualTo(1);
            assertThat(after.value(TRIMMED)).isEqualTo(1);
            assertThat(after.value("relay_gaps_total{reason=\"epoch\"}")).isZero();
            awaitValue("relay_deliveries_total", before.value("relay_deliveries_total") + 2);
        }
    }

    @Test
    void pongThatAcknowledgesIsTimed() {
        try (TestSocket socket = connect(1, "cats")) {
            Answer answer = relay.api().send("POST", "/publish/cats?confirm=20s", "hello");
            assertThat(answer.json().path("acknowledged").asInt()).isEqualTo(1);
            awaitValue("relay_acknowledgement_seconds_count", 1);
            assertThat(scrape().value("relay_acknowledgement_seconds_sum")).isPositive();
            assertThat(socket.receive()).isEqualTo("hello");
        }
    }

    @Test
    void closesCountUnderTheCodeThatTheRelaySentAndNotUnderTheClientsOwn() throws IOException {
        Registered client = relay.api().register(1, "cats");
        try (RawSocket replaced = RawSocket.connect(relay.port()).upgrade(client.id());
                RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            assertThat(replaced.readUntilClose()).isEqualTo(4409);
            socket.send(RawSocket.frame(0x80 | RawSocket.TEXT, new byte[] {(byte) 0xFF}));
            assertThat(socket.readUntilClose()).isEqualTo(1007);
        }
        awaitValue("relay_closes_total{code=\"4409\"}", 1);
        awaitValue("relay_closes_total{code=\"1007\"}", 1);
        try (RawSocket leaving = RawSocket.connect(relay.port())
                .upgrade(relay.api().register(1, "cats").id())) {
            leaving.send(RawSocket.frame(0x80 | RawSocket.CLOSE, new byte[] {0x03, (byte) 0xEA}));
            assertThat(leaving.readUntilClose()).isEqualTo(1002);
        }
        awaitValue("relay_connections", 0);
        assertThat(closes(scrape())).isEqualTo(2);
    }

    @Test
    void closedEventStreamCountsAsASocketDoes() throws IOException {
        Registered client = relay.api().register(1, "cats");
        try (EventStreamReader stream = EventStreamReader.open(relay.port(), client.id(), "")) {
            assertThat(stream.head()).contains("200 OK");
            relay.api().delete("/register/" + client.id());
            awaitValue("relay_closes_total{code=\"4404\"}", 1);
        }
        awaitValue("relay_queue_bytes", 0);
        awaitValue("relay_queue_memory_bytes", 0);
    }

    @Test
    void formatIsPrometheusTextUnlessOpenMetricsIsAskedFor() {
        Answer text = relay.api().get("/metrics");
        assertThat(text.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        assertThat(text.header("Cache-Control")).isEqualTo("no-store");
        assertThat(text.body())
                .contains("# TYPE relay_publishes_total counter\n", "# TYPE relay_connections gauge\n")
                .contains("# TYPE relay_publish_to_write_seconds histogram\n");
        Answer open = metrics("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");
        assertThat(open.header("Content-Type")).isEqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8");
        assertThat(open.body())
                .contains("# TYPE relay_publishes counter\n", "relay_publishes_total 0")
                .endsWith("# EOF\n");
        String protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        assertThat(metrics("Accept", protobuf).body()).isNotEmpty();
        assertThat(metrics("Accept", protobuf).header("Content-Type")).startsWith("text/plain");
    }

    @Test
    void everyFigureOfTheRelaySaysWhatItIs() {
        String page = relay.api().get("/metrics").body();
        List<String> described = page.lines()
                .filter(line -> line.startsWith("# HELP relay_"))
                .map(line -> line.split(" ", 4)[2])
                .toList();
        ours(Scrape.parse(page)).keySet().forEach(sample -> {
            String name = sample.replaceFirst("\\{.*", "").replaceFirst("_seconds_(bucket|sum|count)$", "_seconds");
            assertThat(described).contains(name);
        });
    }

    @Test
    void jvmAndProcessAreThereToo() {
        Map<String, Double> samples = scrape().samples();
        assertThat(samples.keySet())
                .contains(
                        "jvm_memory_used_bytes{area=\"heap\"}",
                        "jvm_threads_current",
                        "process_cpu_seconds_total",
                        "process_open_fds",
                        "process_resident_memory_bytes");
    }

    @Test
    void keysWithoutTheRightToItAreRefused() {
        Map<String, String> keys = Map.of("RELAY_API_KEYS", "root:admin,backend:publish+register");
        try (TestRelay guarded = TestRelay.start(keys)) {
            Answer without = guarded.api().get("/metrics");
            assertThat(without.status()).isEqualTo(401);
            assertThat(without.header("WWW-Authenticate")).startsWith("Bearer");
            assertThat(without.body()).doesNotContain("relay_");
            assertThat(guarded.api()
                            .send("GET", "/metrics", "", "Authorization", "Bearer backend")
                            .status())
                    .isEqualTo(403);
            Answer admitted = guarded.api().send("GET", "/metrics", "", "Authorization", "Bearer root");
            assertThat(admitted.status()).isEqualTo(200);
            assertThat(admitted.body()).contains("relay_connections 0");
        }
    }

    @Test
    void otherMethodsAndUnknownParametersAreRefused() {
        assertThat(relay.api().post("/metrics", "{}").status()).isEqualTo(405);
        assertThat(relay.api().get("/metrics?debug=text").status()).isEqualTo(400);
        Answer head = relay.api().send("HEAD", "/metrics", "");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void underLoadNoCounterFallsAndBucketsFitTheirCount() throws Exception {
        ExecutorService publishers = Executors.newFixedThreadPool(2);
        AtomicBoolean over = new AtomicBoolean();
        try (TestSocket first = connect(1, "cats");
                TestSocket second = connect(2, "cats")) {
            Callable<Integer> publisher = () -> {
                int published = 0;
                while (!over.get()) {
                    relay.api().publish("cats", "hello");
                    published++;
                }
                return published;
            };
            List<Future<Integer>> running = List.of(publishers.submit(publisher), publishers.submit(publisher));
            Scrape before = scrape();
            for (int i = 0; i < 100; i++) {
                Scrape after = scrape();
                assertNothingFell(before, after);
                assertBucketsFit(after, "relay_publish_to_write_seconds");
                before = after;
            }
            over.set(true);
            int published = running.get(0).get() + running.get(1).get();
            assertThat(published).isPositive();
            assertThat(first.receive(published)).hasSize(published);
            assertThat(second.receive(published)).hasSize(published);
            Scrape end = scrape();
            assertThat(end.value("relay_publishes_total")).isEqualTo(published);
            assertThat(end.value("relay_deliveries_total")).isEqualTo(2.0 * published);
            assertThat(end.value("relay_publish_to_write_seconds_count")).isEqualTo(published);
            assertThat(end.value("relay_publish_queue_bytes")).isZero();
        } finally {
            over.set(true);
            publishers.shutdown();
        }
    }

    private static void assertNothingFell(Scrape before, Scrape after) {
        ours(after).forEach((name, value) -> {
            boolean counts = name.matches(".*(_total|_bucket|_count|_sum)(\\{.*)?");
            if (counts) {
                assertThat(value).as(name).isGreaterThanOrEqualTo(before.value(name));
            }
        });
    }

    private static void assertBucketsFit(Scrape scrape, String histogram) {
        TreeMap<Double, Double> byBound = new TreeMap<>();
        ours(scrape).forEach((name, value) -> {
            if (name.startsWith(histogram + "_bucket{")) {
                String bound = name.replaceFirst(".*le=\"(.*)\".*", "$1").replace("+Inf", "Infinity");
                byBound.put(Double.valueOf(bound), value);
            }
        });
        assertThat(List.copyOf(byBound.values())).as("cumulative").isSorted().hasSizeGreaterThan(10);
        assertThat(byBound.get(Double.POSITIVE_INFINITY)).isEqualTo(scrape.value(histogram + "_count"));
    }

    private TestSocket connect(int user, String... topics) {
        return TestSocket.open(relay.api().register(user, topics).url());
    }

    private Scrape scrape() {
        return Scrape.of(relay.api());
    }

    private Answer metrics(String... headers) {
        return relay.api().send("GET", "/metrics", "", headers);
    }

    private void awaitValue(String sample, double expected) {
        await(sample)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(scrape().value(sample)).isEqualTo(expected));
    }

    private static double closes(Scrape scrape) {
        return ours(scrape).entrySet().stream()
                .filter(sample -> sample.getKey().startsWith("relay_closes_total"))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    private static Map<String, Double> ours(Scrape scrape) {
        Map<String, Double> ours = new TreeMap<>(scrape.samples());
        ours.keySet().removeIf(name -> !name.startsWith("relay_"));
        return ours;
    }
}
