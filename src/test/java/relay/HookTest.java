package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static relay.testing.HookCatcher.status;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import relay.message.InvalidInputException;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.HookCatcher;
import relay.testing.HookCatcher.Caught;
import relay.testing.HookFlags;
import relay.testing.Scrape;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** A whole relay with {@code --hook}, and an endpoint that does this and that. */
class HookTest {
    private final HookCatcher endpoint = HookCatcher.start();
    private final CountDownLatch end = new CountDownLatch(1);

    /** What the buffers of two sockets take beside what is read. */
    private static final long MOST_READ = 16 << 20;

    @TempDir
    private Path folder;

    /** What an endpoint may do to the one request that it gets. */
    private enum Trouble {
        SILENT,
        DEAD,
        FAILING,
        BUSY,
        HANGING_UP,
        REDIRECTING,
        ENDLESS
    }

    @AfterEach
    void close() throws IOException {
        end.countDown();
        endpoint.close();
    }

    @Test
    void aClientThatComesAndGoesIsPostedAndGetHookSaysSo() {
        try (TestRelay relay = TestRelay.start(HookFlags.to(endpoint.url()))) {
            assertThat(relay.api().get("/hook").json())
                    .isEqualTo(TestJson.parse("{\"url\":\"" + endpoint.url() + "\",\"waiting\":0,\"dropped\":0}"));
            Registered client = relay.api().register(1);
            TestSocket.open(client.url()).close();
            List<JsonNode> events = events(2);
            assertThat(events)
                    .extracting(event -> event.get("type").asText())
                    .containsExactly("client.connected", "client.gone");
            assertThat(events)
                    .allMatch(event ->
                            event.at("/data/id").asText().equals(client.id().substring(0, 8)));
            await().untilAsserted(() -> {
                JsonNode state = relay.api().get("/hook").json();
                assertThat(state.at("/last/status").asInt()).isEqualTo(204);
                assertThat(state.get("waiting").asInt()).isZero();
                assertThat(state.has("next_attempt")).isFalse();
            });
            Map<String, Double> metrics = Scrape.of(relay.api()).samples();
            assertThat(metrics)
                    .containsEntry("relay_hook_sent_events_total", 2.0)
                    .containsEntry("relay_hook_waiting_events", 0.0)
                    .containsEntry("relay_hook_attempts_total{outcome=\"refused\"}", 0.0);
            assertThat(metrics.get("relay_hook_last_success_timestamp_seconds")).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEndpointInTroubleCostsNobodyElseAnythingAndGetsTheEventsLater(Trouble trouble) throws IOException {
        make(trouble);
        try (TestRelay relay = TestRelay.start(HookFlags.to(endpoint.url()));
                TestSocket bystander =
                        TestSocket.open(relay.api().register(7, "news").url())) {
            String first = trouble == Trouble.DEAD ? "" : endpoint.take().id();
            for (int i = 0; i < 100; i++) {
                Registered client = relay.api().register(1);
                TestSocket.open(client.url()).close();
                relay.api().publish("news", "news " + i);
                assertThat(bystander.receive()).isEqualTo("news " + i);
            }
            if (trouble != Trouble.ENDLESS) {
                await().untilAsserted(() -> assertThat(
                                relay.api().get("/hook").json().get("waiting").asInt())
                        .isGreaterThanOrEqualTo(200));
            }
            assertThat(relay.api().get("/ready").status()).isEqualTo(200);
            if (trouble == Trouble.DEAD) {
                await().untilAsserted(() -> assertThat(relay.api()
                                .get("/hook")
                                .json()
                                .at("/last/error")
                                .asText())
                        .isEqualTo("it cannot be connected to"));
                return;
            }
            endpoint.answering(status(200));
            end.countDown();
            if (trouble == Trouble.SILENT) {
                // What it has held back counts when it comes.
                assertThat(endpoint.take().id()).isNotEqualTo(first);
            } else if (trouble == Trouble.ENDLESS) {
                // The head of such an answer says that they are taken.
                assertThat(endpoint.endlessBytes()).isLessThan(endpoint.connections() * MOST_READ);
            } else {
                await().untilAsserted(() -> assertThat(endpoint.take().id()).isEqualTo(first));
            }
            await().untilAsserted(() -> assertThat(
                            relay.api().get("/hook").json().get("waiting").asInt())
                    .isZero());
        }
    }

    @Test
    void whatIsNotTakenBeforeARestartComesAfterItUnderTheSameId() throws Exception {
        endpoint.answering(status(503));
        String[] flags =
                HookFlags.to(endpoint.url(), "--data", folder.resolve("data").toString());
        Caught before;
        String client;
        try (TestRelay relay = TestRelay.start(flags)) {
            client = relay.api().registerKept(1, 60, "cats").id();
            TestSocket.open(relay.socketUri(client).toString()).close();
            before = endpoint.take();
        }
        endpoint.answering(status(200));
        try (TestRelay relay = TestRelay.start(flags)) {
            await().untilAsserted(() -> assertThat(
                            relay.api().get("/hook").json().at("/last/status").asInt())
                    .isEqualTo(200));
            Caught after = endpoint.take();
            while (endpoint.left() > 0) {
                after = endpoint.take();
            }
            assertThat(after.id()).isEqualTo(before.id());
            assertThat(after.text()).isEqualTo(before.text()).contains(client.substring(0, 8));
            assertThat(relay.api().get("/hook").json().get("waiting").asInt()).isZero();
        }
    }

    @Test
    void withoutAHookThereIsNothingToSee() {
        try (TestRelay relay = TestRelay.start()) {
            Answer answer = relay.api().get("/hook");
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.detail()).contains("--hook", "--hook-secret-file");
            assertThat(Scrape.of(relay.api()).samples().keySet()).noneMatch(name -> name.startsWith("relay_hook"));
        }
    }

    @Test
    void itsStateIsForWhoeverMayAdminister() {
        try (TestRelay relay = TestRelay.start(
                Map.of("RELAY_API_KEYS", "root:admin,backend:register+publish"), HookFlags.to(endpoint.url()))) {
            assertThat(relay.api().get("/hook").status()).isEqualTo(401);
            assertThat(relay.api().sendAs("backend", "GET", "/hook").status()).isEqualTo(403);
            Answer answer = relay.api().sendAs("root", "GET", "/hook");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        }
    }

    @Test
    void aFileThatIsNoSecretEndsTheStart() throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "s3cr3t");
        assertThatThrownBy(() ->
                        TestRelay.start("--hook", endpoint.url().toString(), "--hook-secret-file", file.toString()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("whsec_")
                .hasMessageNotContaining("s3cr3t");
    }

    @Test
    void aSilentEndpointDoesNotHoldUpTheEnd() throws Exception {
        make(Trouble.SILENT);
        try (TestRelay relay = TestRelay.start(HookFlags.to(endpoint.url(), "--drain", "1s"))) {
            TestSocket.open(relay.api().register(1).url()).close();
            endpoint.take();
            relay.drainAndStop();
            assertThat(end.getCount()).isOne();
        }
    }

    private void make(Trouble trouble) throws IOException {
        switch (trouble) {
            case SILENT ->
                endpoint.answering(out -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    status(200).writeTo(out);
                });
            case DEAD -> endpoint.close();
            case FAILING -> endpoint.answering(status(500));
            case BUSY -> endpoint.answering(status(429, "Retry-After: 1"));
            case HANGING_UP -> endpoint.answering(HookCatcher.endingAfter("HTTP/1.1 20"));
            case REDIRECTING -> endpoint.answering(status(307, "Location: " + endpoint.url() + "/elsewhere"));
            case ENDLESS ->
                endpoint.answering(endpoint.endless("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", "more"));
        }
    }

    /** So many events, from as many requests as it takes. */
    private List<JsonNode> events(int count) {
        List<JsonNode> events = new ArrayList<>();
        while (events.size() < count) {
            Caught request = endpoint.take();
            TestJson.parse(request.text()).at("/data/events").forEach(events::add);
        }
        return events;
    }
}
