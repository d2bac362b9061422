package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.http.Problems.assertProblem;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.Scrape;
import relay.testing.TestSocket;

/** {@code Idempotency-Key}: a publish that is sent again happens once. */
class IdempotencyTest {
    private static final Duration TTL = Duration.ofSeconds(20);
    private static final String BODY = "{\"topic\":\"t\",\"message\":\"x\"}";

    private final ManualClock clock = new ManualClock();

    @AutoClose
    private final TestRelay relay =
            TestRelay.start(clock, "--idempotency-keys", "2", "--idempotency-ttl", TTL.toSeconds() + "s");

    private TestSocket socket;

    @BeforeEach
    void connect() {
        socket = TestSocket.open(relay.api().register(1, "t", "u").url());
    }

    @AfterEach
    void disconnect() {
        socket.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/publish", "/publish/t", "/publish/t?user_id=1", "/publish?confirm=20s"})
    void theSecondRequestGetsTheFirstOnesAnswerAndNothingIsPublished(String path) {
        Answer first = publish(path, BODY, "k");
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.header("Idempotent-Replayed")).isEmpty();
        assertReplayed(publish(path, BODY, "k"), first);
        assertReplayed(publish(path, BODY, "\"k\""), first);
        assertThat(messages()).hasSize(1);
        assertThat(Scrape.of(relay.api()).value("relay_idempotent_replays_total"))
                .isEqualTo(2);
        assertThat(Scrape.of(relay.api()).value("relay_publishes_total")).isEqualTo(1);
    }

    @Test
    void withoutAKeyEachRequestIsAMessage() {
        for (int i = 0; i < 3; i++) {
            assertThat(relay.api().post("/publish", BODY).header("Idempotent-Replayed"))
                    .isEmpty();
        }
        assertThat(messages()).hasSize(3);
        assertThat(Scrape.of(relay.api()).value("relay_idempotency_keys")).isZero();
    }

    @Test
    void theAnswerToWaitForNeedNotBeTheSame() {
        Answer first = publish("/publish/t?confirm=20s", "x", "k");
        assertThat(first.body()).contains("\"acknowledged\":1");
        assertReplayed(publish("/publish/t", "x", "k"), first);
        assertReplayed(publish("/publish/t?confirm=1ms", "x", "k"), first);
    }

    @Test
    void theSameTopicAndUserWrittenInAnotherWayAreTheSameRequest() {
        Answer first = publish("/publish/t?user_id=1", "x", "k");
        assertReplayed(publish("/publish/%74?user_id=%31", "x", "k"), first);
        assertReplayed(publish("/publish/t?user_id=1&retain=false", "x", "k"), first);
    }

    @ParameterizedTest
    @CsvSource({
        "ttl=60, ttl=61",
        "exclude=0123456789abcdef0123456789abcdef, exclude=0123456789abcdef0123456789abcdee",
    })
    void theKeyWithOtherOptionsIsAConflict(String options, String others) {
        Answer first = publish("/publish/t?" + options, "x", "k");
        assertReplayed(publish("/publish/t?" + options, "x", "k"), first);
        assertProblem(publish("/publish/t?" + others.strip(), "x", "k"), 409);
        assertThat(messages()).containsExactly("x");
    }

    @ParameterizedTest
    @CsvSource({
        "/publish/t, y, text/plain",
        "/publish/t, '', text/plain",
        "/publish/u, x, text/plain",
        "/publish/t?user_id=1, x, text/plain",
        "/publish/t?user_id=2, x, text/plain",
        "/publish/t?ttl=60, x, text/plain",
        "/publish/t?retain=true, x, text/plain",
        "/publish/t?exclude=0123456789abcdef0123456789abcdef, x, text/plain",
        "/publish/t, x, text/html",
        "/publish, '{\"topic\":\"t\",\"message\":\"x\"}', application/json",
    })
    void theKeyWithOtherContentIsAConflictThatPublishesNothing(String path, String body, String type) {
        Answer first = send("/publish/t", "x", "k", "Content-Type", "text/plain");
        Answer other = send(path, body, "k", "Content-Type", type);
        assertThat(assertProblem(other, 409)).contains("Idempotency-Key", "send what was sent with it before");
        assertReplayed(send("/publish/t", "x", "k", "Content-Type", "text/plain; charset=utf-8"), first);
        assertThat(messages()).containsExactly("x");
    }

