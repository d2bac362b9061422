package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import relay.access.NewToken;
import relay.message.TopicPattern;
import relay.message.UserId;
import relay.testing.Api.Answer;
import relay.testing.ManualClock;
import relay.testing.RedisServer;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** A client sends another token on its socket: with each engine. */
@Timeout(120)
class RenewalTest {
    private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");

    @TempDir
    private static Path folder;

    @Nested
    class InMemory extends Renewals {
        @Override
        List<String> engine() {
            return List.of();
        }
    }

    @Nested
    class OnDisk extends Renewals {
        @Override
        List<String> engine() {
            return List.of("--data", folder.resolve("data").toString());
        }

        /** What is there when the client is told: as if the process were killed then. */
        @Test
        void aRestartKnowsWhatAClientWasToldOf() throws IOException {
            String id = register(token("ann", 60, "cats", "dogs"), "[\"cats\",\"dogs\"]", 3600);
            try (TestSocket socket = open(id)) {
                assertThat(renew(socket, token("ann", 120, "dogs", "birds")).has("ok"))
                        .isTrue();
                assertThat(socket.receive()).contains("not_allowed", "\"cats\\\"");
                Path copy = Files.createDirectory(folder.resolve("copy" + System.nanoTime()));
                try (Stream<Path> files = Files.list(folder.resolve("data"))) {
                    for (Path file : files.toList()) {
                        Files.copy(file, copy.resolve(file.getFileName()));
                    }
                }
                restart(List.of("--data", copy.toString()));
            }
            pass(70);
            try (TestSocket socket = open(id)) {
                publish("cats", "no");
                publish("dogs", "yes");
                assertThat(text(socket)).isEqualTo("yes");
                assertThat(error(socket, "{\"topics\":[\"cats\"]}")).isEqualTo("not_allowed");
                socket.subscribe("birds");
                socket.received();
                pass(50);
                assertThat(socket.closeCode()).isEqualTo(4401);
            }
        }

        @Test
        void whoseTokenExpiresWhileNoRelayRunsIsGoneAndTheOthersEndInTime() {
            String brief = register(token("ann", 60), "[\"cats\"]", 3600);
            String longer = register(token("ann", 90), "[\"cats\"]", 3600);
            String renewed = register(token("ann", 60), "[\"cats\"]", 3600);
            String shortened = register(token("ann", 90), "[\"cats\"]", 3600);
            try (TestSocket one = open(renewed);
                    TestSocket other = open(shortened)) {
                assertThat(renew(one, token("ann", 90)).has("ok")).isTrue();
                assertThat(renew(other, token("ann", 60)).has("ok")).isTrue();
                relay.close();
            }
            pass(60);
            start(engine());
            assertThat(relay.api().get("/ws/" + brief).status()).isEqualTo(404);
            assertThat(relay.api().get("/ws/" + shortened).status()).isEqualTo(404);
            try (TestSocket one = open(longer);
                    TestSocket other = open(renewed)) {
                publish("cats", "there");
                assertThat(text(one)).isEqualTo("there");
                assertThat(text(other)).isEqualTo("there");
                pass(30);
                assertThat(one.closeCode()).isEqualTo(4401);
                assertThat(other.closeCode()).isEqualTo(4401);
            }
            assertThat(relay.api().get("/ws/" + longer).status()).isEqualTo(404);
        }
    }

    @Nested
    class InRedis extends Renewals {
        private RedisServer server;

        @Override
        List<String> engine() {
            if (server == null) {
                server = RedisServer.start();
            }
            return List.of("--engine", server.url());
        }

        @AfterEach
        void stopServer() {
            server.close();
        }

