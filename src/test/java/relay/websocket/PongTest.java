package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import relay.TestRelay;
import relay.outbound.CloseReason;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.TestCertificate;

/** A pong that was asked for counts whichever way it comes, and what comes in its place is what it would be anyway. */
class PongTest {
    private static final byte[] CLIENTS_PING = RawSocket.frame(0x80 | RawSocket.PING, Bytes.utf8("mine"));
    private static final byte[] COMMAND = RawSocket.text("{\"topics\":[\"other\"]}");

    private static SSLContext trusting;
    private static TestRelay relay;
    private static TestRelay tlsRelay;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        TestCertificate own = TestCertificate.make(folder, "own");
        trusting = TestCertificate.trusting(own);
        relay = TestRelay.start();
        tlsRelay = TestRelay.start(own.flags());
    }

    @AfterAll
    static void stop() {
        tlsRelay.close();
        relay.close();
    }

    @FunctionalInterface
    private interface Way {
        void send(byte[] pong, RawSocket socket) throws IOException;
    }

    static Stream<Arguments> ways() {
        byte[] heartbeat = RawSocket.frame(0x80 | RawSocket.PONG, Bytes.utf8("no sequence"));
        return Stream.of(
                way("alone", (pong, socket) -> socket.send(pong)),
                way("byte by byte", PongTest::sendByteByByte),
                way("twice in one segment", (pong, socket) -> socket.send(Bytes.joined(pong, pong))),
                way("behind another in one segment", (pong, socket) -> socket.send(Bytes.joined(heartbeat, pong))),
                way("behind another", (pong, socket) -> socket.send(heartbeat).send(pong)),
                way("with a command behind it", (pong, socket) -> socket.send(Bytes.joined(pong, COMMAND))),
                way("with a ping behind it", (pong, socket) -> socket.send(Bytes.joined(pong, CLIENTS_PING))),
                way(
                        "with half a frame behind it",
                        (pong, socket) -> socket.send(Bytes.joined(pong, Arrays.copyOf(COMMAND, 5)))
                                .send(Arrays.copyOfRange(COMMAND, 5, COMMAND.length))),
                way("while a command is under way", (pong, socket) -> socket.send(Bytes.joined(COMMAND, pong))),
                way(
                        "between fragments",
                        (pong, socket) -> socket.send(RawSocket.frame(RawSocket.TEXT, new byte[0]))
                                .send(pong)
                                .send(RawSocket.frame(0x80, Bytes.utf8("ping")))),
                way(
                        "with more behind it than is read at once",
                        (pong, socket) -> socket.send(Bytes.joined(
                                pong, RawSocket.text("{\"topics\":[\"" + "x".repeat(200) + "\"]}"), COMMAND))));
    }

    private static Arguments way(String name, Way way) {
        return Arguments.of(name, way);
    }

    private static void sendByteByByte(byte[] pong, RawSocket socket) throws IOException {
        for (byte each : pong) {
            socket.send(new byte[] {each});
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    void pongCounts(String name, Way way) throws IOException {
        Registered client = relay.api().register(1, name);
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            assertCounts(name, way, socket, relay.api());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    void pongCountsOverTls(String name, Way way) throws IOException {
        Api api = new Api(tlsRelay.port(), trusting);
        Registered client = api.register(1, name);
        try (RawSocket socket =
                RawSocket.connectByTls(tlsRelay.port(), trusting).upgrade(client.id())) {
            assertCounts(name, way, socket, api);
        }
    }

    private static void assertCounts(String topic, Way way, RawSocket socket, Api api) throws IOException {
        String path = "/publish/" + topic.replace(" ", "%20") + "?confirm=15s";
        CompletableFuture<Api.Answer> answer = CompletableFuture.supplyAsync(() -> api.send("POST", path, "hello"));
        way.send(pongToNextPing(socket), socket);
        assertThat(answer.join().json().get("acknowledged").asInt()).isEqualTo(1);
        socket.send(CLIENTS_PING);
        assertThat(socket.readFrame().text()).isEqualTo("mine");
    }

    @Test
    void pongCountsThoughTheConnectionEndsRightBehindIt() throws IOException {
        for (int i = 0; i < 20; i++) {
            Registered client = relay.api().registerKept(1, 60, "ending");
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                relay.api().publish("ending", "before");
                socket.send(Bytes.joined(
                        pongToNextPing(socket), RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("03 E8"))));
                assertThat(socket.readUntilClose()).isEqualTo(1000);
            }
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                relay.api().publish("ending", "after");
                assertThat(socket.readFrame().text()).isEqualTo("after");
            }
            relay.api().delete("/register/" + client.id());
        }
    }

    static Stream<Arguments> brokenFrames() {
        return Stream.of(
                Arguments.of("not masked", Bytes.hex("8A 01 31"), 1002),
                Arguments.of("a reserved bit", RawSocket.frame(0xC0 | RawSocket.PONG, new byte[1]), 1002),
                Arguments.of("a fragment", RawSocket.frame(RawSocket.PONG, new byte[1]), 1002),
                Arguments.of("too long", RawSocket.frame(0x80 | RawSocket.PONG, new byte[126]), 1002),
                Arguments.of("a long length", Bytes.hex("8A FE 00 01 00 00 00 00 31"), 1002),
                Arguments.of("no opcode", RawSocket.frame(0x8B, new byte[1]), 1002),
                Arguments.of("no text", RawSocket.frame(0x81, Bytes.hex("FF")), 1007));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenFrames")
    void whatMustNotBeIsRefusedInThePlaceOfAPong(String name, byte[] frame, int code) throws IOException {
        Registered client = relay.api().registerKept(1, 60, name);
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            relay.api().publish(name, "hello");
            pongToNextPing(socket);
            socket.send(frame);
            assertThat(socket.readUntilClose()).isEqualTo(code);
        }
    }

    @Test
    void answersToTheRelayAreNotAmongTheFramesThatAClientMaySendInASecond() throws IOException {
        ManualClock clock = new ManualClock();
        try (TestRelay strict = TestRelay.start(clock, "--max-frames-per-second", "1")) {
            Registered client = strict.api().registerKept(1, 60, "asked");
            try (RawSocket socket = RawSocket.connect(strict.port()).upgrade(client.id())) {
                byte[] answer = new byte[0];
                for (int i = 0; i < 10; i++) {
                    strict.api().publish("asked", "message " + i);
                    answer = pongToNextPing(socket);
                    socket.send(answer);
                    clock.advance(Duration.ofMillis(50));
                }
                socket.send(CLIENTS_PING);
                assertThat(socket.readFrame().text()).isEqualTo("mine");
                socket.send(answer);
                assertThat(socket.readUntilClose()).isEqualTo(4429);
            }
        }
    }

    @Test
    void theQuestionComesBehindAMessageAsTextAndInEnvelopes() throws IOException {
        for (String query : new String[] {"", "?format=json"}) {
            Registered client = relay.api().registerKept(1, 60, "formats");
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id() + query)) {
                relay.api().publish("formats", "hello");
                assertThat(socket.readFrame().text()).contains("hello");
                RawSocket.Frame ping = socket.readFrame();
                assertThat(ping.opCode()).isEqualTo(RawSocket.PING);
                assertThat(ping.text()).matches("\\d+");
            }
            relay.api().delete("/register/" + client.id());
        }
    }

    @Test
    void anAnswerToTheCloseFrameRepeatsItsCodeAndWhereClientsHaveThatCodeTooItsWords() {
        assertThat(Frames.answers(buffer("11 38"), CloseReason.TOO_SLOW)).isTrue();
        assertThat(Frames.answers(buffer("03 E8"), CloseReason.TOO_SLOW)).isFalse();
        assertThat(Frames.answers(buffer(""), CloseReason.TOO_SLOW)).isFalse();
        assertThat(Frames.answers(buffer("03 E9"), CloseReason.GOING_AWAY)).isFalse();
        ByteBuffer repeated = CloseStatus.asPayloadBuffer(1001, CloseReason.GOING_AWAY.text());
        assertThat(Frames.answers(repeated, CloseReason.GOING_AWAY)).isTrue();
    }

    private static ByteBuffer buffer(String hex) {
        return hex.isEmpty() ? ByteBuffer.allocate(0) : ByteBuffer.wrap(Bytes.hex(hex));
    }

    /** Reads on until there is a ping. */
    private static byte[] pongToNextPing(RawSocket socket) throws IOException {
        RawSocket.Frame frame = socket.readFrame();
        while (frame.opCode() != RawSocket.PING) {
            frame = socket.readFrame();
        }
        ByteBuffer payload = frame.payload();
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        return RawSocket.frame(0x80 | RawSocket.PONG, bytes);
    }
}
