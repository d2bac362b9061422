package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;

/**
 * Requests that two servers in a row could read differently, byte by byte (RFC 9112 §11). Each is followed on the same
 * connection by a publish and a registration that are smuggled in: wherever the first request's end is in doubt, these are
 * never executed. A bystander's socket shows it, by receiving the message after them and nothing before.
 */
class HttpTortureTest {
    private static final String PUBLISH = "POST /publish/cats HTTP/1.1\r\nHost: localhost\r\n";
    private static final String SMUGGLED =
            "POST /publish/cats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\nsmuggled"
                    + "DELETE /register/%s HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";
    private static final String LAST_CHUNK = "0\r\n\r\n";

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--header-timeout", "2s", "--body-timeout", "2s");

    private RawSocket bystander;
    private String id;

    @BeforeEach
    void connectTheBystander() throws IOException {
        id = relay.api().register(1).id();
        bystander = RawSocket.connect(relay.port()).upgrade(id);
    }

    /** Fails too if the smuggled request has removed the bystander. */
    @AfterEach
    void theBystanderReceivesWhatComesNextAndNothingElse() throws IOException {
        try (RawSocket socket = bystander) {
            assertThat(relay.api().publish("cats", "the next")).isPositive();
            assertThat(socket.readFrame().text()).isEqualTo("the next");
        }
    }

    private static Arguments test(String name, String request) {
        return arguments(named(name, request));
    }

