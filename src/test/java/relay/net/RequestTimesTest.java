package relay.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.http.Raw;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
import relay.testing.RawSocket;

/** How long a request may take to come, by a clock that the test moves. */
class RequestTimesTest {
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String NDJSON =
            "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n";
    private static final String LINE = "{\"topic\":\"cats\",\"message\":\"a line\"}\n";

    private final ManualClock clock =
            new ManualClock(Long.MAX_VALUE - Duration.ofSeconds(5).toNanos());
    private TestRelay relay;
    private RawSocket bystander;

    @BeforeEach
    void start() throws IOException {
        relay = TestRelay.start(
                clock,
                "--header-timeout",
                "10s",
                "--body-timeout",
                "30s",
                "--http-idle-timeout",
                "20m",
                "--ping-interval",
                "1h");
        Registered client = relay.api().register(1);
        bystander = RawSocket.connect(relay.port()).upgrade(client.id());
    }

    @AfterEach
    void theBystanderLivesAndReceives() throws IOException {
        assertThat(relay.api().publish("cats", "afterwards")).isEqualTo(1);
        String received = bystander.readFrame().text();
        while (!received.equals("afterwards")) {
            received = bystander.readFrame().text();
        }
        bystander.close();
        relay.close();
    }

    private void advance(int seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    /** Sends this again and again while the clock runs, until the relay answers or hangs up. */
    private String drip(RawSocket socket, String bytes, int secondsEach) throws IOException {
        return socket.drip(bytes, 50, () -> advance(secondsEach));
    }

    @ParameterizedTest
    @ValueSource(strings = {"G", "GET /", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX: x", "\r\n"})
    void aHeaderThatDripsIs408AndTheEndOfTheConnection(String begun) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            String answer = drip(socket.send(begun), begun.equals("\r\n") ? "\r\n" : "x", 4);
            assertThat(assertProblem(Raw.parse(answer), 408)).contains("header");
        }
    }

    @Test
    void theHeaderOfEachRequestHasItsTimeFromItsFirstByte() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            for (int i = 0; i < 3; i++) {
                assertThat(socket.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
                advance(9);
                assertThat(relay.api().get("/health").status()).isEqualTo(200);
                socket.send(HEALTH.substring(0, 20));
                assertThat(socket.isSilentFor(100)).isTrue();
                advance(9);
                socket.send(HEALTH.substring(20));
                assertThat(socket.readAnswer()).startsWith("HTTP/1.1 200 ");
            }
            socket.send(HEALTH.substring(0, 20));
            assertThat(assertProblem(Raw.parse(drip(socket, "x", 4)), 408)).contains("header");
        }
    }

    @Test
    void aNewConnectionThatSendsNothingIsClosedSilently() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            assertThat(socket.isSilentFor(100)).isTrue();
            advance(11);
            assertThat(socket.readAll()).isEmpty();
        }
    }

    @Test
    void connectionsBetweenRequestsAndSocketsMayBeSilent() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            assertThat(socket.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
            advance(1000);
            assertThat(socket.isSilentFor(300)).isTrue();
            assertThat(socket.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aConnectionIsKeptForItsNextRequestUntilItsTimeIsUp() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port());
                RawSocket pipelined = RawSocket.connect(relay.port())) {
            assertThat(pipelined.send(HEALTH + HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
            assertThat(pipelined.readAnswer()).startsWith("HTTP/1.1 200 ");
            for (int i = 0; i < 3; i++) {
                assertThat(socket.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
                advance(1190);
                assertThat(socket.isSilentFor(100)).isTrue();
            }
            assertThat(pipelined.readAll()).isEmpty();
            assertThat(socket.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
            await().until(() -> {
                advance(600);
                return !socket.isSilentFor(100);
            });
            assertThat(socket.readAll()).isEmpty();
        }
    }

    @Test
    void aRequestThatBeginsInThatTimeHasItsOwnTimeout() throws IOException {
        try (RawSocket header = RawSocket.connect(relay.port());
                RawSocket body = RawSocket.connect(relay.port())) {
            assertThat(header.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
            assertThat(body.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
            advance(1199);
            header.send("GET /");
            body.send("POST /publish/cats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n");
            assertThat(header.isSilentFor(100)).isTrue();
            advance(9);
            assertThat(header.isSilentFor(1500)).isTrue();
            assertThat(body.send("drips").readAnswer()).startsWith("HTTP/1.1 200 ");
            assertThat(assertProblem(Raw.parse(drip(header, "x", 4)), 408)).contains("header");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/publish", "/publish/cats", "/register"})
    void aBodyThatDripsIs408AndTheEndOfTheConnection(String path) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n");
            assertThat(assertProblem(Raw.parse(drip(socket, "x", 4)), 408)).contains("body");
        }
    }

    @Test
    void aBodyThatComesInTimeIsAccepted() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send("POST /publish/cats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n");
            for (char c : "drips".toCharArray()) {
                assertThat(socket.isSilentFor(50)).isTrue();
                advance(5);
                socket.send(String.valueOf(c));
            }
            assertThat(socket.readAnswer()).startsWith("HTTP/1.1 200 ");
            assertThat(bystander.readFrame().text()).isEqualTo("drips");
            advance(100);
            assertThat(socket.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aStreamOfLinesMayBeLongAsLongAsEachLineComesInTime() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port()).send(NDJSON)) {
            for (int i = 0; i < 20; i++) {
                socket.send(LINE);
                assertThat(bystander.readFrame().text()).isEqualTo("a line");
                advance(29);
            }
            assertThat(assertProblem(Raw.parse(drip(socket, "x", 4)), 408)).contains("body");
        }
    }

    @Test
    void aClientThatKeepsSendingAfterTheLastAnswerIsDisconnected() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send("POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n");
            assertThat(socket.readAll()).startsWith("HTTP/1.1 404 ");
            await().until(() -> {
                advance(1);
                return isCutOff(socket);
            });
        }
    }

    private static boolean isCutOff(RawSocket socket) {
        try {
            socket.send("x");
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