        @Test
        void anotherRelayThatTakesTheClientOverKnowsItsNewCredential() {
            String id = register(token("ann", 60, "cats", "dogs"), "[\"cats\",\"dogs\"]", 3600);
            try (TestSocket socket = open(id)) {
                assertThat(renew(socket, token("ann", 120, "dogs", "birds")).has("ok"))
                        .isTrue();
                assertThat(socket.receive()).contains("not_allowed", "cats");
                TestRelay first = relay;
                try (first) {
                    start(engine());
                    try (TestSocket taken = open(id)) {
                        assertThat(socket.closeCode()).isEqualTo(4409);
                        publish("cats", "no");
                        publish("dogs", "yes");
                        assertThat(text(taken)).isEqualTo("yes");
                        pass(70);
                        assertThat(error(taken, "{\"topics\":[\"cats\"]}")).isEqualTo("not_allowed");
                        assertThat(renew(taken, token("ann", 10))
                                        .get("ok")
                                        .get("expires")
                                        .asText())
                                .isEqualTo("2026-11-27T12:01:20Z");
                        taken.subscribe("cats");
                        pass(10);
                        assertThat(closeCodeBehindTexts(taken)).isEqualTo(4401);
                    }
                }
            }
        }
    }

    /** What is the same with each engine. */
    abstract static class Renewals {
        private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
        private final ManualClock clock = new ManualClock();
        private Path secret;
        TestRelay relay;

        abstract List<String> engine();

        @BeforeEach
        void start() throws IOException {
            secret = Files.writeString(folder.resolve("secret"), "a secret of at least thirty-two bytes");
            try (Stream<Path> files =
                    Files.exists(folder.resolve("data")) ? Files.list(folder.resolve("data")) : Stream.empty()) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            start(engine());
        }

        @AfterEach
        void stop() {
            relay.close();
        }

        @Test
        void itEndsWhenItsNewTokenDoesBeItLaterOrEarlier() {
            String id = register(token("ann", 60), "[\"cats\"]", 0);
            String other = register(token("ann", 60), "[\"cats\"]", 0);
            try (TestSocket later = open(id);
                    TestSocket earlier = open(other)) {
                pass(2);
                assertThat(renew(later, token("ann", 118)).toString())
                        .isEqualTo("{\"ok\":{\"topics\":[\"cats\"],\"expires\":\"2026-11-27T12:02:00Z\"}}");
                assertThat(renew(earlier, token("ann", 10))
                                .get("ok")
                                .get("expires")
                                .asText())
                        .isEqualTo("2026-11-27T12:00:12Z");
                pass(9);
                publish("cats", "one");
                assertThat(text(earlier)).isEqualTo("one");
                pass(1);
                assertThat(earlier.closeCode()).isEqualTo(4401);
                pass(107);
                publish("cats", "two");
                assertThat(text(later)).isEqualTo("one");
                assertThat(text(later)).isEqualTo("two");
                pass(1);
                assertThat(later.closeCode()).isEqualTo(4401);
            }
        }

        @Test
        void whatItMayAskForIsWhatItsRegistrationAndItsNewTokenAllow() {
            String id =
                    register(token("ann", 60, "news.a", "cats"), "[\"news.a\",\"cats\"]", "[\"news.*\",\"cats\"]", 0);
            try (TestSocket socket = open(id)) {
                publish("news.a", "before");
                assertThat(text(socket)).isEqualTo("before");
                assertThat(renew(socket, token("ann", 60, "news.b", "cats", "dogs"))
                                .get("ok")
                                .get("topics")
                                .toString())
                        .isEqualTo("[\"cats\"]");
                JsonNode lost = TestJson.parse(socket.receive()).get("error");
                assertThat(lost.get("code").asText()).isEqualTo("not_allowed");
                assertThat(lost.get("detail").asText()).contains("does not allow 1 of its topics", "\"news.a\"");
                publish("news.a", "not this");
                publish("cats", "but this");
                assertThat(text(socket)).isEqualTo("but this");
                assertThat(error(socket, "{\"topics\":[\"news.a\"]}")).isEqualTo("not_allowed");
                assertThat(error(socket, "{\"topics\":[\"dogs\"]}")).isEqualTo("not_allowed");
                socket.subscribe("news.b", "cats");
                socket.received();
                assertThat(renew(socket, token("ann", 60)).get("ok").get("topics"))
                        .hasSize(2);
                socket.subscribe("news.a");
                socket.received();
                publish("news.a", "again");
                assertThat(text(socket)).isEqualTo("again");
                assertThat(error(socket, "{\"topics\":[\"dogs\"]}")).isEqualTo("not_allowed");
            }
        }

