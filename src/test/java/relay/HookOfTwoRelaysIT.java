package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api.Registered;
import relay.testing.RedisServer;
import relay.testing.RelayProcess;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** What the backend hears of clients and messages that two relays share: from one of them, and from the other when that dies. */
class HookOfTwoRelaysIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final List<String> batches = new CopyOnWriteArrayList<>();
    private RedisServer server;
    private HttpServer backend;
    private volatile int status = 200;

    @BeforeEach
    void start() throws IOException {
        server = RedisServer.start();
        backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        backend.createContext("/", this::hear);
        backend.start();
        Files.writeString(folder.resolve("secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjU");
    }

    @AfterEach
    void stop() {
        backend.stop(0);
        server.close();
    }

    private void hear(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        batches.add(exchange.getRequestHeaders().getFirst("webhook-id"));
        if (status == 200) {
            TestJson.parse(body).at("/data/events").forEach(events::add);
        }
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private String[] flags() {
        return new String[] {
            "--hook",
            "http://127.0.0.1:" + backend.getAddress().getPort() + "/events",
            "--hook-secret-file",
            folder.resolve("secret").toString()
        };
    }

    private static String text(JsonNode event) {
        JsonNode data = event.get("data");
        return switch (event.get("type").asText()) {
            case "message.undelivered" ->
                "undelivered " + data.get("id").asText() + " "
                        + data.get("reason").asText();
            default ->
                event.get("type").asText() + " " + data.get("id").asText() + " "
                        + data.get("user_id").asText();
        };
    }

    private void awaitEvents(String... expected) {
        await().atMost(TIMEOUT)
                .untilAsserted(() ->
                        assertThat(events).extracting(HookOfTwoRelaysIT::text).containsExactly(expected));
    }

    private static String of(Registered client) {
        return client.id().substring(0, 8);
    }

    @Test
    void aClientThatMovesBetweenRelaysComesAndGoesOnce() {
        try (TestRelays relays = TestRelays.start(2, server.url(), flags())) {
            Registered client = relays.api(0).registerKept(1, 60, "cats");
            Registered brief = relays.api(0).register(2, "cats");
            relays.open(0, client).close();
            TestSocket there = relays.open(1, client);
            relays.open(1, brief).close();
            awaitEvents(
                    "client.connected " + of(client) + " 1",
                    "client.connected " + of(brief) + " 2",
                    "client.gone " + of(brief) + " 2");
            assertThat(relays.api(0).delete("/register/" + client.id()).status())
                    .isEqualTo(200);
            awaitEvents(
                    "client.connected " + of(client) + " 1",
                    "client.connected " + of(brief) + " 2",
                    "client.gone " + of(brief) + " 2",
                    "client.gone " + of(client) + " 1");
            there.close();
        }
    }

    @Test
    void aMessageThatAClientOfTheUserHadAnywhereIsNotUndeliveredAndOneThatNoneHadIs() {
        try (TestRelays relays = TestRelays.start(2, server.url(), flags())) {
            Registered client = relays.api(0).register(1, "cats");
            try (TestSocket socket = relays.open(1, client)) {
                publish(relays, "{\"topic\":\"cats\",\"message\":\"had\",\"user_id\":1,\"ttl\":2}");
                String missed = publish(relays, "{\"topic\":\"cats\",\"message\":\"missed\",\"user_id\":9,\"ttl\":1}");
                assertThat(socket.receive()).isEqualTo("had");
                awaitEvents("client.connected " + of(client) + " 1", "undelivered " + missed + " ttl");
                await().atMost(TIMEOUT)
                        .until(() ->
                                server.ask("EXISTS", "{relay}:events:watched").equals(List.of("0")));
            }
            awaitEvents(
                    "client.connected " + of(client) + " 1",
                    "undelivered " + missedOf() + " ttl",
                    "client.gone " + of(client) + " 1");
        }
    }

    private String missedOf() {
        return events.get(1).at("/data/id").asText();
    }

    private static String publish(TestRelays relays, String body) {
        return relays.api(0).post("/publish", body).json().get("id").asText();
    }

    @Test
    void aBatchThatARelayCouldNotHandOnBeforeItDiedIsHandedOnByAnotherUnderTheSameId() {
        status = 500;
        String[] all = Stream.concat(Stream.of("--port", "0", "--engine", server.url()), Stream.of(flags()))
                .toArray(String[]::new);
        try (RelayProcess mortal = RelayProcess.start(all)) {
            mortal.api().awaitReady();
            Registered client = mortal.api().registerKept(1, 60, "cats");
            try (TestSocket socket = TestSocket.open(client.url())) {
                await().atMost(TIMEOUT).until(() -> !batches.isEmpty());
                mortal.signal("KILL");
                assertThat(socket.closeCode()).isEqualTo(1006);
            }
            status = 200;
            try (TestRelays survivor = TestRelays.start(1, server.url(), flags())) {
                survivor.awaitReady();
                awaitEvents("client.connected " + of(client) + " 1");
                assertThat(batches.stream().distinct()).hasSize(1);
            }
        }
    }
}
