package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;

/** Whoever sends a large body before reading anything is told all the same why it was refused. */
class RefusalTest {
    private static final byte[] LARGE = new byte[8 << 20];

    /** Its clock stands still: a rate that is spent stays so, however slow the machine is. */
    @AutoClose
    private static final TestRelay relay = TestRelay.startLimitingLoopback(
            () -> 0, "--max-handshakes-per-second", "1", "--allow-origin", "https://example.com");

    @ParameterizedTest
    @CsvSource({
        "404, POST, /nothing, X: y",
        "405, PUT, /publish, X: y",
        "405, GET, /publish, X: y",
        "405, POST, /health, X: y",
        "413, POST, /publish, X: y",
        "413, POST, /register, X: y",
        "415, POST, /publish, Content-Type: text/html",
        "415, POST, /register, Content-Type: image/png",
        "400, POST, /publish?x=y, X: y",
        "400, POST, /publish, X : y",
        "400, POST, /publish/%zz, X: y",
        "403, POST, /publish, Origin: https://evil.example",
        "417, POST, /publish, Expect: a miracle",
        "426, POST, /publish, X: y",
        "429, POST, /ws/x, X: y",
        "431, POST, /publish, X: large",
        "505, POST, /publish, X: y",
    })
    void theAnswerIsNotLostToAReset(int status, String method, String path, String header) {
        String version = status == 505 ? "HTTP/3.0" : status == 426 ? "HTTP/2.0" : "HTTP/1.1";
        String line = header.endsWith("large") ? header + "x".repeat(9000) : header;
        relay.api().get("/ws/x");
        byte[] head = (method + " " + path + " " + version + "\r\nHost: localhost\r\n" + line + "\r\nContent-Length: "
                        + LARGE.length + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 3; i++) {
            assertProblem(sendAllThenRead(head), status);
        }
    }

    /** Fails if the connection is reset before all is sent, or before the answer is read. */
    private static Answer sendAllThenRead(byte[] head) {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            return Raw.parse(socket.send(head).send(LARGE).readAllOrFail());
        } catch (IOException e) {
            throw new AssertionError("the answer was lost", e);
        }
    }

    @Test
    void aRefusalOfABodyThatHasComeLeavesTheConnectionOpen() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            String request =
                    "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello";
            for (int i = 0; i < 3; i++) {
                assertThat(socket.send(request).readAnswer())
                        .startsWith("HTTP/1.1 415 ")
                        .doesNotContain("Connection: close");
            }
        }
    }
}
