package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** Which web pages may administer a relay that takes no key. */
class AdminOriginTest {
    @AutoClose
    private static final TestRelay open = TestRelay.start();

    @ParameterizedTest
    @CsvSource({
        "GET, /topics",
        "HEAD, /topics",
        "GET, /topics/cats",
        "GET, /clients",
        "DELETE, /clients?user_id=1",
        "GET, /metrics",
        "GET, /hook"
    })
    void aPageOfAnotherOriginMayNot(String method, String path) {
        Answer answer = send(open, method, path, "Origin", "https://any.example");
        if (method.equals("HEAD")) {
            assertThat(answer.status()).isEqualTo(403);
        } else {
            assertThat(assertProblem(answer, 403)).contains("--allow-origin", "API keys");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "*", "file://", "http://127.0.0.1", "https://127.0.0.1", "http://localhost:3000"})
    void noMoreMayOneThatIsNearby(String origin) {
        assertProblem(send(open, "GET", "/clients", "Origin", origin), 403);
    }

    @Test
    void aClientStaysWhenSuchAPageRemovesIt() {
        Registered client = open.api().register(7);
        try (TestSocket socket = TestSocket.open(client.url())) {
            assertProblem(send(open, "DELETE", "/clients?user_id=7", "Origin", "https://any.example"), 403);
            open.api().publish("cats", "still here");
            assertThat(socket.receive()).isEqualTo("still here");
        }
    }

    @Test
    void theRelaysOwnPagesAndWhoeverIsNoPageMay() {
        assertThat(send(open, "GET", "/clients").status()).isEqualTo(200);
        assertThat(send(open, "GET", "/clients", "Origin", "http://127.0.0.1:" + open.port())
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aPageMayWhoseOriginIsNamedBesideAny() {
        try (TestRelay named = TestRelay.start("--allow-origin", "*,https://board.example")) {
            assertThat(send(named, "GET", "/metrics", "Origin", "https://board.example")
                            .status())
                    .isEqualTo(200);
            assertProblem(send(named, "GET", "/metrics", "Origin", "https://any.example"), 403);
            assertThat(send(named, "GET", "/health", "Origin", "https://any.example")
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aPageAtThePublicUrlMay() {
        try (TestRelay published = TestRelay.start("--public-url", "https://relay.example/below", "--open")) {
            assertThat(send(published, "GET", "/topics", "Origin", "https://relay.example")
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aPageBehindATrustedProxyIsTheRelaysOwnWhereItWasAskedFor() {
        try (TestRelay behind = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            String[] said = {"X-Forwarded-Proto", "https", "X-Forwarded-Host", "relay.example"};
            assertThat(send(
                                    behind,
                                    "GET",
                                    "/topics",
                                    "Origin",
                                    "https://relay.example",
                                    said[0],
                                    said[1],
                                    said[2],
                                    said[3])
                            .status())
                    .isEqualTo(200);
            assertProblem(
                    send(
                            behind,
                            "GET",
                            "/topics",
                            "Origin",
                            "http://relay.example",
                            said[0],
                            said[1],
                            said[2],
                            said[3]),
                    403);
        }
    }

    @Test
    void whereThereAreKeysOneOfThemIsTheProof() {
        try (TestRelay locked = TestRelay.start(Map.of("RELAY_API_KEYS", "s3cr3t"))) {
            String page = "https://any.example";
            assertProblem(send(locked, "GET", "/topics", "Origin", page), 401);
            assertThat(send(locked, "GET", "/topics", "Origin", page, "Authorization", "Bearer s3cr3t")
                            .status())
                    .isEqualTo(200);
        }
    }

    private static Answer send(TestRelay relay, String method, String path, String... headers) {
        return relay.api().send(method, path, "", headers);
    }
}
