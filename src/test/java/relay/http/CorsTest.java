package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** What a browser lets a page of another origin do. */
class CorsTest {
    private static TestRelay open;
    private static TestRelay narrow;

    @BeforeAll
    static void start() {
        open = TestRelay.start();
        narrow = TestRelay.start("--allow-origin", "https://example.com,http://localhost:3000");
    }

    @AfterAll
    static void stop() {
        open.close();
        narrow.close();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /publish",
        "POST, /publish/cats",
        "POST, /register",
        "DELETE, /register/x",
        "PATCH, /register/x",
        "GET, /health"
    })
    void aPreflightNamesMethodsAndHeaders(String method, String path) {
        Answer answer = preflight(open, "https://any.example", method, path);
        assertThat(answer.status()).isBetween(200, 204);
        assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("https://any.example");
        assertThat(answer.header("Access-Control-Allow-Methods").split(", *"))
                .containsExactlyInAnyOrder("GET", "POST", "PATCH", "DELETE");
        assertThat(answer.header("Access-Control-Allow-Headers").split(", *"))
                .contains("Content-Type", "Authorization", "Idempotency-Key", "Last-Event-ID");
        assertThat(answer.header("Vary")).contains("Origin");
        assertThat(answer.headers()).doesNotContainKey("access-control-allow-credentials");
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://any.example", "http://localhost:3000", "null", "file://"})
    void anyOriginMayReadAnswersByDefault(String origin) {
        assertThat(register(open, origin).header("Access-Control-Allow-Origin")).isEqualTo(origin);
    }

    /** Else a page that comes back, or whose requests somebody traces, is stopped by its browser. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "last-event-id",
                "cache-control",
                "pragma",
                "if-none-match",
                "x-requested-with",
                "traceparent",
                "tracestate",
                "baggage",
                "sentry-trace",
                "b3",
                "x-b3-traceid",
                "x-datadog-trace-id",
                "x-request-id",
                "x-correlation-id",
                "request-id"
            })
    void aPageMaySendWhatItsLibrariesAdd(String header) {
        Answer answer = preflight(open, "https://any.example", "GET", "/sse/x");
        assertThat(answer.header("Access-Control-Allow-Headers")
                        .toLowerCase(Locale.ROOT)
                        .split(", *"))
                .contains(header);
        assertThat(answer.header("Access-Control-Max-Age")).isEqualTo("7200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cookie"})
    void aPageMayNotSpeakAsAProxy(String header) {
        Answer answer = preflight(open, "https://any.example", "GET", "/clients");
        assertThat(answer.header("Access-Control-Allow-Headers")
                        .toLowerCase(Locale.ROOT)
                        .split(", *"))
                .doesNotContain(header);
    }

    @Test
    void aPageMayReadWhatAnAnswerSaysInItsHeaders() {
        Answer first = publishOnce("are awesome");
        assertReadable(first, 200);
        Answer replayed = publishOnce("are awesome");
        assertReadable(replayed, 200);
        assertThat(replayed.header("Idempotent-Replayed")).isEqualTo("true");
        assertReadable(publishOnce("others"), 409);
    }

    @Test
    void errorsMayBeReadToo() {
        assertReadable(get(open, "/publish"), 405);
        assertReadable(get(open, "/nothing"), 404);
        assertReadable(get(open, "/sse/x"), 404);
        assertReadable(get(open, "/ws/x"), 404);
        assertReadable(open.api().send("POST", "/publish", "{}", "Origin", "https://any.example"), 400);
    }

    @Test
    void refusalsThatPassMayBeReadToo() {
        try (TestRelay full = TestRelay.start("--max-registrations", "1")) {
            register(full, "https://any.example");
            String[] page = {"Content-Type", "application/json", "Origin", "https://any.example"};
            Answer refused = full.api().send("POST", "/register", "{\"user_id\":1}", page);
            assertReadable(refused, 503);
            assertThat(refused.header("Retry-After")).isNotEmpty();
        }
        try (TestRelay strict = TestRelay.startLimitingLoopback(() -> 0, "--max-handshakes-per-second", "1")) {
            assertReadable(get(strict, "/sse/x"), 404);
            assertReadable(get(strict, "/sse/x"), 429);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://example.com", "HTTPS://EXAMPLE.com", "http://localhost:3000"})
    void allowOriginLetsTheNamedOnesIn(String origin) {
        assertThat(preflight(narrow, origin, "POST", "/publish").header("Access-Control-Allow-Origin"))
                .isEqualTo(origin);
        assertThat(register(narrow, origin).header("Access-Control-Allow-Origin"))
                .isEqualTo(origin);
        assertThat(upgrade(narrow, origin).status()).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "http://example.com",
                "https://example.com:8443",
                "https://sub.example.com",
                "https://example.com.evil.example",
                "https://exampleXcom",
                "http://localhost",
                "http://localhost:30000",
                "null",
                "*"
            })
    void allowOriginKeepsAllOthersOut(String origin) {
        Answer preflight = preflight(narrow, origin, "POST", "/publish");
        assertThat(preflight.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
        Answer registered = narrow.api()
                .send("POST", "/register", "{\"user_id\":1}", "Content-Type", "application/json", "Origin", origin);
        assertThat(assertProblem(registered, 403)).contains("--allow-origin");
        assertThat(registered.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
        assertThat(registered.header("Vary")).contains("Origin");
        assertThat(assertProblem(upgrade(narrow, origin), 403)).contains("--allow-origin");
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.example.com, true",
        "https://a.b.example.com, true",
        "https://example.org, true",
        "https://example.com, false",
        "https://evilexample.com, false",
        "https://a.example.com.evil.org, false",
        "http://a.example.com, false"
    })
    void oneRuleIsForAnswersUpgradesAndStreams(String origin, boolean allowed) {
        try (TestRelay relay = TestRelay.start("--allow-origin", "https://*.example.com,HTTPS://Example.org:443/")) {
            assertThat(preflight(relay, origin, "POST", "/publish")
                            .headers()
                            .containsKey("access-control-allow-origin"))
                    .isEqualTo(allowed);
            assertThat(upgrade(relay, origin).status()).isEqualTo(allowed ? 101 : 403);
            for (String path :
                    List.of("/health", "/sse/" + relay.api().register(1).id() + "?nothing=0")) {
                Answer answer = relay.api().send("GET", path, "", "Origin", origin);
                assertThat(answer.status() == 403).isEqualTo(!allowed);
                assertThat(answer.header("Vary")).contains("Origin");
                assertThat(answer.headers().containsKey("access-control-allow-origin"))
                        .isEqualTo(allowed);
            }
        }
    }

    @Test
    void theRelaysOwnPagesNeedNotBeNamed() {
        String own = "http://127.0.0.1:" + narrow.port();
        assertThat(narrow.api()
                        .send("POST", "/publish/cats", "hi", "Origin", own)
                        .status())
                .isEqualTo(200);
        assertThat(upgrade(narrow, own).status()).isEqualTo(101);
        assertThat(upgrade(narrow, own, "https://evil.example").status()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://127.0.0.1", "http://127.0.0.1", "http://localhost", "http://127.0.0.1.evil.example"})
    void whatOnlyLooksLikeTheRelaysOwnIsNot(String origin) {
        assertProblem(
                narrow.api().send("POST", "/publish/cats", "hi", "Origin", origin + ":" + (narrow.port() + 1)), 403);
        assertProblem(narrow.api().send("POST", "/publish/cats", "hi", "Origin", origin), 403);
    }

    @ParameterizedTest
    @CsvSource({
        "https://relay.example/below, https://relay.example",
        "wss://Relay.example:443, https://relay.example",
        "http://relay.example:8080/, http://relay.example:8080",
        "https://[2001:db8::1]:8443, https://[2001:db8::1]:8443"
    })
    void pagesAtThePublicUrlAreTheRelaysOwn(String publicUrl, String origin) {
        try (TestRelay published =
                TestRelay.start("--allow-origin", "https://example.com", "--public-url", publicUrl, "--open")) {
            assertThat(published
                            .api()
                            .send("POST", "/publish/cats", "hi", "Origin", origin)
                            .status())
                    .isEqualTo(200);
            assertProblem(published.api().send("POST", "/publish/cats", "hi", "Origin", origin + "0"), 403);
        }
    }

    @Test
    void originMayBeGivenMoreThanOnce() {
        try (TestRelay two =
                TestRelay.start("--allow-origin", "https://a.example", "--allow-origin", "https://b.example")) {
            assertThat(upgrade(two, "https://a.example").status()).isEqualTo(101);
            assertThat(upgrade(two, "https://b.example").status()).isEqualTo(101);
            assertThat(upgrade(two, "https://c.example").status()).isEqualTo(403);
        }
    }

    @Test
    void whoIsNoPageNeedsNoOrigin() {
        assertThat(upgrade(narrow).status()).isEqualTo(101);
        assertThat(narrow.api().post("/register", "{\"user_id\":1}").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://any.example", "null"})
    void anyOriginMayConnectByDefault(String origin) {
        assertThat(upgrade(open, origin).status()).isEqualTo(101);
    }

    @Test
    void pageThatMayNotUseTheRelayLearnsNothingOfIds() {
        Answer answer =
                narrow.api().send("GET", "/ws/00000000000040008000000000000000", "", "Origin", "https://evil.example");
        assertProblem(answer, 403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null"})
    void whatAPageSendsWithoutAskingFirstDoesNothingUnlessItMay(String origin) {
        Registered client = narrow.api().register(1);
        try (TestSocket socket = TestSocket.open(client.url())) {
            assertProblem(narrow.api().send("POST", "/publish/cats", "unasked", "Origin", origin), 403);
            assertProblem(
                    narrow.api()
                            .send(
                                    "POST",
                                    "/publish",
                                    "{\"topic\":\"cats\",\"message\":\"unasked\"}\n",
                                    "Content-Type",
                                    "application/x-ndjson",
                                    "Origin",
                                    origin),
                    403);
            assertProblem(narrow.api().send("DELETE", "/register/" + client.id(), "", "Origin", origin), 403);
            assertProblem(narrow.api().send("GET", "/sse/" + client.id(), "", "Origin", origin), 403);
            narrow.api().publish("cats", "asked");
            assertThat(socket.receive()).isEqualTo("asked");
            assertThat(socket.isClosed()).isFalse();
        }
    }

    private static void assertReadable(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("https://any.example");
        assertThat(answer.header("Access-Control-Expose-Headers").split(", *"))
                .containsExactlyInAnyOrder("Retry-After", "WWW-Authenticate", "Allow", "ETag", "Idempotent-Replayed");
    }

    private static Answer get(TestRelay relay, String path) {
        return relay.api().send("GET", path, "", "Origin", "https://any.example");
    }

    private static Answer publishOnce(String message) {
        return open.api()
                .send("POST", "/publish/cats", message, "Idempotency-Key", "once", "Origin", "https://any.example");
    }

    private static Answer register(TestRelay relay, String origin) {
        Answer answer = relay.api()
                .send("POST", "/register", "{\"user_id\":1}", "Content-Type", "application/json", "Origin", origin);
        assertThat(answer.status()).isEqualTo(200);
        return answer;
    }

    private static Answer preflight(TestRelay relay, String origin, String method, String path) {
        return relay.api()
                .send(
                        "OPTIONS",
                        path,
                        "",
                        "Origin",
                        origin,
                        "Access-Control-Request-Method",
                        method,
                        "Access-Control-Request-Headers",
                        "content-type");
    }

    /** The answer to a handshake with these origins. */
    private static Answer upgrade(TestRelay relay, String... origins) {
        List<String> headers = new ArrayList<>();
        for (String origin : origins) {
            headers.add("Origin: " + origin + "\r\n");
        }
        String handshake = RawSocket.handshake(relay.api().register(1).id())
                .replaceFirst("Host: .*\r\n", "Host: 127.0.0.1:" + relay.port() + "\r\n");
        String request = handshake.substring(0, handshake.length() - 2) + String.join("", headers) + "\r\n";
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            String head = socket.send(request).readHead();
            return head.startsWith("HTTP/1.1 101 ")
                    ? Raw.parse(head)
                    : Raw.exchange(relay.port(), request.replace("Connection: Upgrade", "Connection: Upgrade, close"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