    @Test
    void twentyAtOnceAreOneMessageAndGetOneAnswer() throws Exception {
        for (int round = 0; round < 20; round++) {
            String key = "round " + round;
            List<Answer> answers = together(20, () -> publish("/publish", BODY, "\"" + key + "\""));
            assertThat(answers).allMatch(answer -> answer.status() == 200);
            assertThat(answers.stream().map(Answer::body).distinct()).hasSize(1);
            assertThat(answers.stream().map(answer -> answer.header("Idempotent-Replayed")))
                    .filteredOn(String::isEmpty)
                    .hasSize(1);
            assertThat(messages()).containsExactly("x");
        }
    }

    @Test
    void whileTheFirstIsUnderWayOthersWaitForItsAnswerAndNewKeysHaveNoRoom() throws Exception {
        try (RawSocket silent = RawSocket.connect(relay.port())
                .upgrade(relay.api().register(2, "silent").id())) {
            List<CompletableFuture<Answer>> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                for (String key : List.of("one", "two")) {
                    waiting.add(inBackground(() -> publish("/publish/silent?confirm=60s", "x", key)));
                }
            }
            await().until(() -> Scrape.of(relay.api()).value("relay_idempotency_keys") == 2);
            Answer third = publish("/publish/t", "x", "three");
            assertThat(assertProblem(third, 503)).contains("under way", "come back later");
            assertThat(third.header("Retry-After")).isEqualTo("10");
            assertProblem(publish("/publish/silent", "y", "one"), 409);
            assertThat(relay.api().publish("t", "without a key")).isEqualTo(1);
            assertThat(waiting).noneMatch(CompletableFuture::isDone);
            silent.reset();
            List<Answer> answers = new ArrayList<>();
            for (CompletableFuture<Answer> one : waiting) {
                answers.add(one.get(20, TimeUnit.SECONDS));
            }
            assertThat(answers)
                    .allMatch(answer -> answer.body().endsWith(",\"queued\":1,\"acknowledged\":0}"))
                    .extracting(Answer::body)
                    .containsOnly(answers.get(0).body(), answers.get(1).body());
            assertThat(answers)
                    .filteredOn(answer -> answer.header("Idempotent-Replayed").isEmpty())
                    .hasSize(2);
        }
        assertThat(publish("/publish/t", "x", "three").status()).isEqualTo(200);
        assertThat(messages()).containsExactly("without a key", "x");
    }

    @Test
    void afterItsTimeAKeyStandsForNothing() {
        Answer first = publish("/publish/t", "x", "k");
        clock.advance(TTL.minusNanos(1));
        assertReplayed(publish("/publish/t", "x", "k"), first);
        clock.advance(Duration.ofNanos(1));
        Answer second = publish("/publish/t", "y", "k");
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.body()).isNotEqualTo(first.body());
        assertThat(messages()).containsExactly("x", "y");
    }

    @Test
    void atTheBoundTheOldestKeyIsForgotten() {
        publish("/publish/t", "1", "one");
        Answer second = publish("/publish/t", "2", "two");
        publish("/publish/t", "3", "three");
        assertThat(Scrape.of(relay.api()).value("relay_idempotency_keys")).isEqualTo(2);
        assertReplayed(publish("/publish/t", "2", "two"), second);
        assertThat(publish("/publish/t", "1", "one").header("Idempotent-Replayed"))
                .isEmpty();
        assertThat(messages()).containsExactly("1", "2", "3", "1");
    }

    @ParameterizedTest
    @CsvSource({"400, '{\"topic\":\"t\"}'", "400, not JSON", "400, ''"})
    void aRequestThatIsRefusedForItsContentFreesItsKey(int status, String body) {
        assertProblem(publish("/publish", body, "k"), status);
        assertThat(Scrape.of(relay.api()).value("relay_idempotency_keys")).isZero();
        assertThat(publish("/publish", BODY, "k").header("Idempotent-Replayed")).isEmpty();
        assertThat(messages()).containsExactly("x");
    }

    @Test
    void aRequestThatThereWasNoRoomForFreesItsKey() {
        try (TestRelay small = TestRelay.start("--publish-queue-bytes", "1KiB", "--max-body-bytes", "2KiB");
                TestSocket there = TestSocket.open(small.api().register(1, "t").url())) {
            assertProblem(send(small.api(), "/publish/t", "x".repeat(1000), "k"), 503);
            assertProblem(send(small.api(), "/publish/t", "x".repeat(3000), "k"), 413);
            assertThat(Scrape.of(small.api()).value("relay_idempotency_keys")).isZero();
            assertThat(send(small.api(), "/publish/t", "x", "k").header("Idempotent-Replayed"))
                    .isEmpty();
            assertThat(there.receive()).isEqualTo("x");
        }
    }

    @Test
    void aKeyIsItsCallersOwn() {
        Map<String, String> keys = Map.of("RELAY_API_KEYS", "one:publish,two:publish,cats:publish:cats");
        try (TestRelay guarded = TestRelay.start(keys)) {
            Api api = guarded.api();
            Answer first = send(api, "/publish/t", "x", "k", "Authorization", "Bearer one");
            assertThat(first.status()).isEqualTo(200);
            assertProblem(send(api, "/publish/t", "x", "k", "Authorization", "Bearer cats"), 403);
            assertProblem(send(api, "/publish/t", "x", "k", "Authorization", "Bearer three"), 401);
            Answer other = send(api, "/publish/t", "y", "k", "Authorization", "Bearer two");
            assertThat(other.status()).isEqualTo(200);
            assertThat(other.body()).isNotEqualTo(first.body());
            assertReplayed(send(api, "/publish/t", "x", "k", "Authorization", "bearer  one"), first);
            assertReplayed(send(api, "/publish/t", "y", "k", "Authorization", "Bearer two"), other);
            Answer allowed = send(api, "/publish/cats", "z", "k", "Authorization", "Bearer cats");
            assertThat(allowed.header("Idempotent-Replayed")).isEmpty();
        }
    }

    @Test
    void aStreamOfLinesTakesNoKey() {
        Answer answer = send("/publish", BODY + "\n" + BODY, "k", "Content-Type", "application/x-ndjson");
        assertThat(assertProblem(answer, 400)).contains("Idempotency-Key is for one message");
        assertThat(messages()).isEmpty();
    }

    @Test
    void aValueThatIsNoKeyIsRefusedAndNothingIsPublished() {
        assertThat(IdempotencyHeaderTest.BAD_VALUES).hasSizeGreaterThan(300).allSatisfy(value -> {
            Answer answer = publishWithHeaders("Idempotency-Key: " + value);
            assertProblem(answer, value.length() < 8192 ? 400 : 431);
        });
        assertThat(messages()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Idempotency-Key", "idempotency-key"})
    void severalKeysAreRefusedAndNothingIsPublished(String second) {
        Answer answer = publishWithHeaders("Idempotency-Key: k", second + ": k");
        assertThat(assertProblem(answer, 400)).contains("Idempotency-Key is given more than once");
        assertThat(messages()).isEmpty();
    }

    private Answer publishWithHeaders(String... headers) {
        List<String> head =
                new ArrayList<>(List.of("POST /publish/t HTTP/1.1", "Host: localhost", "Content-Length: 1"));
        head.addAll(List.of(headers));
        return Raw.exchange(relay.port(), head, "x");
    }

    /** The messages that have come since it was asked last. */
    private List<String> messages() {
        socket.barrier();
        return socket.received();
    }

    private static void assertReplayed(Answer answer, Answer first) {
        assertThat(answer.header("Idempotent-Replayed")).as(answer.body()).isEqualTo("true");
        assertThat(answer.status()).isEqualTo(first.status());
        assertThat(answer.header("Content-Type")).isEqualTo(first.header("Content-Type"));
        assertThat(answer.body()).isEqualTo(first.body());
    }

    private Answer publish(String path, String body, String key) {
        return send(path, body, key, "Content-Type", "application/json");
    }

    private Answer send(String path, String body, String key, String... headers) {
        return send(relay.api(), path, body, key, headers);
    }

    private static Answer send(Api api, String path, String body, String key, String... headers) {
        return api.send(
                "POST",
                path,
                body,
                Stream.concat(Stream.of("Idempotency-Key", key), Stream.of(headers))
                        .toArray(String[]::new));
    }

    private static CompletableFuture<Answer> inBackground(Callable<Answer> request) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        answer.complete(request.call());
                    } catch (Exception | AssertionError e) {
                        answer.completeExceptionally(e);
                    }
                })
                .start();
        return answer;
    }

    private static List<Answer> together(int threads, Callable<Answer> request) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CyclicBarrier start = new CyclicBarrier(threads);
        try {
            List<Future<Answer>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(executor.submit(() -> {
                    start.await(20, TimeUnit.SECONDS);
                    return request.call();
                }));
            }
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> one : all) {
                answers.add(one.get(30, TimeUnit.SECONDS));
            }
            return answers;
        } finally {
            executor.shutdownNow();
        }
    }
}
