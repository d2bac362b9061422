package relay.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.hook.GivenBatches.NOON;
import static relay.hook.GivenBatches.batch;
import static relay.testing.HookCatcher.endingAfter;
import static relay.testing.HookCatcher.status;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.json.Json;
import relay.message.UnavailableException;
import relay.testing.FreePort;
import relay.testing.HookCatcher;
import relay.testing.HookCatcher.Caught;
import relay.testing.ManualClock;
import relay.testing.TestJson;

/** What is sent to an endpoint on a real socket, and what becomes of it. The test makes each round, and no time passes by itself. */
class HookSenderTest {
    private static final HookSecret SECRET = HookSecret.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    /** More than an answer may take that the endpoint of this test gives at once. */
    private static final Duration PATIENT = Duration.ofSeconds(20);

    /** What the buffers of two sockets take, and much less than an endless answer. */
    private static final long BUFFERS = 64 << 20;

    private final HookCatcher endpoint = HookCatcher.start();
    private final GivenBatches outbox = new GivenBatches();
    private final ManualClock ticker = new ManualClock();
    private final CountDownLatch end = new CountDownLatch(1);
    private Instant now = NOON;

    @AfterEach
    void close() throws IOException {
        end.countDown();
        endpoint.close();
    }

    @Test
    void whatIsTakenIsPostedOnceInOrder() {
        HookSender sender = sender();
        outbox.with(batch("first", 2, 0)).with(batch("second", 1, 0));
        assertThat(sender.round()).isZero();
        assertThat(sender.round()).isZero();
        assertThat(List.of(endpoint.take().id(), endpoint.take().id())).containsExactly("first", "second");
        assertThat(outbox.taken()).containsExactly("first", "second");
        assertThat(sender.round()).isPositive();
        assertThat(endpoint.left()).isZero();
        assertThat(sender.state().progress().sent()).isEqualTo(3);
        assertThat(sender.state().progress().lastTaken()).contains(NOON);
        // Short answers leave the connection to the next request.
        assertThat(endpoint.connections()).isEqualTo(1);
    }

    @Test
    void aRequestIsAStandardWebhook() {
        outbox.with(batch("the-batch", 2, 3));
        now = Instant.parse("2026-11-26T12:34:56.789Z");
        sender().round();
        Caught request = endpoint.take();
        assertThat(request.line()).isEqualTo("POST /events HTTP/1.1");
        assertThat(request.headers())
                .containsEntry("content-type", "application/json")
                .containsEntry("webhook-id", "the-batch")
                .containsEntry("webhook-timestamp", String.valueOf(now.getEpochSecond()))
                .doesNotContainKeys("authorization", "upgrade");
        assertThat(SECRET.hasSigned(
                        request.headers().get("webhook-signature"),
                        "the-batch",
                        request.headers().get("webhook-timestamp"),
                        request.body()))
                .isTrue();
        JsonNode body = TestJson.parse(request.text());
        assertThat(body.get("type").asText()).isEqualTo("relay.events");
        assertThat(body.get("timestamp").asText()).isEqualTo("2026-11-26T12:00:00.001Z");
        assertThat(body.at("/data/events/0/dropped").asInt()).isEqualTo(3);
        assertThat(body.at("/data/events/1").has("dropped")).isFalse();
        assertThat(body.at("/data/events/1/id").asText()).isEqualTo("the-batch-1");
    }

    @Test
    void whatFailsIsPostedAgainUnderItsIdAfterWaitsThatGrow() {
        HookSender sender = sender();
        endpoint.answering(status(500));
        outbox.with(batch("one", 2, 0));
        Duration most = Duration.ofSeconds(1);
        String text = "";
        for (int i = 0; i < 12; i++) {
            Duration wait = sender.round();
            assertThat(wait).isBetween(most.dividedBy(2), most);
            assertThat(sender.state().progress().next()).contains(now.plus(wait));
            Caught request = endpoint.take();
            assertThat(request.id()).isEqualTo("one");
            assertThat(request.text()).isEqualTo(i == 0 ? request.text() : text);
            text = request.text();
            ticker.advance(wait);
            now = now.plus(wait);
            most = most.multipliedBy(2).compareTo(Duration.ofMinutes(5)) < 0
                    ? most.multipliedBy(2)
                    : Duration.ofMinutes(5);
        }
        endpoint.answering(status(200));
        assertThat(sender.round()).isZero();
        assertThat(sender.state().progress().next()).isEmpty();
        assertThat(sender.state().progress().attempts())
                .containsEntry(Attempt.Outcome.REFUSED, 12L)
                .containsEntry(Attempt.Outcome.TAKEN, 1L);
        assertThat(outbox.taken()).containsExactly("one");
        // Each request has the time of its own, and so has its signature.
        Caught last = endpoint.take();
        assertThat(last.headers()).containsEntry("webhook-timestamp", String.valueOf(now.getEpochSecond()));
        assertThat(SECRET.hasSigned(
                        last.headers().get("webhook-signature"),
                        "one",
                        last.headers().get("webhook-timestamp"),
                        last.body()))
                .isTrue();
    }

