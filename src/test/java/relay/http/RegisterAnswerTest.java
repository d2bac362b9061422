package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;

/** What {@code POST /register} answers. */
class RegisterAnswerTest {
    private static final String BODY = "{\"user_id\": 1}";

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @Test
    void theAnswerIsAUrlAnIdAndAPositionAndNothingElse() {
        Answer answer = relay.api().post("/register", BODY);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.json().fieldNames()).toIterable().containsExactly("url", "id", "after");
        assertThat(answer.json().get("url").asText())
                .isEqualTo("ws://127.0.0.1:" + relay.port() + "/ws/"
                        + answer.json().get("id").asText());
    }

    @Test
    void theAnswerIsNotToBeCached() {
        assertThat(relay.api().post("/register", BODY).header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void theIdIsAVersion4UuidInItsSimpleForm() {
        Set<String> ids = IntStream.range(0, 100)
                .mapToObj(i -> relay.api().register(i).id())
                .collect(Collectors.toSet());
        assertThat(ids).hasSize(100).allMatch(id -> id.matches("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}"));
    }

    @ParameterizedTest
    @CsvSource({
        "relay.localhost, ws://relay.localhost",
        "relay.localhost:80, ws://relay.localhost",
        "relay.localhost:443, ws://relay.localhost:443",
        "relay.localhost:8443, ws://relay.localhost:8443",
        "localhost:8000, ws://localhost:8000",
        "10.0.0.1:8000, ws://10.0.0.1:8000",
        "[::1]:1234, ws://[::1]:1234",
        "[::1], ws://[::1]",
    })
    void theUrlNamesTheHostThatTheRequestWasSentTo(String host, String base) {
        assertThat(urlFor(relay, host)).matches("\\Q" + base + "\\E/ws/[0-9a-f]{32}");
    }

    @Test
    void nobodyElseCanSayWhereTheUrlLeads() {
        Answer answer = Raw.exchange(
                relay.port(),
                List.of(
                        "POST /register HTTP/1.1",
                        "Host: localhost:1",
                        "Forwarded: host=evil.example;proto=https",
                        "X-Forwarded-Host: evil.example",
                        "X-Forwarded-Proto: https",
                        "Content-Length: " + BODY.length()),
                BODY);
        assertThat(answer.json().get("url").asText()).startsWith("ws://localhost:1/ws/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a:99999", "a:x", "user@host", "a/b", "<script>", "[::1", "a:80:80"})
    void aHostThatIsNoneIsRejected(String host) {
        assertProblem(registerAt(relay, host), 400);
    }

    @Test
    void aClientOfHttp10WithoutHostIsSentToTheAddressItReached() {
        Answer answer = Raw.exchange(
                relay.port(), List.of("POST /register HTTP/1.0", "Content-Length: " + BODY.length()), BODY);
        assertThat(answer.json().get("url").asText()).startsWith("ws://127.0.0.1:" + relay.port() + "/ws/");
    }

    @ParameterizedTest
    @CsvSource({
        "https://example.com/relay/, wss://example.com/relay/ws/",
        "https://example.com/relay, wss://example.com/relay/ws/",
        "HTTPS://example.com, wss://example.com/ws/",
        "http://example.com:8080, ws://example.com:8080/ws/",
        "ws://example.com//, ws://example.com/ws/",
        "wss://[::1]:8443/a/b, wss://[::1]:8443/a/b/ws/",
    })
    void thePublicUrlTakesThePlaceOfTheHost(String publicUrl, String base) {
        try (TestRelay published = TestRelay.start("--public-url", publicUrl, "--open")) {
            assertThat(urlFor(published, "localhost")).matches("\\Q" + base + "\\E[0-9a-f]{32}");
        }
    }

    private static String urlFor(TestRelay at, String host) {
        Answer answer = registerAt(at, host);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("url").asText();
    }

    private static Answer registerAt(TestRelay at, String host) {
        return Raw.exchange(
                at.port(),
                List.of("POST /register HTTP/1.1", "Host: " + host, "Content-Length: " + BODY.length()),
                BODY);
    }
}
