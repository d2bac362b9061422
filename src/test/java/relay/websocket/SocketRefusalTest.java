package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.TestRelay;
import relay.schedule.Ticker;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** {@code ?refuse=close}: a web page sees why. */
class SocketRefusalTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start(
            Map.of("RELAY_API_KEYS", "all,publisher:publish,reader:subscribe:cats"),
            "--allow-origin",
            "https://example.com");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "/ws/0123456789abcdef0123456789abcdef | - | 4404 | no client has this id",
                "/ws/nonsense | - | 4404 | no client has this id",
                "/ws?topic=cats | - | 4401 | this needs a credential",
                "/ws?topic=cats&token=wrong | - | 4401 | not known",
                "/ws?topic=cats&token=publisher | - | 4403 | lacks the right to subscribe",
                "/ws?topic=dogs&token=reader | - | 4403 | may not subscribe to",
                "/ws?topic=cats&token=reader | Origin: https://evil.example | 4403 | this Origin may not use the relay",
                "/ws/nonsense | Origin: https://evil.example | 4403 | this Origin may not use the relay",
            })
    void aRefusalIsACloseFrame(String path, String header, int code, String reason) throws IOException {
        String query = path + (path.contains("?") ? "&" : "?") + "refuse=close";
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            String head =
                    ask(socket, query, header == null ? "" : header + "\r\n").readHead();
            assertThat(head).startsWith("HTTP/1.1 101").doesNotContain("WWW-Authenticate", "Content-Length");
            RawSocket.Frame frame = socket.readFrame();
            assertThat(frame.opCode()).isEqualTo(RawSocket.CLOSE);
            assertThat(frame.closeCode()).isEqualTo(code);
            assertThat(frame.payload().limit()).isLessThanOrEqualTo(125);
            assertThat(frame.text()).contains(reason);
            assertThat(socket.readAllOrFail()).as("what follows").isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/ws?topic=&refuse=close, 401",
        "/ws?topic=&token=all&refuse=close, 400",
        "/ws?topic=cats&token=all&refuse=open, 400",
        "/ws/0123?refuse=close&format=xml, 101",
        "/sse?topic=cats&refuse=close&token=all, 400",
    })
    void otherRefusalsStayWhatTheyAre(String path, int status) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            int expected = status == 401 ? 101 : status;
            assertThat(ask(socket, path, "").readHead()).startsWith("HTTP/1.1 " + expected);
        }
    }

    @Test
    void withoutAHandshakeItIsAnHttpAnswer() {
        assertThat(relay.api().get("/ws/nonsense?refuse=close").status()).isEqualTo(404);
        assertThat(relay.api().get("/ws?topic=cats&refuse=close").status()).isEqualTo(401);
    }

    @Test
    void aBrowserThatOffersTheSubprotocolIsAnsweredWithIt() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            String protocols = "Sec-WebSocket-Protocol: bearer, wrong\r\n";
            assertThat(ask(socket, "/ws?topic=cats&refuse=close", protocols).readHead())
                    .startsWith("HTTP/1.1 101")
                    .contains("Sec-WebSocket-Protocol: bearer\r\n");
        }
    }

    @Test
    void aRefusalThatWillPassIs1013() {
        try (TestRelay full = TestRelay.start("--max-connections", "1");
                TestSocket first = TestSocket.open(full.api().register(1).url())) {
            first.barrier();
            try (TestSocket second = TestSocket.open("ws://localhost:" + full.port() + "/ws?topic=cats&refuse=close")) {
                assertThat(second.closeCode()).isEqualTo(1013);
            }
        }
    }

    @Test
    void tooManyHandshakesAre1013() throws IOException {
        try (TestRelay limiting = TestRelay.startLimitingLoopback(() -> 0, "--max-handshakes-per-second", "1")) {
            for (int i = 0; i < 3; i++) {
                try (RawSocket socket = RawSocket.connect(limiting.port())) {
                    ask(socket, "/ws/0123?refuse=close", "").readHead();
                    assertThat(socket.readFrame().closeCode()).isEqualTo(i == 0 ? 4404 : 1013);
                }
            }
        }
    }

    @Test
    void theRefusedAreNoClientsAndLeaveNothingBehind() throws IOException {
        try (TestRelay limiting =
                TestRelay.startLimitingLoopback(Ticker.system(), "--max-connections-per-address", "5")) {
            for (int i = 0; i < 50; i++) {
                try (RawSocket socket = RawSocket.connect(limiting.port())) {
                    ask(socket, "/ws/0123?refuse=close", "").readHead();
                    assertThat(socket.readUntilClose()).isEqualTo(4404);
                }
                await().until(() -> limiting.api().get("/health").status() == 200);
            }
            assertThat(limiting.api().get("/clients").json().path("clients")).isEmpty();
        }
    }

    private static RawSocket ask(RawSocket socket, String path, String headers) throws IOException {
        return socket.send(RawSocket.handshakeAt(path, headers));
    }
}
