package relay.access;

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
import relay.testing.TestSocket;

/** Who may register and publish, by API key. */
class ApiKeysTest {
    private static final String KEYS = "all.mighty, pub:publish ,reg:register\n"
            + "news:publish:news.*+cats,desk:register:news.*+dogs,watch:admin,both:register+publish";
    private static final String MESSAGE = "{\"topic\":\"cats\",\"message\":\"are awesome\"}";

    @AutoClose
    private static final TestRelay relay = TestRelay.start(Map.of("RELAY_API_KEYS", KEYS));

    @Test
    void withoutKeysEverythingIsOpenOnLoopback() {
        try (TestRelay open = TestRelay.start()) {
            assertThat(open.api().post("/publish", MESSAGE).status()).isEqualTo(200);
            assertThat(open.api().register(1).id()).hasSize(32);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST,/publish",
        "POST,/publish/cats",
        "POST,/register",
        "DELETE,/register/625ac78b88e047a1bc7b3f8459702078"
    })
    void whoSendsNoCredentialIsToldWhichToSend(String method, String path) {
        Answer answer = relay.api().send(method, path, MESSAGE, "Content-Type", "application/json");
        assertThat(assertProblem(answer, 401)).contains("Authorization: Bearer");
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"relay\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer unknown",
                "Bearer all.might",
                "Bearer all.mightyy",
                "Bearer a b",
                "Basic YWxsLm1pZ2h0eTo=",
                "Bearer ",
                "all.mighty",
                "Bearer all.mighty:register"
            })
    void anUnknownCredentialIsRefused(String authorization) {
        Answer answer = publish(authorization, MESSAGE);
        assertProblem(answer, 401);
        assertThat(answer.header("WWW-Authenticate")).contains("error=\"invalid_token\"");
    }

    @ParameterizedTest
    @CsvSource({"reg,publish", "watch,publish", "desk,publish"})
    void aKeyWithoutTheRightToPublishMayNot(String key, String right) {
        Answer answer = publish("Bearer " + key, MESSAGE);
        assertThat(assertProblem(answer, 403)).contains(right);
        assertThat(answer.header("WWW-Authenticate")).contains("insufficient_scope", "scope=\"publish\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pub", "news", "watch"})
    void aKeyWithoutTheRightToRegisterMayNeitherRegisterNorRemove(String key) {
        assertThat(assertProblem(register(key, "{\"user_id\":1}"), 403)).contains("register");
        String id = register("reg", "{\"user_id\":1}").json().get("id").asText();
        assertProblem(remove(key, id), 403);
        assertThat(remove("reg", id).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"all.mighty", "both"})
    void aKeyMayDoAllThatItsRightsSay(String key) {
        assertThat(publish("bearer  " + key, MESSAGE).status()).isEqualTo(200);
        assertThat(register(key, "{\"user_id\":1}").status()).isEqualTo(200);
    }

    @Test
    void healthReadinessAndTheSocketsNeedNoKey() {
        assertThat(relay.api().get("/health").status()).isEqualTo(200);
        assertThat(relay.api().get("/ready").status()).isEqualTo(200);
        String url = register("reg", "{\"user_id\":1,\"topics\":[\"no.key\"]}")
                .json()
                .get("url")
                .asText();
        try (TestSocket socket = TestSocket.open(url)) {
            publish("Bearer pub", "{\"topic\":\"no.key\",\"message\":\"in\"}");
            assertThat(socket.receive()).isEqualTo("in");
        }
    }

    @ParameterizedTest
    @CsvSource({"cats,200", "news.sports,200", "dogs,403", "news,403", "news.sports.tennis,403", "news.,403"})
    void aKeyForSomeTopicsPublishesToThoseOnly(String topic, int status) {
        String message = "{\"topic\":\"" + topic + "\",\"message\":\"a\"}";
        assertThat(publish("Bearer news", message).status()).isEqualTo(status);
        assertThat(relay.api()
                        .send("POST", "/publish/" + topic, "a", "Authorization", "Bearer news")
                        .status())
                .isEqualTo(status);
        Answer lines = relay.api()
                .send(
                        "POST",
                        "/publish",
                        message + "\n" + MESSAGE + "\n",
                        "Authorization",
                        "Bearer news",
                        "Content-Type",
                        "application/x-ndjson");
        assertThat(lines.status()).isEqualTo(200);
        assertThat(lines.json().get("accepted").asInt()).isEqualTo(status == 200 ? 2 : 1);
        assertThat(lines.json().get("rejected").asInt()).isEqualTo(status == 200 ? 0 : 1);
    }

    @Test
    void aRefusedMessageIsToldWhatWouldBeAllowed() {
        assertThat(assertProblem(publish("Bearer news", "{\"topic\":\"dogs\",\"message\":\"a\"}"), 403))
                .contains("\"dogs\"", "news.*, cats");
    }

    @Test
    void theClientsOfAKeyForSomeTopicsAskForThoseOnly() {
        assertThat(assertProblem(register("desk", "{\"user_id\":1,\"topics\":[\"dogs\",\"cats\"]}"), 403))
                .contains("\"cats\"", "news.*, dogs");
        String url = register("desk", "{\"user_id\":1}").json().get("url").asText();
        try (TestSocket socket = TestSocket.open(url)) {
            assertThat(publish("Bearer pub", MESSAGE).json().get("queued").asInt())
                    .isZero();
            socket.send("{\"topics\":[\"dogs\",\"cats\"]}");
            assertThat(socket.receive()).contains("not_allowed", "cats");
            socket.subscribe("dogs", "news.local");
            publish("Bearer pub", "{\"topic\":\"news.local\",\"message\":\"in\"}");
            assertThat(socket.receive()).isEqualTo("in");
        }
    }

    @Test
    void whatAKeyAndARegistrationAllowHasToFitBoth() {
        String url = register("desk", "{\"user_id\":1,\"allow\":[\"*.local\",\"cats\"]}")
                .json()
                .get("url")
                .asText();
        try (TestSocket socket = TestSocket.open(url)) {
            for (String topic : new String[] {"dogs", "cats", "old.local", "news.world"}) {
                socket.send("{\"topics\":[\"" + topic + "\"]}");
                assertThat(socket.receive()).contains("not_allowed", topic);
            }
            socket.subscribe("news.local");
            assertThat(socket.received()).isEmpty();
        }
    }

    private static Answer publish(String authorization, String message) {
        return relay.api()
                .send("POST", "/publish", message, "Content-Type", "application/json", "Authorization", authorization);
    }

    private static Answer register(String key, String body) {
        return relay.api().postAs(key, "/register", body);
    }

    private static Answer remove(String key, String id) {
        return relay.api().sendAs(key, "DELETE", "/register/" + id);
    }
}