        @Test
        void ofManyTopicsThatItLosesTheFirstFewAreNamed() {
            List<String> topics = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                topics.add("\"t" + i + "\"");
            }
            String id = register(token("ann", 60), topics.toString(), 0);
            try (TestSocket socket = open(id)) {
                renew(socket, token("ann", 60, "t3"));
                JsonNode error = TestJson.parse(socket.receive()).get("error");
                String detail = error.get("detail").asText();
                assertThat(error.get("topics")).hasSize(11);
                assertThat(detail).contains("11 of its topics", " and 6 more").doesNotContain("\"t3\"");
                assertThat(relay.api().sendAs("key", "GET", "/topics").json().get("topics"))
                        .hasSize(1);
            }
        }

        @Test
        void aCommandRightBehindATokenIsCheckedAgainstWhatTheTokenAllows() {
            String id = register(token("ann", 60, "cats"), "[\"cats\"]", 0);
            try (TestSocket socket = open(id)) {
                for (int i = 0; i < 50; i++) {
                    String topic = i % 2 == 0 ? "dogs" : "cats";
                    String lost = i % 2 == 0 ? "cats" : "dogs";
                    socket.send("{\"token\":\"" + token("ann", 60, topic) + "\"}");
                    socket.send("{\"topics\":[\"" + topic + "\"]}");
                    socket.send("{\"topics\":[\"" + lost + "\"]}");
                    assertThat(socket.receive()).contains("\"ok\":{\"topics\":[],\"expires\"");
                    assertThat(socket.receive()).contains("does not allow 1", lost);
                    assertThat(socket.receive()).isEqualTo("{\"ok\":{\"topics\":[\"" + topic + "\"]}}");
                    assertThat(socket.receive()).contains("may not subscribe to", lost);
                }
            }
        }

        @Test
        void aTokenThatIsNotGoodChangesNothing() {
            String id = register(token("ann", 60, "cats"), "[\"cats\"]", 0);
            String old = token("ann", 1);
            try (TestSocket socket = open(id)) {
                pass(10);
                String later = token("ann", 600, "dogs");
                assertThat(error(socket, command(old))).isEqualTo("invalid_token");
                socket.send(command(old));
                assertThat(socket.receive()).contains("it expired 9 s ago, at 2026-11-27T12:00:01Z");
                assertThat(error(socket, command(later.substring(0, later.length() - 4) + "AAAA")))
                        .isEqualTo("invalid_token");
                assertThat(error(socket, command("key"))).isEqualTo("invalid_token");
                assertThat(error(socket, command(""))).isEqualTo("invalid_token");
                assertThat(error(socket, command(token("bob", 600)))).isEqualTo("not_allowed");
                assertThat(error(socket, "{\"token\":7}")).isEqualTo("invalid_command");
                assertThat(error(socket, "{\"token\":\"" + later + "\",\"topics\":[\"dogs\"]}"))
                        .isEqualTo("invalid_command");
                assertThat(error(socket, "{\"token\":\"" + later + "\",\"last\":7}"))
                        .isEqualTo("invalid_command");
                assertThat(error(socket, command("x".repeat(8193)))).isEqualTo("invalid_command");
                assertThat(error(socket, "{\"topics\":[\"dogs\"]}")).isEqualTo("not_allowed");
                publish("cats", "still");
                assertThat(text(socket)).isEqualTo("still");
                pass(50);
                assertThat(socket.closeCode()).isEqualTo(4401);
            }
        }

        @Test
        void aClientThatCameWithoutATokenHasNothingToRenew() {
            Answer answer = relay.api().postAs("key", "/register", "{\"user_id\":\"ann\"}");
            try (TestSocket socket = open(answer.json().get("id").asText())) {
                assertThat(error(socket, command(token("ann", 60, "dogs")))).isEqualTo("not_allowed");
                pass(70);
                publish("cats", "still");
                assertThat(text(socket)).isEqualTo("still");
            }
        }

