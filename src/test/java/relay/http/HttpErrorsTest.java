package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.util.Locale;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;

/** Paths and methods that there are, and those that there are not. */
class HttpErrorsTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @ParameterizedTest
    @CsvSource({"/health, ok", "/ready, ready"})
    void healthAndReadinessAreToBeSeen(String path, String status) {
        Answer answer = relay.api().get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.body()).isEqualTo("{\"status\":\"" + status + "\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health", "/ready"})
    void headAnswersLikeGetWithoutTheBody(String path) {
        Answer get = relay.api().get(path);
        Answer head = Raw.exchange(
                relay.port(), "HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
        assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nothing",
                "/health/",
                "/health/x",
                "/healthy",
                "/Health",
                "/ready/x",
                "/publishing",
                "/registers",
                "/ws/",
                "/sse/",
                "/wsx",
                "/index.html",
                "/favicon.ico",
                "/WEB-INF/web.xml",
                "/META-INF/MANIFEST.MF",
            })
    void anUnknownPathIsA404ThatNamesTheKnownOnes(String path) {
        for (String method : new String[] {"GET", "POST", "DELETE", "OPTIONS"}) {
            Answer answer = Raw.exchange(
                    relay.port(), method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(assertProblem(answer, 404)).contains("/health", "/register", "/publish", "/ws/{id}");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ws/",
                "/ws/x",
                "/ws/00000000000040008000000000000000",
                "/ws/x/y",
                "/ws/00000000000040008000000000000000/"
            })
    void aSocketNobodyRegisteredForIsA404ThatSaysWhatToDo(String path) {
        assertThat(assertProblem(relay.api().get(path), 404)).contains("POST /register");
    }

    @Test
    void anIdInAnotherSpellingIsUnknown() {
        String id = relay.api().register(1).id();
        assertThat(relay.api().get("/ws/" + id).status()).isEqualTo(426);
        for (String other : new String[] {id.toUpperCase(Locale.ROOT) + "A", id + "0", id.substring(1), id + "/"}) {
            assertProblem(relay.api().get("/ws/" + other), 404);
        }
    }

    @Test
    void aKnownSocketWithoutUpgradeIsA426ThatNamesTheProtocol() {
        Answer answer = relay.api().get("/ws/" + relay.api().register(1).id());
        assertThat(assertProblem(answer, 426)).contains("WebSocket");
        assertThat(answer.header("Upgrade")).isEqualTo("websocket");
    }

    @ParameterizedTest
    @CsvSource({
        "/health, PUT, 'GET, HEAD, OPTIONS'",
        "/health, DELETE, 'GET, HEAD, OPTIONS'",
        "/health, POST, 'GET, HEAD, OPTIONS'",
        "/health, PATCH, 'GET, HEAD, OPTIONS'",
        "/health, TRACE, 'GET, HEAD, OPTIONS'",
        "/health, BREW, 'GET, HEAD, OPTIONS'",
        "/health, get, 'GET, HEAD, OPTIONS'",
        "/ready, POST, 'GET, HEAD, OPTIONS'",
        "/publish, GET, 'OPTIONS, POST'",
        "/publish, PUT, 'OPTIONS, POST'",
        "/publish, HEAD, 'OPTIONS, POST'",
        "/publish/cats, GET, 'OPTIONS, POST'",
        "/publish/cats, DELETE, 'OPTIONS, POST'",
        "/register, GET, 'OPTIONS, POST'",
        "/register, DELETE, 'OPTIONS, POST'",
        "/register/x, GET, 'DELETE, OPTIONS, PATCH'",
        "/register/x, POST, 'DELETE, OPTIONS, PATCH'",
        "/register/x, PUT, 'DELETE, OPTIONS, PATCH'",
        "/ws/x, POST, GET",
        "/ws/x, DELETE, GET",
        "/ws/x, HEAD, GET",
        "/ws/x, OPTIONS, GET",
    })
    void anotherMethodIsA405ThatNamesTheRightOnes(String path, String method, String allowed) {
        Answer answer = Raw.exchange(
                relay.port(), method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo(allowed);
        if (method.equals("HEAD")) {
            assertThat(answer.body()).isEmpty();
        } else {
            assertThat(assertProblem(answer, 405)).contains(method);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/health, 'GET, HEAD, OPTIONS'",
        "/ready, 'GET, HEAD, OPTIONS'",
        "/publish, 'OPTIONS, POST'",
        "/publish/cats, 'OPTIONS, POST'",
        "/register, 'OPTIONS, POST'",
        "/register/x, 'DELETE, OPTIONS, PATCH'",
    })
    void optionsNamesTheMethods(String path, String allowed) {
        Answer answer = relay.api().send("OPTIONS", path, "");
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("Allow")).isEqualTo(allowed);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void onlyWhatIsKnownMayStandInTheQuery() {
        assertProblem(relay.api().post("/register?user_id=1", "{\"user_id\":1}"), 400);
        assertProblem(relay.api().post("/publish?topic=cats", "{\"topic\":\"cats\",\"message\":\"x\"}"), 400);
        assertProblem(relay.api().delete("/register/x?force=1"), 400);
    }

    @Test
    void noAnswerSaysWhatSoftwareThisIs() {
        for (String path : new String[] {"/health", "/nothing", "/publish", "/ws/x"}) {
            Answer answer = relay.api().get(path);
            assertThat(answer.headers()).doesNotContainKeys("server", "x-powered-by", "set-cookie");
            assertThat(answer.body()).doesNotContainIgnoringCase("jetty");
        }
    }
}
