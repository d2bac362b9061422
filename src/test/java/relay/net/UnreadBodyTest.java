package relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.RawSocket;

/** Answers that are given before the request's body has come: whoever is to open another connection is told so. */
class UnreadBodyTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @ParameterizedTest
    @CsvSource({
        "POST /publish?confirm=, 400",
        "POST /publish/cats?confirm=, 400",
        "POST /nothing, 404",
        "GET /publish, 405",
        "OPTIONS /publish, 204",
        "GET /health, 200",
        "GET /ready, 200",
        "DELETE /register/x, 200",
        "GET /ws/x, 404",
        "GET /sse/x, 404",
        "GET /, 200",
        "POST /, 405",
    })
    void theAnswerSaysThatItIsTheLast(String request, int status) throws IOException {
        for (String length : new String[] {"Content-Length: 10", "Transfer-Encoding: chunked"}) {
            try (RawSocket socket = RawSocket.connect(relay.port())) {
                String head = socket.send(request + " HTTP/1.1\r\nHost: localhost\r\n" + length + "\r\n\r\n")
                        .readHead();
                assertThat(head).startsWith("HTTP/1.1 " + status + " ");
                assertThat(head.toLowerCase(Locale.ROOT)).as(length).contains("\r\nconnection: close\r\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"POST /publish?confirm=", "GET /publish", "GET /health", "DELETE /register/x", "GET /", "POST /"
            })
    void aBodyThatHasComeLeavesTheConnectionAsItIs(String request) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            for (int i = 0; i < 3; i++) {
                String answer = socket.send(
                                request + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123456789")
                        .readAnswer();
                assertThat(answer.toLowerCase(Locale.ROOT))
                        .startsWith("http/1.1 ")
                        .doesNotContain("connection: close");
            }
        }
    }
}