    /** Where the end of the body, or of the header, is in doubt. */
    static Stream<Arguments> framingsInDoubt() {
        return Stream.of(
                test("Content-Length, then chunked", PUBLISH + "Content-Length: 5\r\n" + CHUNKED + "\r\n" + LAST_CHUNK),
                test("chunked, then Content-Length", PUBLISH + CHUNKED + "Content-Length: 5\r\n\r\n" + LAST_CHUNK),
                test("chunked and Content-Length 0", PUBLISH + CHUNKED + "Content-Length: 0\r\n\r\n" + LAST_CHUNK),
                test(
                        "two Content-Lengths that differ",
                        PUBLISH + "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello"),
                test("two Content-Lengths that agree", PUBLISH + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
                test("Content-Length as a list", PUBLISH + "Content-Length: 5, 5\r\n\r\nhello"),
                test("Content-Length with a plus", PUBLISH + "Content-Length: +5\r\n\r\nhello"),
                test("Content-Length with a minus", PUBLISH + "Content-Length: -5\r\n\r\nhello"),
                test("Content-Length with a space inside", PUBLISH + "Content-Length: 5 5\r\n\r\nhello"),
                test("Content-Length in hex", PUBLISH + "Content-Length: 0x5\r\n\r\nhello"),
                test("Content-Length with an exponent", PUBLISH + "Content-Length: 5e0\r\n\r\nhello"),
                test("Content-Length with a point", PUBLISH + "Content-Length: 5.0\r\n\r\nhello"),
                test("Content-Length of 2^64 + 5", PUBLISH + "Content-Length: 18446744073709551621\r\n\r\nhello"),
                test("Content-Length empty", PUBLISH + "Content-Length:\r\n\r\n"),
                test("Content-Length in quotes", PUBLISH + "Content-Length: \"5\"\r\n\r\nhello"),
                test("Content-Length with a space before the colon", PUBLISH + "Content-Length : 5\r\n\r\nhello"),
                test("Content-Length with a tab before the colon", PUBLISH + "Content-Length\t: 5\r\n\r\nhello"),
                test("Content-Length in a folded line", PUBLISH + "X: y\r\n Content-Length: 5\r\n\r\nhello"),
                test("Content-Length after a NUL", PUBLISH + "X: y\0Content-Length: 5\r\n\r\nhello"),
                test("Content-Length after a bare CR", PUBLISH + "X: y\rContent-Length: 5\r\n\r\nhello"),
                test("Content-Length after a bare LF", PUBLISH + "X: y\nContent-Length: 5\r\n\r\nhello"),
                test("Content-Length with a bare LF after it", PUBLISH + "Content-Length: 5\n\r\nhello"),
                test("chunked twice", PUBLISH + CHUNKED + CHUNKED + "\r\n" + LAST_CHUNK),
                test("chunked twice in a list", PUBLISH + "Transfer-Encoding: chunked, chunked\r\n\r\n" + LAST_CHUNK),
                test("xchunked", PUBLISH + "Transfer-Encoding: xchunked\r\n\r\n" + LAST_CHUNK),
                test("chunked, identity", PUBLISH + "Transfer-Encoding: chunked, identity\r\n\r\n" + LAST_CHUNK),
                test("identity, chunked", PUBLISH + "Transfer-Encoding: identity, chunked\r\n\r\n" + LAST_CHUNK),
                test("gzip, chunked", PUBLISH + "Transfer-Encoding: gzip, chunked\r\n\r\n" + LAST_CHUNK),
                test("identity", PUBLISH + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"),
                test("chunked in quotes", PUBLISH + "Transfer-Encoding: \"chunked\"\r\n\r\n" + LAST_CHUNK),
                test("chunked with a parameter", PUBLISH + "Transfer-Encoding: chunked;q=1\r\n\r\n" + LAST_CHUNK),
                test("chunked with a vertical tab", PUBLISH + "Transfer-Encoding: \u000bchunked\r\n\r\n" + LAST_CHUNK),
                test(
                        "chunked with a space before the colon",
                        PUBLISH + "Transfer-Encoding : chunked\r\n\r\n" + LAST_CHUNK),
                test("chunked in a folded line", PUBLISH + "Transfer-Encoding:\r\n chunked\r\n\r\n" + LAST_CHUNK),
                test("Transfer-Encoding empty", PUBLISH + "Transfer-Encoding:\r\n\r\n" + LAST_CHUNK),
                test(
                        "chunked over HTTP/1.0",
                        PUBLISH.replace("1.1", "1.0") + "Connection: keep-alive\r\n" + CHUNKED + "\r\n" + LAST_CHUNK),
                test("chunk size negative", PUBLISH + CHUNKED + "\r\n-5\r\nhello\r\n" + LAST_CHUNK),
                test("chunk size with a plus", PUBLISH + CHUNKED + "\r\n+5\r\nhello\r\n" + LAST_CHUNK),
                test("chunk size with 0x", PUBLISH + CHUNKED + "\r\n0x5\r\nhello\r\n" + LAST_CHUNK),
                test("chunk size of 2^64 + 5", PUBLISH + CHUNKED + "\r\n10000000000000005\r\nhello\r\n" + LAST_CHUNK),
                test("chunk size empty", PUBLISH + CHUNKED + "\r\n\r\nhello\r\n" + LAST_CHUNK),
                test("chunk size that is no number", PUBLISH + CHUNKED + "\r\nzz\r\nhello\r\n" + LAST_CHUNK),
                test("chunk size before a bare LF", PUBLISH + CHUNKED + "\r\n5\nhello\r\n" + LAST_CHUNK),
                test("chunk size before a bare CR", PUBLISH + CHUNKED + "\r\n5\rhello\r\n" + LAST_CHUNK),
                test("chunk extension before a bare LF", PUBLISH + CHUNKED + "\r\n5;x=y\nhello\r\n" + LAST_CHUNK),
                test("chunk extension with a NUL", PUBLISH + CHUNKED + "\r\n5;x=\0\r\nhello\r\n" + LAST_CHUNK),
                test("chunk longer than its size", PUBLISH + CHUNKED + "\r\n5\r\nhello!!\r\n" + LAST_CHUNK),
                test("chunk before a bare LF", PUBLISH + CHUNKED + "\r\n5\r\nhello\n" + LAST_CHUNK),
                test("last chunk before a bare LF", PUBLISH + CHUNKED + "\r\n5\r\nhello\r\n0\n\r\n"),
                test("trailer before a bare LF", PUBLISH + CHUNKED + "\r\n0\r\nX: y\n\r\n"),
                test("bare LF after the request line", "GET /health HTTP/1.1\nHost: localhost\r\n\r\n"),
                test("bare LF after a header", "GET /health HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
                test("bare LF as the end of the header", "GET /health HTTP/1.1\r\nHost: localhost\r\n\n"),
                test("bare LFs only", "GET /health HTTP/1.1\nHost: a\n\n"),
                test("bare LF in front", "\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                test("bare CR after the request line", "GET /health HTTP/1.1\rHost: localhost\r\n\r\n"),
                test("bare CR in a value", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n"),
                test("two CRs", "GET /health HTTP/1.1\r\nHost: a\r\r\n\r\n"),
                test("folded line", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n"),
                test("line folded with a tab", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n\tb\r\n\r\n"),
                test("first header folded", "GET /health HTTP/1.1\r\n Host: localhost\r\n\r\n"),
                test("space before a colon", "GET /health HTTP/1.1\r\nHost: localhost\r\nX : a\r\n\r\n"),
                test("header without colon", "GET /health HTTP/1.1\r\nHost: localhost\r\nX\r\n\r\n"),
                test("header without name", "GET /health HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n"),
                test("header with a space in its name", "GET /health HTTP/1.1\r\nHost: localhost\r\nX Y: a\r\n\r\n"),
                test(
                        "header with a parenthesis in its name",
                        "GET /health HTTP/1.1\r\nHost: localhost\r\nX(: a\r\n\r\n"),
                test("header with a NUL in its name", "GET /health HTTP/1.1\r\nHost: localhost\r\nX\0: a\r\n\r\n"),
                test("header with an é in its name", "GET /health HTTP/1.1\r\nHost: localhost\r\nX\u00e9: a\r\n\r\n"),
                test("NUL in a value", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \0\r\n\r\n"),
                test("backspace in a value", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \b\r\n\r\n"),
                test("delete in a value", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \u007f\r\n\r\n"),
                test("NUL in the method", "GE\0T /health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                test("NUL in the target", "GET /hea\0lth HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                test("NUL in the version", "GET /health HTTP/1.1\0\r\nHost: localhost\r\n\r\n"),
                test("tabs in the request line", "GET\t/health\tHTTP/1.1\r\nHost: localhost\r\n\r\n"),
                test("space in front of the request line", " GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                test("space after the request line", "GET /health HTTP/1.1 \r\nHost: localhost\r\n\r\n"),
                test("space in the target", "GET /hea lth HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                test("no Host", "GET /health HTTP/1.1\r\nX: y\r\n\r\n"),
                test("two Hosts", "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n"),
                test("the same Host twice", "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
                test("Hosts in a list", "GET /health HTTP/1.1\r\nHost: a, b\r\n\r\n"),
                test("empty Host", "GET /health HTTP/1.1\r\nHost:\r\n\r\n"),
                test("Host with a space", "GET /health HTTP/1.1\r\nHost: a b\r\n\r\n"),
                test("Host with a path", "GET /health HTTP/1.1\r\nHost: a/b\r\n\r\n"),
                test("Host with a user", "GET /health HTTP/1.1\r\nHost: me@a\r\n\r\n"),
                test("Host with a port that is none", "GET /health HTTP/1.1\r\nHost: a:99999\r\n\r\n"),
                test("Host with half an IPv6 address", "GET /health HTTP/1.1\r\nHost: [::1\r\n\r\n"),
                test("another host in the target", "GET http://b/health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                test("another port in the target", "GET http://a:81/health HTTP/1.1\r\nHost: a:80\r\n\r\n"),
                test("a user in the target", "GET http://me@a/health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                test("authority-form for GET", "GET a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
                test("asterisk-form for GET", "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }

    @ParameterizedTest
    @MethodSource("framingsInDoubt")
    void aRequestInDoubtIs400AndNothingAfterItIsExecuted(String request) throws IOException {
        assertProblem(onlyAnswer(request), 400);
    }

    /** What is refused for another reason, and how. */
    static Stream<Arguments> refusals() {
        String host = " HTTP/1.1\r\nHost: localhost\r\n";
        return Stream.of(
                arguments(505, named("HTTP/0.9", "GET /health\r\n\r\n")),
                arguments(400, named("HTTP/0.9 with a space", "GET /health \r\n\r\n")),
                arguments(505, named("HTTP/9.9", "GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n")),
                arguments(505, named("HTTP/1.2", "GET /health HTTP/1.2\r\nHost: localhost\r\n\r\n")),
                arguments(426, named("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
                arguments(414, named("long request line", "GET /" + "a".repeat(9000) + host + "\r\n")),
                arguments(431, named("long header", "GET /health" + host + "X: " + "x".repeat(9000) + "\r\n\r\n")),
                arguments(431, named("many headers", "GET /health" + host + "X: y\r\n".repeat(2000) + "\r\n")),
                arguments(431, named("long method", "G".repeat(9000) + " /health" + host + "\r\n")),
                arguments(
                        417,
                        named("unknown expectation", PUBLISH + "Expect: a miracle\r\nContent-Length: 5\r\n\r\nhello")));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aRequestThatIsRefusedByItsHeaderEndsTheConnection(int status, String request) throws IOException {
        assertProblem(onlyAnswer(request), status);
    }

    /** The one answer of a connection that is then closed, whatever else is sent. */
    private Answer onlyAnswer(String request) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send((request + SMUGGLED.formatted(id)).getBytes(StandardCharsets.ISO_8859_1));
            String all = socket.readAllOrFail();
            assertThat(all.split("HTTP/1\\.1 \\d", -1)).as(all).hasSize(2);
            return Raw.parse(all);
        }
    }

    /** Ways to write a path, and what they are answered. */
    static Stream<Arguments> targets() {
        return Stream.of(
                arguments(400, "/x/%2e%2e/publish/cats"),
                arguments(404, "/publish/../publish/cats"),
                arguments(404, "/publish/./cats"),
                arguments(404, "/./publish/cats"),
                arguments(400, "//publish/cats"),
                arguments(400, "/publish/..;/publish/cats"),
                arguments(404, "/publish;x=y"),
                arguments(404, "/publish;x=y/cats"),
                arguments(400, "/publish%00"),
                arguments(400, "/publish/%00"),
                arguments(400, "/publish/%zz"),
                arguments(400, "/publish/%"),
                arguments(400, "/publish/%c0%af"),
                arguments(400, "/publish/%e0%80%af"),
                arguments(400, "/publish/%f0%80%80%af"),
                arguments(400, "/publish/%ed%a0%80"),
                arguments(400, "/publish/%ff"),
                arguments(400, "/publish/%u0041"),
                arguments(400, "/publish/cats#fragment"),
                arguments(400, "/publish\\cats"),
                arguments(400, "\\publish\\cats"),
                arguments(400, "/publish/ca\"ts"),
                arguments(400, "/publish/<cats>"),
                arguments(400, "publish/cats"),
                arguments(400, "http:/publish/cats"),
                arguments(400, "ftp://localhost/publish/cats"),
                arguments(400, "http:///publish/cats"),
                arguments(404, "/x/%2f../publish/cats"),
                arguments(404, "/%2fpublish/cats"),
                arguments(404, "/publish%2fcats"),
                arguments(404, "/publish%5ccats"),
                arguments(404, "/PUBLISH/cats"),
                arguments(404, "/ws%2fx"));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void aPathThatIsWrittenInAnotherWayPublishesNothing(int status, String target) throws IOException {
        assertProblem(
                Raw.exchange(
                        relay.port(),
                        List.of("POST " + target + " HTTP/1.1", "Host: localhost", "Content-Length: 8"),
                        "smuggled"),
                status);
    }

    /** Methods that a server could take for an order of its own. */
    static Stream<Arguments> methods() {
        return Stream.of(
                arguments(405, "TRACE /publish HTTP/1.1"),
                arguments(405, "TRACE / HTTP/1.1"),
                arguments(405, "get /health HTTP/1.1"),
                arguments(405, "Post /publish/cats HTTP/1.1"),
                arguments(405, "PRI /publish HTTP/1.1"),
                arguments(404, "OPTIONS * HTTP/1.1"),
                arguments(400, "CONNECT a:80 HTTP/1.1"));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aMethodThatIsNoneOfOursIsRefusedAndEchoesNothing(int status, String line) {
        Answer answer = Raw.exchange(relay.port(), List.of(line, "Host: localhost:80", "X-Secret: secret"), "");
        assertProblem(answer, status);
        assertThat(answer.body()).doesNotContain("secret");
    }

    /** What looks like the above and is in order: each publishes "in order". */
    static Stream<Arguments> requestsInOrder() {
        String body = "Content-Length: 8\r\n\r\nin order";
        return Stream.of(
                test("plain", PUBLISH + body),
                test("CRLF in front", "\r\n" + PUBLISH + body),
                test("spaces around a value", PUBLISH + "Content-Length: \t 8 \t \r\n\r\nin order"),
                test(
                        "names in lower case",
                        PUBLISH.toLowerCase(Locale.ROOT).replace("post", "POST").replace("http/1", "HTTP/1")
                                + body.replace("C", "c")),
                test("leading zeros", PUBLISH + "Content-Length: 0008\r\n\r\nin order"),
                test("chunked", PUBLISH + CHUNKED + "\r\n3\r\nin \r\n5\r\norder\r\n" + LAST_CHUNK),
                test(
                        "chunked in upper case",
                        PUBLISH + CHUNKED.toUpperCase(Locale.ROOT) + "\r\n8\r\nin order\r\n" + LAST_CHUNK),
                test("chunk size with zeros", PUBLISH + CHUNKED + "\r\n0008\r\nin order\r\n000\r\n\r\n"),
                test("chunk extensions", PUBLISH + CHUNKED + "\r\n8;x=y;z=\"a b\"\r\nin order\r\n" + LAST_CHUNK),
                test("trailers", PUBLISH + CHUNKED + "\r\n8\r\nin order\r\n0\r\nX: y\r\n\r\n"),
                test("absolute-form", PUBLISH.replace("/publish", "http://localhost/publish") + body),
                test("percent-encoded letters", PUBLISH.replace("cats", "%63ats") + body),
                test("HTTP/1.0 keep-alive", PUBLISH.replace("1.1", "1.0") + "Connection: keep-alive\r\n" + body));
    }

    @ParameterizedTest
    @MethodSource("requestsInOrder")
    void aRequestInOrderIsServedAndSoIsTheNextOnItsConnection(String request) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            for (int i = 0; i < 2; i++) {
                assertThat(socket.send(request).readAnswer()).startsWith("HTTP/1.1 200 ");
                assertThat(bystander.readFrame().text()).isEqualTo("in order");
            }
        }
    }
}
