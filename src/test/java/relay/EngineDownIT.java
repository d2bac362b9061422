package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.CuttableProxy;
import relay.testing.RawSocket;
import relay.testing.RedisServer;
import relay.testing.TestSocket;

/** What becomes of clients and publishers while their relays' engine is away, or cannot be reached by one of them. */
class EngineDownIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** Within this long a subscription that has gone quiet is found, and what it lost has come. */
    private static final Duration UNTIL_FOUND = Duration.ofSeconds(10);

    @AutoClose
    private final RedisServer server = RedisServer.start(RedisServer.APPEND_ALWAYS);

    @AutoClose
    private final CuttableProxy line = CuttableProxy.to(server.port());

    /** This one reaches the engine by the line. */
    @AutoClose
    private final TestRelays far = TestRelays.start(1, "redis://127.0.0.1:" + line.port());

    @AutoClose
    private final TestRelays near = TestRelays.start(1, server.url());

    private final Api here = far.api(0);
    private final Api there = near.api(0);

    @Test
    void withoutItsEngineARelayRefusesWithRetryAfterAndKeepsItsSockets() throws IOException {
        Registered client = here.registerKept(1, 60, "cats");
        Registered waiting = here.registerKept(2, 60, "cats");
        try (TestSocket socket = far.open(0, client);
                TestSocket other = near.open(0, there.register(3))) {
            there.publish("cats", "before");
            assertThat(List.of(socket.receive(), other.receive())).containsOnly("before");
            server.kill();
            here.awaitReady(503);
            there.awaitReady(503);
            for (Api api : List.of(here, there)) {
                assertRefused(api.post("/publish", "{\"topic\":\"cats\",\"message\":\"refused\"}"));
                assertRefused(api.post("/register", "{\"user_id\":1}"));
                assertRefused(api.get("/sse/" + waiting.id()));
                assertThat(api.get("/health").status()).isEqualTo(200);
            }
            assertThat(handshake(waiting)).startsWith("HTTP/1.1 503 ").containsIgnoringCase("retry-after:");
            assertThat(socket.isClosed() || other.isClosed()).isFalse();
            server.startAgain();
            here.awaitReady(200);
            there.awaitReady(200);
            here.publish("cats", "after");
            assertThat(socket.receive()).isEqualTo("after");
            assertThat(other.receive()).isEqualTo("after");
        }
        try (TestSocket socket = near.open(0, waiting)) {
            there.publish("cats", "to who waited");
            assertThat(socket.receive(3)).containsExactly("before", "after", "to who waited");
        }
    }

    @Test
    void aRelayStartsWithoutItsEngineAndTakesClientsOnceItIsThere() {
        server.kill();
        try (TestRelay early = TestRelay.start("--engine", server.url())) {
            assertThat(early.api().get("/ready").status()).isEqualTo(503);
            assertRefused(early.api().post("/register", "{\"user_id\":1}"));
            assertThat(early.api().get("/health").status()).isEqualTo(200);
            server.startAgain();
            early.api().awaitReady(200);
            try (TestSocket socket = TestSocket.open(early.api().register(1).url())) {
                there.awaitReady(200);
                there.publish("cats", "are awesome");
                assertThat(socket.receive()).isEqualTo("are awesome");
            }
        }
    }

    @Test
    void whatWasPublishedWhileARelayWasCutOffComesInItsOrderOnceItIsBack() {
        try (TestSocket socket = far.open(0, here.registerKept(1, 60, "cats"))) {
            there.publish(1, "cats", "first");
            assertThat(socket.receive()).isEqualTo("first");
            for (int round = 0; round < 5; round++) {
                line.cut();
                there.publish("cats", "while away");
                there.publish(1, "cats", "to you while away");
                there.publish(2, "cats", "to somebody else");
                line.mend();
                here.awaitReady(200);
                here.publish("cats", "back");
                assertThat(socket.receive(3)).containsExactly("while away", "to you while away", "back");
            }
        }
    }

    @Test
    void whatWasForSomebodyElsewhereWhileARelayWasCutOffIsThereWhenTheyComeToIt() {
        Registered client = here.registerKept(1, 60, "cats");
        try (TestSocket other = far.open(0, here.register(2))) {
            try (TestSocket socket = far.open(0, client)) {
                there.publish(1, "cats", "first");
                assertThat(socket.receive()).isEqualTo("first");
            }
            line.cut();
            there.publish(1, "cats", "while away");
            there.publish("cats", "to all");
            line.mend();
            assertThat(other.receive()).isEqualTo("to all");
            here.awaitReady(200);
            try (TestSocket socket = far.open(0, client)) {
                assertThat(Received.after("first", socket, 2)).containsExactly("while away", "to all");
            }
        }
    }

    @Test
    void aCommandWhileTheRelayIsCutOffIsNotForgotten() {
        try (TestSocket socket = far.openEnvelopes(0, here.registerKept(1, 60, "cats"))) {
            line.cut();
            here.awaitReady(503);
            socket.send("{\"topics\":[\"dogs\"]}");
            String answer = socket.receive();
            assertThat(answer).startsWith("{\"error\":");
            there.publish("dogs", "not asked for");
            there.publish("cats", "still asked for");
            line.mend();
            assertThat(socket.receive()).contains("still asked for");
            here.awaitReady(200);
            socket.send("{\"topics\":[\"dogs\"]}");
            assertThat(socket.receive()).isEqualTo("{\"ok\":{\"topics\":[\"dogs\"]}}");
        }
    }

    @Test
    void aSubscriptionThatGoesQuietIsFoundWithinTenSeconds() {
        try (TestSocket socket = far.open(0, here.registerKept(1, 60, "cats"))) {
            there.publish("cats", "before");
            assertThat(socket.receive()).isEqualTo("before");
            line.silence("SUBSCRIBE");
            there.publish("cats", "unheard");
            await().atMost(UNTIL_FOUND).until(() -> socket.received().contains("unheard"));
            there.publish("cats", "after");
            assertThat(socket.receive()).isEqualTo("after");
        }
    }

    @Test
    void whatIsPublishedThroughARelayThatIsCutOffSilentlyIsThereOnceThoughSentAgain() throws Exception {
        try (TestSocket socket = near.open(0, there.register(1))) {
            for (int round = 0; round < 3; round++) {
                String body = "{\"topic\":\"cats\",\"message\":\"round " + round + "\"}";
                String key = "key-" + round;
                line.standStill();
                CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> here.publishWithKey(key, body));
                assertRefused(first.get());
                here.awaitReady(503);
                line.mend();
                here.awaitReady(200);
                assertThat(here.publishWithKey(key, body).status()).isEqualTo(200);
                assertThat(there.publishWithKey(key, body).status()).isEqualTo(200);
            }
            there.publish("cats", "end");
            assertThat(socket.receive(4)).containsExactly("round 0", "round 1", "round 2", "end");
        }
    }

    @Test
    void whoeverEndsTheRelaysConnectionsInTheEngineEndsNothingElse() {
        try (TestSocket socket = far.open(0, here.register(1));
                TestSocket other = near.open(0, there.register(2))) {
            for (String type : List.of("pubsub", "normal")) {
                server.ask("CLIENT", "KILL", "TYPE", type);
                List<String> texts =
                        IntStream.range(0, 50).mapToObj(i -> type + " " + i).toList();
                texts.forEach(this::publishSoonerOrLater);
                assertThat(socket.receive(50)).isEqualTo(texts);
                assertThat(other.receive(50)).isEqualTo(texts);
            }
        }
    }

    /** Sends it again, with the key that makes it one message, until it is accepted. */
    private void publishSoonerOrLater(String text) {
        String body = "{\"topic\":\"cats\",\"message\":\"" + text + "\"}";
        await().atMost(TIMEOUT)
                .until(() -> here.publishWithKey(text.replace(' ', '-'), body).status() == 200);
    }

    @Test
    void anEngineThatForgotItsScriptsIsGivenThemAgain() {
        try (TestSocket socket = far.open(0, here.register(1))) {
            server.ask("SCRIPT", "FLUSH");
            publishSoonerOrLater("are awesome");
            assertThat(socket.receive()).isEqualTo("are awesome");
            there.awaitReady(200);
            try (TestSocket other = near.open(0, here.register(2))) {
                there.publish("cats", "meow");
                assertThat(other.receive()).isEqualTo("meow");
            }
        }
    }

    @Test
    void aFullEngineRefusesWhatWouldNeedRoomAndNothingElse() {
        try (TestSocket socket = far.open(0, here.register(1))) {
            server.ask("CONFIG", "SET", "maxmemory", "1mb");
            Answer refused = here.post("/publish", "{\"topic\":\"cats\",\"message\":\"too much\"}");
            assertRefused(refused);
            assertThat(refused.detail()).contains("full");
            assertRefused(there.post("/register", "{\"user_id\":1}"));
            await().during(Duration.ofSeconds(6)).atMost(TIMEOUT).until(() -> !socket.isClosed());
            server.ask("CONFIG", "SET", "maxmemory", "0");
            here.awaitReady(200);
            there.awaitReady(200);
            there.publish("cats", "fits");
            assertThat(socket.receive()).isEqualTo("fits");
        }
    }

    @Test
    void anEngineThatBecomesAReplicaIsLeftAlone() {
        try (RedisServer master = RedisServer.start();
                TestSocket socket = far.open(0, here.register(1))) {
            here.publish("cats", "before");
            assertThat(socket.receive()).isEqualTo("before");
            server.ask("CONFIG", "SET", "replica-serve-stale-data", "yes");
            server.ask("REPLICAOF", "127.0.0.1", String.valueOf(master.port()));
            here.awaitReady(503);
            assertRefused(here.post("/publish", "{\"topic\":\"cats\",\"message\":\"refused\"}"));
            assertThat(socket.isClosed()).isFalse();
        }
    }

    @Test
    void aWrongPasswordIsSaidWithoutThePassword() {
        server.ask("CONFIG", "SET", "requirepass", "hush-hush");
        try (TestRelay relay =
                TestRelay.start(Map.of("RELAY_ENGINE", "redis://:guess-work@127.0.0.1:" + server.port()))) {
            await().atMost(TIMEOUT)
                    .untilAsserted(() -> assertThat(relay.api().get("/ready").detail())
                            .containsIgnoringCase("password")
                            .doesNotContain("guess-work"));
        }
    }

    @Test
    void theEnginesOwnWordsAreForThoseWhoRunTheRelay() {
        server.ask("CONFIG", "SET", "requirepass", "hush-hush");
        Map<String, String> environment = Map.of(
                "RELAY_ENGINE",
                "redis://:guess-work@127.0.0.1:" + server.port(),
                "RELAY_API_KEYS",
                "boss:admin,worker:register+publish");
        try (TestRelay relay = TestRelay.start(environment)) {
            Api api = relay.api();
            await().atMost(TIMEOUT)
                    .untilAsserted(() -> assertThat(ready(api, "boss")).contains("WRONGPASS"));
            for (String key : List.of("", "worker", "nobody")) {
                assertThat(ready(api, key)).isEqualTo("the engine is not available");
            }
            Answer refused = api.send(
                    "POST",
                    "/publish",
                    "{\"topic\":\"cats\",\"message\":\"no\"}",
                    "Content-Type",
                    "application/json",
                    "Authorization",
                    "Bearer worker");
            assertRefused(refused);
            assertThat(refused.detail())
                    .contains("the engine is not available")
                    .doesNotContain("WRONGPASS")
                    .doesNotContain("127.0.0.1");
        }
        Map<String, String> forwarding = Map.of(
                "RELAY_ENGINE", "redis://:guess-work@127.0.0.1:" + server.port(), "RELAY_TRUSTED_PROXIES", "127.0.0.1");
        try (TestRelay relay = TestRelay.start(forwarding, "--open")) {
            await().atMost(TIMEOUT)
                    .untilAsserted(
                            () -> assertThat(relay.api().get("/ready").detail()).contains("WRONGPASS"));
            Answer stranger = relay.api().send("GET", "/ready", "", "X-Forwarded-For", "203.0.113.7");
            assertThat(stranger.status()).isEqualTo(503);
            assertThat(stranger.detail()).isEqualTo("the engine is not available");
        }
    }

    private static String ready(Api api, String key) {
        return api.sendAs(key, "GET", "/ready").detail();
    }

    private static void assertRefused(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).matches("\\d+");
        assertThat(answer.detail()).isNotEmpty();
    }

    private String handshake(Registered client) throws IOException {
        try (RawSocket socket = RawSocket.connect(far.relay(0).port())) {
            return socket.send(RawSocket.handshake(client.id())).readHead();
        }
    }
}
