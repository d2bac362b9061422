package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;

/** The files that come with the relay: the script and the descriptions. */
class DocumentsTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @ParameterizedTest
    @CsvSource({
        "/relay.js, text/javascript;charset=utf-8",
        "/openapi.json, application/json",
        "/asyncapi.json, application/json"
    })
    void eachSaysWhatItIsAndIsAskedForAnewEachTime(String path, String contentType) {
        Answer answer = relay.api().get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type").replace(" ", "")).isEqualToIgnoringCase(contentType);
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(answer.header("ETag")).matches("\"[0-9a-f]{32}\"");
        Answer head = Raw.exchange(
                relay.port(),
                "HEAD " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + relay.port() + "\r\nConnection: close\r\n\r\n");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.header("ETag")).isEqualTo(answer.header("ETag"));
        assertThat(head.header("Content-Length")).isEqualTo(answer.header("Content-Length"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TAG", "W/TAG", "\"other\", TAG", "\"other\",W/TAG", "*"})
    void whoHasThisVersionIsNotSentItAgain(String known) {
        String tag = relay.api().get("/relay.js").header("ETag");
        Answer answer = relay.api().send("GET", "/relay.js", "", "If-None-Match", known.replace("TAG", tag));
        assertThat(answer.status()).isEqualTo(304);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.header("ETag")).isEqualTo(tag);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"other\"", "W/\"other\"", "other", "\"TAG", "\"", ""})
    void whoHasAnotherVersionIsSentThisOne(String known) {
        String tag = relay.api().get("/relay.js").header("ETag").replace("\"", "");
        Answer answer = relay.api().send("GET", "/relay.js", "", "If-None-Match", known.replace("TAG", tag));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).contains("export function connect");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/relay.js", "/openapi.json", "/asyncapi.json"})
    void pagesOfOtherOriginsMayLoadThem(String path) {
        Answer answer = relay.api().send("GET", path, "", "Origin", "https://any.example");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("https://any.example");
        assertThat(answer.header("Vary")).contains("Origin");
    }

    @Test
    void pagesThatMayNotUseTheRelayMayNotLoadItsScript() {
        try (TestRelay narrow = TestRelay.start("--allow-origin", "https://example.com")) {
            assertThat(narrow.api()
                            .send("GET", "/relay.js", "", "Origin", "https://example.com")
                            .status())
                    .isEqualTo(200);
            assertProblem(narrow.api().send("GET", "/relay.js", "", "Origin", "https://evil.example"), 403);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/relay.js", "/openapi.json", "/asyncapi.json"})
    void theyNeedNoKey(String path) {
        try (TestRelay closed = TestRelay.start(Map.of("RELAY_API_KEYS", "backend"))) {
            assertThat(closed.api().get(path).status()).isEqualTo(200);
        }
    }

    @Test
    void nothingElseCanBeDoneWithThem() {
        Answer posted = relay.api().post("/relay.js", "{}");
        assertProblem(posted, 405);
        assertThat(posted.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
        assertProblem(relay.api().get("/relay.js?version=1"), 400);
        assertProblem(relay.api().get("/relay.js/x"), 404);
    }

    @Test
    void theDescriptionsNameTheRelayAsItWasReached() {
        assertThat(server("/openapi.json").get("url").asText()).isEqualTo("http://127.0.0.1:" + relay.port());
        JsonNode server = server("/asyncapi.json");
        assertThat(server.get("host").asText()).isEqualTo("127.0.0.1:" + relay.port());
        assertThat(server.has("pathname")).isFalse();
        assertThat(server.get("protocol").asText()).isEqualTo("ws");
        Answer elsewhere = Raw.exchange(
                relay.port(), "GET /openapi.json HTTP/1.1\r\nHost: relay.localhost\r\nConnection: close\r\n\r\n");
        assertThat(elsewhere.json().at("/servers/0/url").asText()).isEqualTo("http://relay.localhost");
        assertThat(elsewhere.header("ETag"))
                .isNotEqualTo(relay.api().get("/openapi.json").header("ETag"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://example.com/relay/, https://example.com/relay, example.com, /relay, wss",
        "http://example.com:8080, http://example.com:8080, example.com:8080, '', ws"
    })
    void aPublicUrlIsWhereTheyAreInTheEyesOfClients(
            String publicUrl, String url, String host, String path, String protocol) {
        try (TestRelay behind = TestRelay.start("--public-url", publicUrl, "--open")) {
            assertThat(behind.api()
                            .get("/openapi.json")
                            .json()
                            .at("/servers/0/url")
                            .asText())
                    .isEqualTo(url);
            JsonNode server = behind.api().get("/asyncapi.json").json().at("/servers/relay");
            assertThat(server.get("host").asText()).isEqualTo(host);
            assertThat(server.path("pathname").asText()).isEqualTo(path);
            assertThat(server.get("protocol").asText()).isEqualTo(protocol);
        }
    }

    @Test
    void theDescriptionsAreOfThisVersion() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        String version = pom.replaceFirst("(?s).*?<artifactId>relay</artifactId>\\s*<version>([^<]*)<.*", "$1");
        for (String path : new String[] {"/openapi.json", "/asyncapi.json"}) {
            assertThat(relay.api().get(path).json().at("/info/version").asText())
                    .isEqualTo(version);
        }
    }

    private static JsonNode server(String path) {
        JsonNode servers = relay.api().get(path).json().get("servers");
        assertThat(servers).hasSize(1);
        return servers.iterator().next();
    }
}
