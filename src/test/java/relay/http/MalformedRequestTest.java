package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;

/** What is no HTTP, or too much of it, and never gets as far as a path of the relay's. */
class MalformedRequestTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @AfterEach
    void theRelayGoesOn() {
        assertThat(relay.api().get("/health").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET\r\n\r\n",
                "\0\1\2\3\r\n\r\n",
                "\u0016\u0003\u0001\u0002\0\u0001\0\u0001",
                "GET\t/health\tHTTP/1.1\r\n\r\n",
                "{\"user_id\":1}\r\n\r\n",
            })
    void aGarbageRequestLineIsRejected(String request) {
        assertProblem(Raw.exchange(relay.port(), request), 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.2", "HTTP/3.0", "HTTP/9", "hello"})
    void anotherVersionOfHttpIsRejected(String version) {
        assertThat(assertProblem(
                        Raw.exchange(relay.port(), List.of("GET /health " + version, "Host: localhost"), ""), 505))
                .contains("HTTP/1.1")
                .doesNotContain("failed");
    }

    @Test
    void http2WithoutUpgradeIsRejected() {
        assertProblem(Raw.exchange(relay.port(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 426);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: y",
                "Host: localhost\r\nHost: b",
                "Host: localhost\r\nHost: localhost",
                "Host:",
                "Host: a b",
                "Host: localhost\r\nX: a\r\n b",
                "Host: localhost\r\nX : a",
                "Host: localhost\r\nX: a\0b",
                "Host: localhost\r\nno colon",
                "Host: localhost\r\n: no name",
                "Host: localhost\r\nContent-Length: abc",
                "Host: localhost\r\nContent-Length: -1",
                "Host: localhost\r\nContent-Length: +1",
                "Host: localhost\r\nContent-Length: 1, 2",
                "Host: localhost\r\nContent-Length: 1\r\nContent-Length: 2",
                "Host: localhost\r\nContent-Length: 99999999999999999999",
                "Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
                "Host: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
                "Host: localhost\r\nTransfer-Encoding: nonsense",
                "Host: localhost\r\nTransfer-Encoding: chunked, identity",
            })
    void wrongHeadersAreRejected(String headers) {
        assertProblem(Raw.exchange(relay.port(), List.of("POST /publish HTTP/1.1", headers), "0\r\n\r\n"), 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/x/%2e%2e/health",
                "/x/..;/health",
                "/..",
                "/../health",
                "/%2e%2e/health",
                "//health",
                "/%00",
                "/health%00",
                "/%",
                "/%zz",
                "/%ff",
                "/%c0%af",
                "/%u0041",
                "/health\\",
                "/health#x",
                "/he\"alth",
                "/é",
                "health",
                "*",
                "http://elsewhere/health",
            })
    void aTargetThatIsNoPathIsRejected(String target) {
        assertProblem(Raw.exchange(relay.port(), List.of("GET " + target + " HTTP/1.1", "Host: localhost"), ""), 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/x/%2f../health",
                "/health%2f",
                "/%2fhealth",
                "/health%0d%0aX:y",
                "/health%5c",
                "/health%25",
                "/ws%2fx"
            })
    void anEncodedCharacterDoesNotMakeAPathAnother(String target) {
        Answer answer = Raw.exchange(relay.port(), List.of("GET " + target + " HTTP/1.1", "Host: localhost"), "");
        assertThat(answer.status()).isIn(400, 404);
        assertProblem(answer, answer.status());
    }

    @Test
    void anUnknownExpectationIsRejected() {
        assertProblem(
                Raw.exchange(
                        relay.port(),
                        List.of("POST /publish HTTP/1.1", "Host: localhost", "Expect: a miracle", "Content-Length: 2"),
                        "{}"),
                417);
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz", "-1", "ffffffffffffffffffff", "1;"})
    void aBrokenChunkIsABodyThatBrokeOff(String size) {
        assertThat(assertProblem(
                        Raw.exchange(
                                relay.port(),
                                List.of("POST /publish HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked"),
                                size + "\r\nnot a chunk\r\n"),
                        400))
                .contains("body");
    }

    @Test
    void headersOver8KibAreRejected() {
        assertThat(Raw.exchange(relay.port(), headerOf(8000)).status()).isEqualTo(200);
        assertThat(assertProblem(Raw.exchange(relay.port(), headerOf(8200)), 431))
                .contains("too large");
    }

    @Test
    void aRequestLineOver8KibIsRejected() {
        assertProblem(
                Raw.exchange(relay.port(), List.of("GET /" + "a".repeat(8200) + " HTTP/1.1", "Host: localhost"), ""),
                414);
    }

    @ParameterizedTest
    @CsvSource({"1KiB, 900, 1100", "32KiB, 32600, 33000"})
    void theBoundOfTheHeadersIsAFlag(String flag, int fits, int tooMuch) {
        try (TestRelay other = TestRelay.start("--max-header-bytes", flag)) {
            assertThat(Raw.exchange(other.port(), headerOf(fits)).status()).isEqualTo(200);
            assertProblem(Raw.exchange(other.port(), headerOf(tooMuch)), 431);
        }
    }

    private static String headerOf(int size) {
        return "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: " + "x".repeat(size) + "\r\n\r\n";
    }
}
