package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
import relay.testing.RawSocket;

/** A client that sends more than its hundred frames in a second, by a clock that stands still. */
class FastSenderTest {
    private static final int MOST = 100;
    private static final byte[] PING = RawSocket.frame(0x80 | RawSocket.PING, Bytes.utf8("fast"));

    private static final ManualClock CLOCK = new ManualClock();

    @AutoClose
    private static final TestRelay relay = TestRelay.start(CLOCK);

    private Registered client;

    @BeforeEach
    void register() {
        client = relay.api().register(1, "fast");
    }

    static Stream<Arguments> kindsOfFrames() {
        return Stream.of(
                Arguments.of("commands", RawSocket.text("{\"topics\":[\"fast\"]}")),
                Arguments.of("pings", PING),
                Arguments.of("pongs", RawSocket.frame(0x80 | RawSocket.PONG, new byte[0])),
                Arguments.of("binary messages", RawSocket.frame(0x80 | RawSocket.BINARY, new byte[1])),
                Arguments.of("empty messages", RawSocket.text("")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kindsOfFrames")
    void frameOverTheLimitIsClosedWith4429(String name, byte[] frame) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            send(socket, frame, MOST - 1);
            assertIsOpen(socket);
            socket.send(frame);
            assertThat(socket.readUntilClose()).isEqualTo(4429);
            Registrations.awaitUnknown(relay.api(), client.id());
        }
    }

    @Test
    void fragmentsCountEach() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            socket.send(RawSocket.frame(RawSocket.TEXT, new byte[0]));
            send(socket, RawSocket.frame(0, new byte[0]), MOST);
            assertThat(socket.readUntilClose()).isEqualTo(4429);
        }
    }

    @Test
    void everySecondStartsAnew() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            for (int second = 0; second < 5; second++) {
                send(socket, RawSocket.text("ping"), MOST - 1);
                assertIsOpen(socket);
                CLOCK.advance(Duration.ofSeconds(1));
            }
        }
    }

    @Test
    void whatWasAskedWithinTheLimitIsAnsweredBeforeTheClose() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            send(socket, PING, MOST + 1);
            for (int i = 0; i < MOST; i++) {
                assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PONG);
            }
            assertThat(socket.readFrame().closeCode()).isEqualTo(4429);
        }
    }

    @Test
    void closeFrameArrivesThoughTheClientGoesOnSending() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            send(socket, RawSocket.text("{\"topics\":[\"" + "x".repeat(200) + "\"]}"), 5000);
            assertThat(socket.readUntilClose()).isEqualTo(4429);
        }
    }

    @Test
    void clientThatAnswersTheCloseIsNotKeptWaitingForTheEnd() throws IOException {
        try (TestRelay small = TestRelay.start("--max-frames-per-second", "1", "--max-connections", "1")) {
            Registered only = small.api().register(1);
            try (RawSocket socket = RawSocket.connect(small.port()).upgrade(only.id())) {
                send(socket, PING, 2);
                assertThat(socket.readUntilClose()).isEqualTo(4429);
                socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("11 4D")));
                Registered next = small.api().register(1);
                await().atMost(Duration.ofSeconds(5))
                        .until(() -> Sockets.open(small.port(), next.id()).isPresent());
            }
        }
    }

    private static void send(RawSocket socket, byte[] frame, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            socket.send(frame);
        }
    }

    /** Takes one frame more. */
    private static void assertIsOpen(RawSocket socket) throws IOException {
        socket.send(RawSocket.frame(0x80 | RawSocket.PING, Bytes.utf8("open?")));
        RawSocket.Frame frame = socket.readFrame();
        while (!frame.text().equals("open?")) {
            assertThat(frame.opCode()).isNotEqualTo(RawSocket.CLOSE);
            frame = socket.readFrame();
        }
    }
}
