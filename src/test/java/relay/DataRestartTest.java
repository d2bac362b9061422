package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.Scrape;
import relay.testing.TestSocket;

/** One relay after the other on the same {@code --data}: what was answered before is so afterwards. */
class DataRestartTest {
    private static final int KEEP = 600;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path data;

    private TestRelay relay;

    @BeforeEach
    void start() {
        relay = TestRelay.start("--data", data.toString(), "--max-registrations-per-user", "3", "--drain", "5s");
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void theSameUrlGoesOnWhereItsClientWasWithTheTopicsThatItAskedForLast() throws Exception {
        Registered kept = relay.api().registerKept(1, KEEP, "cats");
        Registered awaited = relay.api().registerKept(2, KEEP, "cats");
        try (TestSocket socket = TestSocket.open(kept.url())) {
            relay.api().publish("cats", "1");
            assertThat(socket.receive()).isEqualTo("1");
            socket.subscribe("cats", "dogs");
            relay.api().publish("dogs", "2");
            assertThat(socket.receive()).isEqualTo("2");
            restart();
            assertThat(socket.closeCode()).isEqualTo(1001);
        }
        relay.api().publish("dogs", "3");
        relay.api().publish("cats", "4");
        try (TestSocket socket = TestSocket.open(url(kept));
                TestSocket other = TestSocket.open(url(awaited))) {
            assertThat(socket.receive(2)).containsExactly("3", "4");
            assertThat(other.receive(2)).containsExactly("1", "4");
        }
    }

    @Test
    void whatIsKeptOfAClientIsListedAndLimitedAsBefore() throws Exception {
        relay.api()
                .post(
                        "/register",
                        "{\"user_id\":1,\"topics\":[\"news.a\"],\"allow\":[\"news.*\"],\"keep\":" + KEEP + "}");
        Registered second = relay.api().registerKept(1, KEEP, "cats");
        Registered third = relay.api().registerKept(1, KEEP, "cats");
        JsonNode before = relay.api().get("/clients?user_id=1").json();
        Answer topics = relay.api().get("/topics");
        restart();
        JsonNode after = relay.api().get("/clients?user_id=1").json();
        assertThat(after.get("clients").findValuesAsText("id"))
                .isEqualTo(before.get("clients").findValuesAsText("id"))
                .hasSize(3);
        assertThat(after.get("clients").findValues("topics"))
                .isEqualTo(before.get("clients").findValues("topics"));
        assertThat(relay.api().get("/topics").body()).isEqualTo(topics.body());
        assertThat(relay.api().post("/register", "{\"user_id\":1}").status()).isEqualTo(429);
        relay.api().delete("/register/" + third.id());
        assertThat(relay.api().post("/register", "{\"user_id\":1}").status()).isEqualTo(200);
        assertThat(Scrape.of(relay.api()).value("relay_registrations")).isEqualTo(3);
        try (TestSocket socket = TestSocket.open(url(second))) {
            assertThat(socket.isClosed()).isFalse();
        }
    }

    @Test
    void whatAClientMayAskForIsAsBefore() throws Exception {
        Answer registered = relay.api()
                .post(
                        "/register",
                        "{\"user_id\":1,\"topics\":[\"news.a\"],\"allow\":[\"news.*\"],\"keep\":" + KEEP + "}");
        String id = registered.json().get("id").asText();
        restart();
        try (TestSocket socket = TestSocket.open(url(new Registered(id, "")))) {
            socket.send("{\"topics\":[\"cats\"]}");
            assertThat(socket.receive()).contains("\"error\"", "cats");
            socket.subscribe("news.b");
            assertThat(relay.api().publish("news.b", "x")).isEqualTo(1);
        }
    }

    @Test
    void whoeverEndedWithItsSocketOrWasRemovedIsUnknownAndWhoeverWaitsIsThere() throws Exception {
        Registered connected = relay.api().register(1, "cats");
        Registered waiting = relay.api().register(2, "cats");
        Registered removed = relay.api().registerKept(3, KEEP, "cats");
        Registered ofUser = relay.api().registerKept(4, KEEP, "cats");
        TestSocket.open(connected.url());
        assertThat(relay.api().delete("/register/" + removed.id()).status()).isEqualTo(200);
        assertThat(relay.api().delete("/clients?user_id=4").body()).isEqualTo("{\"removed\":1}");
        restart();
        for (Registered gone : List.of(connected, removed, ofUser)) {
            assertThat(relay.api().get("/ws/" + gone.id()).status()).isEqualTo(404);
        }
        relay.api().publish("cats", "before");
        try (TestSocket socket = TestSocket.open(url(waiting))) {
            relay.api().publish("cats", "now");
            assertThat(socket.receive()).isEqualTo("now");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/publish", "/publish?confirm=100ms"})
    void aKeyGetsTheAnswerThatItGotByteForByte(String path) throws Exception {
        Registered client = relay.api().registerKept(1, KEEP, "t");
        String body = "{\"topic\":\"t\",\"message\":\"x\"}";
        Answer first;
        try (TestSocket socket = TestSocket.open(client.url())) {
            first = relay.api().send("POST", path, body, "Idempotency-Key", "k");
            assertThat(socket.receive()).isEqualTo("x");
        }
        assertThat(first.status()).isEqualTo(200);
        restart();
        for (int i = 1; i <= 2; i++) {
            Answer again = relay.api().send("POST", path, body, "Idempotency-Key", "k");
            assertThat(again.status()).isEqualTo(200);
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
            assertThat(Scrape.of(relay.api()).value("relay_idempotent_replays_total"))
                    .isEqualTo(i);
        }
        Answer other = relay.api().send("POST", path, body.replace("x", "y"), "Idempotency-Key", "k");
        assertThat(other.status()).isEqualTo(409);
        try (TestSocket socket = TestSocket.open(url(client))) {
            relay.api().publish("t", "new");
            await().atMost(PATIENCE).until(() -> socket.waiting() > 0);
            assertThat(socket.received()).containsOnlyOnce("new").doesNotContain("y");
        }
    }

    private String url(Registered client) {
        return relay.socketUri(client.id()).toString();
    }

    /** As after SIGTERM. */
    private void restart() throws Exception {
        relay.drainAndStop();
        start();
    }
}
