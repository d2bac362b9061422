package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.message.TopicPattern;
import relay.message.UserId;
import relay.testing.Api.Answer;
import relay.testing.TestSocket;

/** Who may let clients publish, and to what. */
class PublishGrantTest {
    private static final String GRANTS = "{\"user_id\":\"ann\",\"topics\":[],\"publish\":[\"news.*\",\"cats\"]}";

    @TempDir
    private static Path folder;

    @AutoClose
    private static final TestRelay relay = TestRelay.start(
            Map.of("RELAY_API_KEYS", "all, reg:register, both:register+publish, news:register+publish:news.**"));

    @Test
    void aKeyThatMayNotPublishLetsNobodyPublish() {
        Answer refused = relay.api().postAs("reg", "/register", GRANTS);
        assertThat(assertProblem(refused, 403)).contains("right to publish");
        assertThat(refused.header("WWW-Authenticate")).contains("scope=\"publish\"");
        for (String nothing : List.of("{\"user_id\":1}", "{\"user_id\":1,\"publish\":[]}")) {
            assertThat(relay.api().postAs("reg", "/register", nothing).status()).isEqualTo(200);
        }
    }

    @Test
    void aTokenLetsItsUserPublishNothing() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "a secret of at least thirty-two bytes");
        String token = new NewToken(
                        new UserId("ann"),
                        List.of(new TopicPattern("**")),
                        Duration.ofMinutes(10),
                        List.of(),
                        Optional.empty())
                .sign(secret, InstantSource.system());
        try (TestRelay withTokens = TestRelay.start("--jwt-secret-file", secret.toString())) {
            Answer refused = withTokens.api().postAs(token, "/register", "{\"topics\":[],\"publish\":[\"cats\"]}");
            assertThat(assertProblem(refused, 403)).contains("right to publish");
            assertThat(withTokens
                            .api()
                            .postAs(token, "/register", "{\"topics\":[],\"publish\":[]}")
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "all,news.a,true", "all,cats,true", "all,dogs,false",
        "both,news.a,true", "both,cats,true", "both,dogs,false",
        "news,news.a,true", "news,cats,false", "news,news.a.b,false"
    })
    void aClientMayPublishToWhatItsRegistrationAndTheKeyAllow(String key, String topic, boolean may) {
        String url =
                relay.api().postAs(key, "/register", GRANTS).json().get("url").asText();
        try (TestSocket socket = TestSocket.open(url + "?format=json")) {
            socket.send("{\"publish\":{\"topic\":\"" + topic + "\",\"message\":1}}");
            assertThat(socket.receive()).contains(may ? "\"ok\"" : "not_allowed");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"cats\"", "[1]", "[\"a*\"]", "[\"**.a\"]", "[\"\"]", "true"})
    void aPublishThatIsNoListOfPatternsIsRefused(String publish) {
        Answer answer = relay.api().postAs("all", "/register", "{\"user_id\":1,\"publish\":" + publish + "}");
        assertThat(assertProblem(answer, 400)).isNotEmpty();
    }

    @Test
    void itHasAsManyPatternsAsAClientMayHaveTopics() {
        String patterns = "\"p\"" + ",\"p\"".repeat(5);
        try (TestRelay few = TestRelay.start("--max-topics", "2")) {
            assertThat(few.api()
                            .post("/register", "{\"user_id\":1,\"publish\":[" + patterns + "]}")
                            .status())
                    .as("the same counts once")
                    .isEqualTo(200);
            assertThat(assertProblem(
                            few.api().post("/register", "{\"user_id\":1,\"publish\":[\"a\",\"b\",\"c\"]}"), 400))
                    .contains("publish has too many entries");
        }
    }
}
