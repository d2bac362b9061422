package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;

/** How large a body may be. */
class BodyLimitTest {
    private static final int LIMIT = 1024;

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--max-body-bytes", "1KiB");

    @ParameterizedTest
    @ValueSource(strings = {"/publish", "/register"})
    void aBodyOfTheLimitIsRead(String path) {
        assertThat(assertProblem(Raw.post(relay.port(), path, "application/json", " ".repeat(LIMIT)), 400))
                .startsWith("empty");
        assertThat(Raw.post(relay.port(), "/publish/cats", "", "x".repeat(LIMIT))
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/publish", "/publish/cats", "/register"})
    void bodyOverTheLimitIsRejectedWith413(String path) {
        assertTooLarge(Raw.post(relay.port(), path, "application/json", " ".repeat(LIMIT + 1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/publish", "/publish/cats", "/register"})
    void chunkedBodyOverTheLimitIsRejectedWith413(String path) {
        String chunk = "200\r\n" + " ".repeat(512) + "\r\n";
        List<String> head = List.of("POST " + path + " HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked");
        assertTooLarge(Raw.exchange(relay.port(), head, chunk + chunk + "1\r\n \r\n0\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1025", "5000000000", "9223372036854775807"})
    void aLengthOverTheLimitIsRejectedBeforeTheBodyComes(String length) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n");
            assertThat(socket.readHead()).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void whoAsksFirstIsRefusedWithoutHavingToSend() {
        assertTooLarge(Raw.exchange(
                relay.port(),
                List.of(
                        "POST /publish HTTP/1.1",
                        "Host: localhost",
                        "Expect: 100-continue",
                        "Content-Length: " + (LIMIT + 1)),
                ""));
    }

    @Test
    void whoAsksFirstIsToldToGoOnWithinTheLimit() throws IOException {
        String body = "{\"topic\":\"cats\",\"message\":\"x\"}";
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send("POST /publish HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n");
            assertThat(socket.readHead()).startsWith("HTTP/1.1 100 ");
            assertThat(Raw.parse(socket.send(body).readAll()).status()).isEqualTo(200);
        }
    }

    @Test
    void whoSendsAllBeforeReadingGetsThe413Too() {
        byte[] body = new byte[8 << 20];
        for (int i = 0; i < 5; i++) {
            assertTooLarge(Raw.post(relay.port(), "/publish", "application/json", body));
        }
    }

    @Test
    void theLimitIsOneMebibyteUnlessToldOtherwise() {
        try (TestRelay usual = TestRelay.start()) {
            assertThat(Raw.post(usual.port(), "/publish/cats", "", "x".repeat(1 << 20))
                            .status())
                    .isEqualTo(200);
            assertThat(assertProblem(Raw.post(usual.port(), "/publish/cats", "", "x".repeat((1 << 20) + 1)), 413))
                    .contains("1048576 bytes");
        }
    }

    private static void assertTooLarge(Answer answer) {
        assertThat(assertProblem(answer, 413)).contains(LIMIT + " bytes");
    }
}