    @Test
    void waitsAreNotTheSameForEverybody() {
        endpoint.answering(status(500));
        outbox.with(batch("one", 1, 0));
        assertThat(List.of(sender(1).round(), sender(2).round(), sender(3).round()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 303, 307, 308, 400, 401, 404, 410, 429, 503, 600})
    void everyOtherStatusIsAFailure(int status) throws IOException {
        try (HookCatcher elsewhere = HookCatcher.start()) {
            endpoint.answering(status(status, "Location: " + elsewhere.url(), "WWW-Authenticate: Basic"));
            outbox.with(batch("one", 1, 0));
            HookSender sender = sender();
            assertThat(sender.round()).isPositive();
            assertThat(sender.state().progress().last().orElseThrow().status()).hasValue(status);
            assertThat(outbox.taken()).isEmpty();
            assertThat(elsewhere.connections()).isZero();
            assertThat(endpoint.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "429, 7, 7000",
        "503, 3600, 3600000",
        "503, 3601, 3600000",
        "500, 99999999999999999999, 3600000",
        "302, 60, 60000"
    })
    void whatTheEndpointAsksForIsHonouredUpToAnHour(int status, String seconds, long millis) {
        endpoint.answering(status(status, "Retry-After: " + seconds));
        outbox.with(batch("one", 1, 0));
        assertThat(sender().round()).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void aDateIsHonouredToo() {
        String date =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(now.plusSeconds(90).atZone(ZoneOffset.UTC));
        endpoint.answering(status(429, "Retry-After: " + date));
        outbox.with(batch("one", 1, 0));
        assertThat(sender().round()).isEqualTo(Duration.ofSeconds(90));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-5", "soon", "1.5", "", "Thu, 26 Nov 2026 11:00:00 GMT"})
    void whatCannotBeHonouredIsAsIfItWasNotSaid(String value) {
        endpoint.answering(status(429, "Retry-After: " + value));
        outbox.with(batch("one", 1, 0));
        assertThat(sender().round()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Le"})
    void anEndpointThatHangsUpBeforeItsAnswerHasNotTakenThem(String start) {
        endpoint.answering(endingAfter(start));
        outbox.with(batch("one", 1, 0));
        HookSender sender = sender();
        assertThat(sender.round()).isPositive();
        assertThat(sender.state().progress().attempts()).containsEntry(Attempt.Outcome.FAILED, 1L);
        assertThat(sender.state().progress().last().orElseThrow().error()).isPresent();
        assertThat(outbox.taken()).isEmpty();
    }

    @Test
    void oneThatHangsUpAfterTheHeadOfItsAnswerHasTakenThem() {
        endpoint.answering(endingAfter("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhal"));
        outbox.with(batch("one", 1, 0));
        assertThat(sender().round()).isZero();
        assertThat(outbox.taken()).containsExactly("one");
    }

    @ParameterizedTest
    @CsvSource({
        "200, Content-Length: 1000000000000, 1",
        "200, Connection: close, 1",
        "204, Connection: keep-alive, 1",
        "302, Location: /, 0",
        "500, Content-Length: 1000000000000, 0"
    })
    void anAnswerWithoutEndIsNotReadToItsEnd(int status, String header, int taken) {
        endpoint.answering(endpoint.endless("HTTP/1.1 " + status + " Endless\r\n" + header + "\r\n\r\n", "more"));
        outbox.with(batch("one", 1, 0));
        HookSender sender = sender();
        sender.round();
        assertThat(sender.state().progress().last().orElseThrow().status()).hasValue(status);
        assertThat(outbox.taken()).hasSize(taken);
        await().untilAsserted(() -> assertThat(endpoint.open()).isZero());
        assertThat(endpoint.endlessBytes()).isLessThan(BUFFERS);
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK\\r\\n, X-More: and more\\r\\n",
        "HTTP/1.1 200 OK\\r\\nX-, x",
        "220 mail.example ESMTP\\r\\n, and more"
    })
    void aHeadWithoutEndIsAFailure(String start, String part) {
        endpoint.answering(endpoint.endless(start.translateEscapes(), part.translateEscapes()));
        outbox.with(batch("one", 1, 0));
        HookSender sender = sender(Duration.ofSeconds(2));
        assertThat(sender.round()).isPositive();
        assertThat(outbox.taken()).isEmpty();
        assertThat(endpoint.endlessBytes()).isLessThan(BUFFERS);
        assertThat(sender.state().progress().attempts()).containsEntry(Attempt.Outcome.NOT_HTTP, 1L);
        await().untilAsserted(() -> assertThat(endpoint.open()).isZero());
    }

    @ParameterizedTest
    @CsvSource({
        "SSH-2.0-OpenSSH_9.6\\r\\n, 0",
        "HTTP/1.1 200 OK\\r\\nno header: at all\\r\\n\\r\\n, 0",
        "HTTP/1.1 200 OK\\r\\nContent-Length: some\\r\\n\\r\\nbody, 1",
        "HTTP/1.1 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\nhal, 1"
    })
    void noConnectionIsLeftToAnEndpointThatDoesNotHangUpItself(String answer, int taken) {
        endpoint.answering(out -> out.write(answer.translateEscapes().getBytes(StandardCharsets.UTF_8)));
        outbox.with(batch("one", 1, 0));
        sender(Duration.ofSeconds(2)).round();
        assertThat(outbox.taken()).hasSize(taken);
        await().untilAsserted(() -> assertThat(endpoint.open()).isZero());
    }

    @Test
    void aBodyThatStopsDoesNotUndoItsHead() {
        endpoint.answering(out -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhal".getBytes(StandardCharsets.UTF_8));
            out.flush();
            awaitEnd();
        });
        outbox.with(batch("one", 1, 0));
        assertThat(sender(Duration.ofMillis(300)).round()).isZero();
        assertThat(outbox.taken()).containsExactly("one");
    }

    @Test
    void anEndpointThatDoesNotAnswerInTimeHasNotTakenThem() {
        endpoint.answering(out -> awaitEnd());
        outbox.with(batch("one", 1, 0));
        HookSender sender = sender(Duration.ofMillis(100));
        assertThat(sender.round()).isPositive();
        assertThat(sender.state().progress().attempts()).containsEntry(Attempt.Outcome.TIMEOUT, 1L);
        // It goes on where it was, over a connection of its own.
        endpoint.take();
        endpoint.answering(status(204));
        assertThat(sender(PATIENT).round()).isZero();
        assertThat(endpoint.take().id()).isEqualTo("one");
    }

    @Test
    void anEndpointThatIsNotThereIsAFailureThatSaysSo() {
        outbox.with(batch("one", 1, 0));
        HookSender dead = sender(URI.create("http://127.0.0.1:" + FreePort.find() + "/"), PATIENT, 0);
        assertThat(dead.round()).isPositive();
        assertThat(dead.state().progress().last().orElseThrow().error()).contains("it cannot be connected to");
        HookSender nowhere = sender(URI.create("http://nowhere.invalid/"), PATIENT, 0);
        assertThat(nowhere.round()).isPositive();
        assertThat(nowhere.state().progress().last().orElseThrow().error()).contains("its host has no address");
    }

    @Test
    void aBatchThatIsNotTakenForADayIsDroppedAndTheNextOneSaysSo() {
        HookSender sender = sender();
        endpoint.answering(status(503));
        outbox.with(batch("old", 3, 2)).with(batch("new", 2, 1));
        assertThat(sender.round()).isPositive();
        ticker.advance(Duration.ofHours(24).minusNanos(1));
        assertThat(sender.round()).isPositive();
        assertThat(outbox.taken()).isEmpty();
        ticker.advance(Duration.ofNanos(1));
        assertThat(sender.round()).isZero();
        assertThat(outbox.taken()).containsExactly("old");
        assertThat(sender.state().progress().expired()).isEqualTo(3);
        assertThat(sender.state().progress().sent()).isZero();
        assertThat(sender.state().dropped()).isEqualTo(3);
        List.of(1, 2, 3).forEach(request -> endpoint.take());
        // The first failure of the next batch begins another day.
        assertThat(sender.round()).isPositive();
        ticker.advance(Duration.ofHours(23));
        endpoint.answering(status(200));
        assertThat(sender.round()).isZero();
        for (int i = 0; i < 2; i++) {
            JsonNode events = TestJson.parse(endpoint.take().text()).at("/data/events");
            assertThat(events.at("/0/dropped").asInt()).isEqualTo(3 + 2 + 1);
            assertThat(events.at("/1").has("dropped")).isFalse();
        }
        // It is said once.
        outbox.with(batch("newest", 1, 0));
        sender.round();
        assertThat(endpoint.take().text()).doesNotContain("dropped");
    }

    @Test
    void aBatchIsNotPostedAgainOnlyBecauseTheOutboxCouldNotForgetIt() {
        HookSender sender = sender();
        outbox.with(batch("one", 2, 0));
        outbox.trouble(Optional.of(UnavailableException.engine("away")));
        assertThat(sender.round()).isPositive();
        assertThat(sender.round()).isPositive();
        outbox.trouble(Optional.empty());
        assertThat(sender.round()).isZero();
        assertThat(outbox.taken()).containsExactly("one");
        assertThat(endpoint.take().id()).isEqualTo("one");
        assertThat(endpoint.left()).isZero();
        assertThat(sender.state().progress().sent()).isEqualTo(2);
    }

    @Test
    void whatAnotherRelayHasTakenOverIsNotPostedHere() {
        HookSender sender = sender();
        endpoint.answering(status(500));
        outbox.with(batch("one", 1, 0));
        for (int i = 0; i < 5; i++) {
            sender.round();
            endpoint.take();
        }
        outbox.clear();
        assertThat(sender.round()).isPositive();
        assertThat(endpoint.left()).isZero();
        assertThat(sender.state().progress().next()).isEmpty();
        // The waits of the next one begin anew.
        outbox.with(batch("two", 1, 0));
        assertThat(sender.round()).isLessThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void anInterruptionEndsTheRequestUnderWay() throws InterruptedException {
        endpoint.answering(out -> awaitEnd());
        outbox.with(batch("one", 1, 0));
        HookSender sender = sender();
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            sender.round();
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        thread.start();
        endpoint.take();
        thread.interrupt();
        thread.join();
        assertThat(interrupted).hasValue(true);
        assertThat(outbox.taken()).isEmpty();
    }

    @Test
    void whatIsSecretInTheUrlIsSentAndNotShown() {
        URI url = URI.create(
                endpoint.url().toString().replace("http://", "http://al%3Aice:s%2Bc+ret@") + "?token=s3cr3t&a=%20b");
        outbox.with(batch("one", 1, 0));
        HookSender sender = sender(url, PATIENT, 0);
        sender.round();
        Caught request = endpoint.take();
        assertThat(request.line()).isEqualTo("POST /events?token=s3cr3t&a=%20b HTTP/1.1");
        assertThat(request.headers())
                .containsEntry(
                        "authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString("al:ice:s+c+ret".getBytes(StandardCharsets.UTF_8)));
        assertThat(sender.state().url()).isEqualTo(endpoint.url().toString());
    }

    @Test
    void itGoesOnByItselfOnceStartedAndNotAfterItsEnd() throws Exception {
        HookSender sender = sender();
        sender.start();
        outbox.with(batch("one", 1, 0));
        assertThat(endpoint.take().id()).isEqualTo("one");
        await().untilAsserted(() -> assertThat(outbox.taken()).containsExactly("one"));
        sender.stop();
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("hook") && thread.isAlive()));
        outbox.with(batch("two", 1, 0));
        assertThat(endpoint.left()).isZero();
    }

    private void awaitEnd() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HookSender sender() {
        return sender(endpoint.url(), PATIENT, 0);
    }

    private HookSender sender(int seed) {
        return sender(endpoint.url(), PATIENT, seed);
    }

    private HookSender sender(Duration whole) {
        return sender(endpoint.url(), whole, 0);
    }

    private HookSender sender(URI url, Duration whole, int seed) {
        return new HookSender(
                outbox,
                new HookEndpoint(url, () -> SECRET, () -> now, whole),
                new Json(32),
                ticker,
                () -> now,
                new Random(seed),
                List.of());
    }
}
