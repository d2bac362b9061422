package relay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;

/** How the console's files are served. */
class ConsoleTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @Test
    void thePageIsAtTheRoot() {
        Answer page = relay.api().get("/");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(page.body()).startsWith("<!doctype html>").contains("<title>Relay</title>");
    }

    @ParameterizedTest
    @CsvSource({
        "console.css, text/css; charset=utf-8",
        "console.js, text/javascript; charset=utf-8",
        "favicon.svg, image/svg+xml; charset=utf-8",
    })
    void itsFilesAreBelowConsole(String file, String type) {
        Answer answer = relay.api().get("/console/" + file);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo(type);
        assertThat(answer.body()).isNotBlank();
    }

    /** Whatever the page, its style or a script of it names is there, and is the relay's own. */
    @Test
    void allThatTheFilesNameIsServedAndNothingComesFromElsewhere() {
        assertThat(files()).hasSizeGreaterThan(5);
        files().forEach(path -> {
            String text = relay.api().get(path).body();
            assertThat(text.replace("http://www.w3.org/2000/svg", ""))
                    .as(path)
                    .doesNotContainPattern("https?://|[\"'(]//|@import|url\\(|innerHTML|<script>|style=");
            named(text)
                    .forEach(name -> assertThat(files()).as("named by " + path).contains("/console/" + name));
        });
    }

    @ParameterizedTest
    @MethodSource("files")
    void nothingButTheRelaysOwnFilesRunsOrIsAskedFor(String path) {
        Answer answer = relay.api().get(path);
        assertThat(answer.header("Content-Security-Policy").split("; "))
                .containsExactlyInAnyOrder(
                        "default-src 'none'",
                        "script-src 'self'",
                        "style-src 'self'",
                        "img-src 'self'",
                        "connect-src 'self'",
                        "base-uri 'none'",
                        "form-action 'none'",
                        "frame-ancestors 'none'",
                        "require-trusted-types-for 'script'",
                        "trusted-types 'none'");
        assertThat(answer.headers())
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("referrer-policy", "no-referrer")
                .containsEntry("cross-origin-opener-policy", "same-origin")
                .containsEntry("cross-origin-resource-policy", "same-origin")
                .doesNotContainKeys("set-cookie", "server");
    }

    @ParameterizedTest
    @CsvSource({
        "https://example.com/relay, wss://example.com",
        "wss://example.com:8443, wss://example.com:8443",
        "http://example.com:80/, ws://example.com:80",
        "WS://example.com, ws://example.com",
        "https://[2001:db8::1]:8443, wss:",
    })
    void theSocketsOfAPublicUrlMayBeOpenedToo(String url, String source) {
        try (TestRelay elsewhere = TestRelay.start("--public-url", url, "--open")) {
            assertThat(elsewhere.api().get("/").header("Content-Security-Policy"))
                    .contains("; connect-src 'self' " + source + "; ");
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void aBrowserAsksEachTimeAndIsSentOnlyWhatIsNew(String path) {
        Answer answer = relay.api().get(path);
        String tag = answer.header("ETag");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(tag).matches("\"[0-9a-f]{32}\"");
        for (String known : List.of(tag, "W/" + tag, "\"other\", " + tag, "*")) {
            Answer again = relay.api().send("GET", path, "", "If-None-Match", known);
            assertThat(again.status()).as(known).isEqualTo(304);
            assertThat(again.body()).isEmpty();
            assertThat(again.header("ETag")).isEqualTo(tag);
            assertThat(again.header("Content-Security-Policy")).isNotEmpty();
        }
        for (String unknown : List.of("\"other\"", tag.replace("\"", ""), "W/", ",")) {
            assertThat(relay.api()
                            .send("GET", path, "", "If-None-Match", unknown)
                            .body())
                    .as(unknown)
                    .isEqualTo(answer.body());
        }
    }

    @Test
    void eachFileHasATagOfItsOwn() {
        assertThat(files().map(path -> relay.api().get(path).header("ETag"))).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("files")
    void headIsGetWithoutTheBody(String path) {
        Answer get = relay.api().get(path);
        Answer head = relay.api().send("HEAD", path, "");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(withoutDate(head)).isEqualTo(withoutDate(get));
    }

    @ParameterizedTest
    @CsvSource({"POST, /", "PUT, /console/console.js", "DELETE, /", "OPTIONS, /", "PATCH, /console/console.css"})
    void otherMethodsAreProblems(String method, String path) {
        Answer answer = relay.api().send(method, path, method.equals("POST") ? "{}" : "");
        assertThat(assertProblem(answer, 405)).contains("GET");
        assertThat(answer.header("Allow")).isEqualTo("GET, HEAD");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/console",
                "/console/",
                "/console/index.html",
                "/console/nothing.js",
                "/console/Console.class",
                "/console/console.js/",
                "/index.html",
                "/favicon.ico"
            })
    void whatIsNoFileOfThePageIsNotFound(String path) {
        assertProblem(relay.api().get(path), 404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/console/../../relay/http/openapi.json",
                "/console/%2e%2e/console/Console.class",
                "/console/..%2fConsole.class",
                "/console//console.js",
                "/console/%00"
            })
    void nothingElseOutOfTheJarIsServed(String path) {
        assertThat(relay.api().get(path).status()).isIn(400, 404);
    }

    @Test
    void thePageNeedsNoKey() {
        try (TestRelay locked = TestRelay.start(Map.of("RELAY_API_KEYS", "s3cr3t"))) {
            assertProblem(locked.api().post("/register", "{\"user_id\":1}"), 401);
            assertThat(locked.api().get("/").status()).isEqualTo(200);
            assertThat(locked.api().get("/console/console.js").status()).isEqualTo(200);
        }
    }

    @Test
    void noConsoleLeavesItOut() {
        try (TestRelay without = TestRelay.start("--no-console")) {
            assertProblem(without.api().get("/"), 404);
            files().forEach(path -> assertProblem(without.api().get(path), 404));
            assertThat(without.api().get("/health").status()).isEqualTo(200);
        }
    }

    /** The page, and whatever it and its scripts name. */
    private static Stream<String> files() {
        Set<String> found = new LinkedHashSet<>();
        Deque<String> toRead = new ArrayDeque<>(List.of("/"));
        while (!toRead.isEmpty()) {
            String path = toRead.remove();
            if (found.add(path)) {
                named(relay.api().get(path).body()).forEach(name -> toRead.add("/console/" + name));
            }
        }
        return found.stream();
    }

    private static List<String> named(String text) {
        return Pattern.compile("(?:(?:href|src)=\"console/|from '\\./)([^\"']+)")
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    private static Map<String, String> withoutDate(Answer answer) {
        Map<String, String> headers = new TreeMap<>(answer.headers());
        headers.remove("date");
        return headers;
    }
}
