package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Api;
import relay.testing.HangingFile;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.TestCertificate;

/** How long a request may take to come over TLS, and the handshake before it, by a clock that the test moves. */
class TlsTimesTest {
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final ManualClock clock =
            new ManualClock(Long.MAX_VALUE - Duration.ofSeconds(5).toNanos());
    private TestCertificate own;
    private SSLContext trusting;
    private TestRelay relay;
    private Api api;
    private RawSocket bystander;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        own = TestCertificate.make(folder, "own");
        trusting = TestCertificate.trusting(own);
        relay = TestRelay.start(
                clock, own.flags("--header-timeout", "10s", "--body-timeout", "30s", "--ping-interval", "1h"));
        api = new Api(relay.port(), trusting);
        bystander = connect().upgrade(api.register(1).id());
    }

    @AfterEach
    void theBystanderLivesAndReceives() throws IOException {
        assertThat(api.publish("cats", "afterwards")).isEqualTo(1);
        assertThat(bystander.readFrame().text()).isEqualTo("afterwards");
        bystander.close();
        relay.close();
    }

    private RawSocket connect() throws IOException {
        return RawSocket.connectByTls(relay.port(), trusting);
    }

    private void advance(int seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    /** Sends this again and again while the clock runs, until the relay answers or hangs up. */
    private String drip(RawSocket socket, String bytes) throws IOException {
        return socket.drip(bytes, 150, () -> advance(4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"G", "GET / HTTP/1.1\r\nHost: localhost\r\nX: x"})
    void aHeaderThatDripsIs408AndTheEndOfTheConnection(String begun) throws IOException {
        try (RawSocket socket = connect().send(begun)) {
            assertThat(drip(socket, "x")).startsWith("HTTP/1.1 408 ").contains("application/problem+json", "header");
        }
    }

    @Test
    void aBodyThatDripsIs408AndTheEndOfTheConnection() throws IOException {
        try (RawSocket socket =
                connect().send("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n")) {
            assertThat(drip(socket, "x")).startsWith("HTTP/1.1 408 ").contains("application/problem+json", "body");
        }
    }

    @Test
    void aConnectionBetweenRequestsMayBeSilent() throws IOException {
        try (RawSocket socket = connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(socket.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
                advance(1000);
                assertThat(socket.isSilentFor(1100)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u0016", "\u0016\u0003\u0001@\u0000\u0001"})
    void aHandshakeThatDripsOrNeverBeginsIsClosedSilently(String begun) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port()).send(begun)) {
            assertThat(drip(socket, begun.length() < 6 ? "" : "x")).isEmpty();
        }
    }

    @Test
    void aHangingDiskDoesNotKeepAHandshakeAlive() throws Exception {
        try (HangingFile hanging = HangingFile.inPlaceOf(own.certificate());
                RawSocket socket = RawSocket.connect(relay.port())) {
            hanging.awaitReader();
            assertThat(drip(socket, "")).isEmpty();
            assertThat(api.get("/health").status()).isEqualTo(200);
        }
    }
}