        @Test
        void aClientWithoutEnvelopesIsToldOnlyWhatItLoses() {
            String id = register(token("ann", 60), "[\"cats\",\"dogs\"]", 0);
            try (TestSocket socket = TestSocket.open(relay.socketUri(id).toString())) {
                socket.send(command(token("ann", 600)));
                socket.barrier();
                assertThat(socket.received()).isEmpty();
                socket.send(command(token("ann", 600, "dogs")));
                assertThat(socket.receive()).contains("{\"error\":{\"code\":\"not_allowed\"", "cats");
                publish("cats", "no");
                publish("dogs", "yes");
                assertThat(socket.receive()).isEqualTo("yes");
                pass(70);
                publish("dogs", "still");
                assertThat(socket.receive()).isEqualTo("still");
            }
        }

        @Test
        void whatIsKeptForAClientIsForItsNewTopics() {
            String id = register(token("ann", 60), "[\"cats\",\"dogs\"]", 3600);
            try (TestSocket socket = open(id)) {
                publish("cats", "one");
                assertThat(text(socket)).isEqualTo("one");
                assertThat(renew(socket, token("ann", 600, "dogs")).has("ok")).isTrue();
                assertThat(socket.receive()).contains("not_allowed");
            }
            publish("cats", "no");
            publish("dogs", "yes");
            pass(70);
            try (TestSocket socket = open(id)) {
                assertThat(text(socket)).isEqualTo("yes");
            }
        }

        final void start(List<String> engine) {
            List<String> flags = new ArrayList<>(engine);
            flags.addAll(List.of("--jwt-secret-file", secret.toString(), "--max-frames-per-second", "100000"));
            InstantSource time = now::get;
            relay = TestRelay.start(clock, time, Map.of("RELAY_API_KEYS", "key"), flags.toArray(String[]::new));
            relay.api().awaitReady();
        }

        final void restart(List<String> engine) {
            relay.close();
            start(engine);
        }

        /** Time goes on, here and in tokens. */
        final void pass(int seconds) {
            now.updateAndGet(before -> before.plusSeconds(seconds));
            clock.advance(Duration.ofSeconds(seconds));
        }

        final String register(String token, String topics, int keep) {
            return register(token, "{\"topics\":" + topics + ",\"keep\":" + keep + "}");
        }

        final String register(String token, String topics, String allow, int keep) {
            return register(token, "{\"topics\":" + topics + ",\"allow\":" + allow + ",\"keep\":" + keep + "}");
        }

        private String register(String token, String body) {
            Answer answer = relay.api().postAs(token, "/register", body);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            return answer.json().get("id").asText();
        }

        final String token(String user, int seconds, String... topics) {
            return new NewToken(
                            new UserId(user),
                            Stream.of(topics).map(TopicPattern::new).toList(),
                            Duration.ofSeconds(seconds),
                            List.of(),
                            Optional.empty())
                    .sign(secret, now::get);
        }

        final TestSocket open(String id) {
            return TestSocket.open(relay.socketUri(id) + "?format=json");
        }

        static String command(String token) {
            return "{\"token\":\"" + token + "\"}";
        }

        static JsonNode renew(TestSocket socket, String token) {
            socket.send(command(token));
            return TestJson.parse(socket.receive());
        }

        /** The code of the error that a command gets. */
        static String error(TestSocket socket, String command) {
            socket.send(command);
            return TestJson.parse(socket.receive()).get("error").get("code").asText();
        }

        /** The text of the next message. */
        static String text(TestSocket socket) {
            String received = socket.receive();
            JsonNode message = TestJson.parse(received).get("message");
            assertThat(message).as(received).isNotNull();
            return message.asText();
        }

        static int closeCodeBehindTexts(TestSocket socket) {
            socket.received();
            return socket.closeCode();
        }

        final void publish(String topic, String text) {
            Answer answer =
                    relay.api().postAs("key", "/publish", "{\"topic\":\"" + topic + "\",\"message\":\"" + text + "\"}");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        }
    }
}
