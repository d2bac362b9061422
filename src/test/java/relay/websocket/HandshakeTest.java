package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.TestJson;

/** {@code GET /ws/{id}} up to the answer: who is let in, and what the others are told. */
class HandshakeTest {
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final String UNKNOWN_ID = "625ac78b88e047a1bc7b3f8459702078";

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    private Registered client;

    @BeforeEach
    void register() {
        client = relay.api().register(1, "handshakes");
    }

    private record Answer(String head, String body) {
        int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        String header(String name) {
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        }

        JsonNode problem() {
            return TestJson.parse(body);
        }
    }

    /** Sends a request, and another one after it that is good HTTP only if the first did not become a WebSocket. */
    private static Answer ask(String request) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send(request).send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            String all = socket.readAll();
            int bodyStart = all.indexOf("\r\n\r\n") + 4;
            int next = all.indexOf("HTTP/1.1 ", bodyStart);
            return new Answer(all.substring(0, bodyStart), all.substring(bodyStart, next < 0 ? all.length() : next));
        }
    }

    private static String request(String requestLine, String... headers) {
        return requestLine + "\r\nHost: localhost\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private String get(String... headers) {
        return request("GET /ws/" + client.id() + " HTTP/1.1", headers);
    }

    private static void assertProblem(Answer answer, int status) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.header("Sec-WebSocket-Accept")).isEmpty();
        assertThat(answer.problem().path("status").asInt()).isEqualTo(status);
        assertThat(answer.problem().path("type").asText()).isNotEmpty();
        assertThat(answer.problem().path("title").asText()).isNotEmpty();
        assertThat(answer.problem().path("detail").asText()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                UNKNOWN_ID,
                "",
                "625ac78b",
                UNKNOWN_ID + "0",
                "625AC78B88E047A1BC7B3F8459702078",
                "625ac78b-88e0-47a1-bc7b-3f8459702078",
                "625ac78b88e047a1bc7b3f845970207g",
                UNKNOWN_ID + "/",
            })
    void idThatNobodyHasIs404BeforeAnyUpgrade(String id) throws IOException {
        assertProblem(ask(RawSocket.handshake(id)), 404);
    }

    @Test
    void idInUppercaseIsNotTheOneThatWasGiven() throws IOException {
        assertProblem(ask(RawSocket.handshake(client.id().toUpperCase(Locale.ROOT))), 404);
    }

    static Stream<Arguments> notWebSocketRequests() {
        return Stream.of(
                Arguments.of("without any header", new String[] {"Accept: */*"}),
                Arguments.of(
                        "without Upgrade",
                        new String[] {"Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + KEY}),
                Arguments.of("that wants another protocol", new String[] {
                    "Connection: Upgrade", "Upgrade: h2c", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + KEY
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("notWebSocketRequests")
    void requestThatIsNoWebSocketsIs426AndToldWhatToUpgradeTo(String name, String[] headers) throws IOException {
        Answer answer = ask(get(headers));
        assertProblem(answer, 426);
        assertThat(answer.header("Upgrade")).isEqualTo("websocket");
    }

    @Test
    void upgradeThatTheConnectionHeaderDoesNotNameIs400() throws IOException {
        assertProblem(ask(RawSocket.handshake(client.id()).replace("Connection: Upgrade", "Connection: x")), 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: no version",
                "Sec-WebSocket-Version: 12",
                "Sec-WebSocket-Version: 8",
                "Sec-WebSocket-Version: 013",
                "Sec-WebSocket-Version: thirteen",
                "Sec-WebSocket-Version:",
            })
    void versionOtherThan13Is426AndToldTheRightOne(String version) throws IOException {
        Answer answer = ask(get("Upgrade: websocket", "Connection: Upgrade", version, "Sec-WebSocket-Key: " + KEY));
        assertProblem(answer, 426);
        assertThat(answer.header("Sec-WebSocket-Version")).isEqualTo("13");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: no key",
                "Sec-WebSocket-Key:",
                "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==",
                "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1",
                "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Njc=",
                "Sec-WebSocket-Key: " + KEY + "\r\nSec-WebSocket-Key: " + KEY,
                "Sec-WebSocket-Key: " + KEY + ", " + KEY,
            })
    void anythingButOneKeyOf16BytesIs400(String key) throws IOException {
        Answer answer = ask(get("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key));
        assertProblem(answer, 400);
        assertThat(answer.problem().path("detail").asText()).contains("Sec-WebSocket-Key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Version: 8",
                "Sec-WebSocket-Key: " + KEY,
                "Origin: https://one.example\r\nOrigin: https://two.example",
            })
    void headerThatMayBeThereOnceIs400WhenItIsThereTwice(String second) throws IOException {
        String first = RawSocket.handshake(client.id()).stripTrailing();
        Answer answer = ask(first + "\r\n" + second + "\r\n\r\n");
        assertProblem(answer, 400);
        assertThat(answer.problem().path("detail").asText()).contains(second.substring(0, second.indexOf(':')), "once");
    }

    @Test
    void handshakeOverHttp10Is426() throws IOException {
        Answer answer = ask(RawSocket.handshake(client.id()).replace("HTTP/1.1", "HTTP/1.0"));
        assertProblem(answer, 426);
        assertThat(answer.header("Upgrade")).isEqualTo("websocket");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "HEAD"})
    void methodOtherThanGetIs405WithAllow(String method) throws IOException {
        Answer answer = ask(RawSocket.handshake(client.id()).replaceFirst("GET", method));
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo("GET");
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"after=1-", "after=x", "format=xml", "format=json&format=json", "x", "topics=cats"})
    void queryParameterThatHasNoMeaningIs400(String query) throws IOException {
        assertProblem(ask(RawSocket.handshake(client.id() + "?" + query)), 400);
    }

    @Test
    void refusedHandshakeLeavesTheRegistrationGood() throws IOException {
        assertProblem(ask(get("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")), 400);
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            assertThat(relay.api().publish("handshakes", "still good")).isEqualTo(1);
            assertThat(socket.readFrame().text()).isEqualTo("still good");
        }
        Registrations.awaitUnknown(relay.api(), client.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Connection: keep-alive, UPGRADE", "CONNECTION: upgrade", "connection:Upgrade,keep-alive"})
    void tokensAndNamesOfHeadersKnowNoCase(String connection) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send(
                    get(connection, "UPGRADE: WebSocket", "sec-websocket-version: 13", "SEC-WEBSOCKET-KEY: " + KEY));
            assertThat(socket.readHead()).startsWith("HTTP/1.1 101 ");
        }
    }

    @Test
    void acceptanceProvesThatTheKeyWasRead() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            Answer answer =
                    new Answer(socket.send(RawSocket.handshake(client.id())).readHead(), "");
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(answer.header("Upgrade")).isEqualToIgnoringCase("websocket");
            assertThat(answer.header("Connection")).isEqualToIgnoringCase("upgrade");
        }
    }

    @Test
    void offeredExtensionsAndSubprotocolsAreNotTaken() throws IOException {
        String handshake = String.join(
                "\r\n",
                RawSocket.handshake(client.id()).stripTrailing(),
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                "Sec-WebSocket-Protocol: graphql-ws, v2.chat",
                "",
                "");
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            Answer answer = new Answer(socket.send(handshake).readHead(), "");
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.header("Sec-WebSocket-Extensions")).isEmpty();
            assertThat(answer.header("Sec-WebSocket-Protocol")).isEmpty();
            relay.api().publish("handshakes", "plain");
            assertThat(socket.readFrame().text()).isEqualTo("plain");
        }
    }

    @Test
    void framesInTheSameSegmentAsTheHandshakeAreProcessed() throws IOException {
        byte[] handshake = RawSocket.handshake(client.id()).getBytes(StandardCharsets.UTF_8);
        byte[] command = RawSocket.text("{\"topics\":[\"early\"]}" + " ".repeat(40_000));
        byte[] ping = RawSocket.frame(0x80 | RawSocket.PING, new byte[] {42});
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send(Bytes.joined(handshake, command, ping));
            assertThat(socket.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PONG);
            assertThat(relay.api().publish("early", "bird")).isEqualTo(1);
            assertThat(socket.readFrame().text()).isEqualTo("bird");
        }
    }

    @Test
    void handshakeAndFramesMayComeByteByByte() throws IOException {
        byte[] handshake = RawSocket.handshake(client.id()).getBytes(StandardCharsets.UTF_8);
        byte[] ping = RawSocket.frame(0x80 | RawSocket.PING, "slowly".getBytes(StandardCharsets.UTF_8));
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            for (byte b : Bytes.joined(handshake, RawSocket.text("{\"topics\":[\"drops\"]}"), ping)) {
                socket.send(new byte[] {b});
            }
            assertThat(socket.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(socket.readFrame().text()).isEqualTo("slowly");
            assertThat(relay.api().publish("drops", "drip")).isEqualTo(1);
        }
    }
}
