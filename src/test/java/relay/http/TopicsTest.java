package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.http.Problems.assertProblem;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.EventStreamReader;
import relay.testing.TestSocket;

/** {@code GET /topics} and {@code GET /topics/{topic}}. */
class TopicsTest {
    private TestRelay relay;

    @BeforeEach
    void start() {
        relay = TestRelay.start("--fanout-threads", "2");
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aRelayThatNobodyUsesHasNoTopics() {
        assertThat(relay.api().get("/topics").body()).isEqualTo("{\"topics\":[]}");
    }

    @Test
    void eachTopicIsListedWithThoseWhoAskForItAndThoseWhoAreConnected() {
        relay.api().register(1, "dogs");
        try (TestSocket socket =
                TestSocket.open(relay.api().register(2, "cats", "dogs").url())) {
            relay.api().register(3, "dogs");
            Answer answer = relay.api().get("/topics");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Content-Type")).isEqualTo("application/json");
            assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
            assertThat(answer.body())
                    .isEqualTo("{\"topics\":[{\"topic\":\"cats\",\"subscribers\":1,\"connected\":1},"
                            + "{\"topic\":\"dogs\",\"subscribers\":3,\"connected\":1}]}");
            socket.subscribe("emus");
            assertThat(relay.api().get("/topics").body())
                    .isEqualTo("{\"topics\":[{\"topic\":\"dogs\",\"subscribers\":2,\"connected\":0},"
                            + "{\"topic\":\"emus\",\"subscribers\":1,\"connected\":1}]}");
        }
    }

    @Test
    void whatWasAnsweredBeforeIsInTheAnswer() {
        String[] topics = IntStream.range(0, 1000).mapToObj(i -> "topic" + i).toArray(String[]::new);
        for (int i = 0; i < 30; i++) {
            Registered client = relay.api().register(1, topics);
            assertThat(relay.api()
                            .get("/topics?limit=1000")
                            .json()
                            .get("topics")
                            .size())
                    .isEqualTo(1000);
            relay.api().delete("/register/" + client.id());
            assertThat(relay.api().get("/topics").body()).isEqualTo("{\"topics\":[]}");
        }
    }

    @Test
    void aKeptClientStillAsksWhenItsConnectionIsGone() {
        Registered kept = relay.api().registerKept(1, 60, "cats");
        TestSocket.open(kept.url()).close();
        await().untilAsserted(() -> assertThat(relay.api().get("/topics/cats").body())
                .isEqualTo("{\"topic\":\"cats\",\"subscribers\":1,\"connected\":0,\"held\":0}"));
        relay.api().delete("/register/" + kept.id());
        assertThat(relay.api().get("/topics").body()).isEqualTo("{\"topics\":[]}");
    }

    @Test
    void anEventStreamIsAConnection() throws IOException {
        Registered client = relay.api().register(1, "cats");
        try (EventStreamReader stream = EventStreamReader.open(relay.port(), client.id(), "")) {
            assertThat(stream.head()).contains("200");
            assertThat(relay.api().get("/topics/cats").json().get("connected").asInt())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 7, 20, 1000})
    void thePagesAddUpInTheOrderOfNames(int limit) {
        List<String> names = IntStream.range(0, 20)
                .mapToObj(i -> (i % 2 == 0 ? "a b/" : "ü+&%") + (char) ('a' + i))
                .sorted()
                .toList();
        relay.api().register(1, names.toArray(String[]::new));
        List<String> listed = new ArrayList<>();
        String after = "";
        JsonNode next;
        do {
            JsonNode page = relay.api().get("/topics?limit=" + limit + after).json();
            assertThat(page.get("topics").size()).isBetween(1, limit);
            page.get("topics").forEach(topic -> listed.add(topic.get("topic").asText()));
            assertThat(listed).doesNotHaveDuplicates();
            next = page.path("next");
            after = "&after=" + URLEncoder.encode(next.asText(), StandardCharsets.UTF_8);
        } while (!next.isMissingNode());
        assertThat(listed).containsExactlyElementsOf(names);
    }

    @Test
    void aPageHas100TopicsUnlessToldOtherwise() {
        relay.api()
                .register(1, IntStream.range(0, 101).mapToObj(i -> "topic" + i).toArray(String[]::new));
        JsonNode page = relay.api().get("/topics").json();
        assertThat(page.get("topics").size()).isEqualTo(100);
        assertThat(page.get("next").asText())
                .isEqualTo(page.get("topics").get(99).get("topic").asText());
    }

    @Test
    void aTopicTellsWhatIsHeldOfItForEverybody() {
        Answer first = relay.api().post("/publish", "{\"topic\":\"cats\",\"message\":\"a\"}");
        Answer second = relay.api().post("/publish", "{\"topic\":\"cats\",\"message\":\"b\"}");
        relay.api().publish(1, "cats", "for one user");
        assertThat(first.status()).isEqualTo(200);
        assertThat(relay.api().get("/topics/cats").body())
                .isEqualTo("{\"topic\":\"cats\",\"subscribers\":0,\"connected\":0,\"held\":2,\"last_id\":\""
                        + second.json().get("id").asText() + "\"}");
        assertThat(relay.api().get("/topics").body()).isEqualTo("{\"topics\":[]}");
    }

    @Test
    void aTopicOfWhichThereIsNothingIsNotFound() {
        relay.api().publish(1, "cats", "for one user");
        assertThat(assertProblem(relay.api().get("/topics/cats"), 404)).contains("\"cats\"", "GET /topics");
    }

    @ParameterizedTest
    @CsvSource({
        "/topics/k%C3%A4tzchen, kätzchen",
        "/topics/a+b, a+b",
        "/topics/a%20b, a b",
        "/topics/a/b, a/b",
        "/topics/a%2Fb, a/b",
        "/topics/a;b=c, a;b=c",
        "/topics/100%25, 100%",
        "/topics/%63ats, cats",
        "/topics/topics, topics",
    })
    void thePathNamesTheTopicAsInPublish(String path, String topic) {
        relay.api().register(1, topic);
        Answer answer = Raw.get(relay.port(), path);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().get("topic").asText()).isEqualTo(topic);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/topics/%zz",
                "/topics/%ff",
                "/topics/a%0Ab",
                "/topics//",
            })
    void aPathThatNamesNoTopicIsRejected(String path) {
        assertProblem(Raw.get(relay.port(), path), 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/topics/./cats", "/topics/x/../cats", "/topics;x=1/cats", "/topics/"})
    void aPathThatOnlyAmountsToOneIsNone(String path) {
        assertProblem(Raw.get(relay.port(), path), 404);
    }

    @ParameterizedTest
    @CsvSource({
        "/topics?limit=0, limit takes",
        "/topics?limit=1001, limit takes",
        "/topics?limit=-1, limit takes",
        "/topics?limit=, limit takes",
        "/topics?limit=1.5, limit takes",
        "/topics?limit=%D9%A3, limit takes",
        "/topics?limit=010, limit takes",
        "/topics?limit=1&limit=2, more than once",
        "/topics?after=, topic is empty",
        "/topics?after=a%0Ab, control character",
        "/topics?after=%zz, percent-encoded",
        "/topics?user_id=1, unknown query parameter",
        "/topics/cats?limit=1, unknown query parameter",
    })
    void aQueryThatMeansNothingIsRejected(String path, String detail) {
        assertThat(assertProblem(Raw.get(relay.port(), path), 400)).contains(detail);
    }

    @Test
    void headAnswersWithoutTheBody() {
        for (String path : List.of("/topics", "/clients")) {
            Answer answer = relay.api().send("HEAD", path, "");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH"})
    void otherMethodsAreRefused(String method) {
        for (String path : List.of("/topics", "/topics/cats")) {
            Answer answer = relay.api().send(method, path, "");
            assertProblem(answer, 405);
            assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
        }
    }

    @Test
    void aKeyForSomeTopicsSeesThose() {
        String keys = "all,no:publish+register,admin:admin,some:admin:news.*+dogs";
        try (TestRelay guarded = TestRelay.start(Map.of("RELAY_API_KEYS", keys))) {
            String body = "{\"user_id\":1,\"topics\":[\"ants\",\"cats\",\"dogs\",\"news.a\",\"news.b\"]}";
            guarded.api()
                    .send("POST", "/register", body, "Content-Type", "application/json", "Authorization", "Bearer all");
            assertProblem(guarded.api().get("/topics"), 401);
            assertProblem(guarded.api().get("/topics/cats"), 401);
            assertThat(assertProblem(get(guarded, "no", "/topics"), 403)).contains("admin");
            assertProblem(get(guarded, "no", "/topics/cats"), 403);
            assertThat(get(guarded, "admin", "/topics").json().get("topics").size())
                    .isEqualTo(5);
            Answer first = get(guarded, "some", "/topics?limit=2");
            assertThat(first.json().get("topics").findValuesAsText("topic")).containsExactly("dogs", "news.a");
            assertThat(first.json().get("next").asText()).isEqualTo("news.a");
            Answer second = get(guarded, "some", "/topics?limit=2&after=news.a");
            assertThat(second.json().get("topics").findValuesAsText("topic")).containsExactly("news.b");
            assertThat(second.json().has("next")).isFalse();
            assertThat(get(guarded, "some", "/topics/dogs").status()).isEqualTo(200);
            assertThat(assertProblem(get(guarded, "some", "/topics/cats"), 403)).contains("\"cats\"", "news.*, dogs");
        }
    }

    private static Answer get(TestRelay relay, String key, String path) {
        return relay.api().sendAs(key, "GET", path);
    }
}
