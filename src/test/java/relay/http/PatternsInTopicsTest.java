package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** Who sends a pattern where one topic is meant, or one that is malformed, is told so, and does not wait for what never comes. */
class PatternsInTopicsTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @AutoClose
    private static final TestRelay guarded =
            TestRelay.start(Map.of("RELAY_API_KEYS", "all,news:register+subscribe:news.*,publisher:publish:news.**"));

    @ParameterizedTest
    @ValueSource(strings = {"*", "**", "a.*", "*.a", "a.*.b", "a.**", "**.a", ".*", "*.", "a*.*", "a..*"})
    void nobodyPublishesToAPattern(String pattern) {
        String hint = "is a pattern: it takes the name of one topic";
        Registered client = relay.api().register(1, "cats");
        try (TestSocket socket = TestSocket.open(client.url())) {
            String message = "{\"topic\":\"" + pattern + "\",\"message\":\"x\"}";
            assertThat(assertProblem(relay.api().post("/publish", message), 400))
                    .contains(pattern, hint);
            String several = "{\"topics\":[\"cats\",\"" + pattern + "\"],\"message\":\"x\"}";
            assertThat(assertProblem(relay.api().post("/publish", several), 400))
                    .contains(pattern, hint);
            assertThat(assertProblem(relay.api().post("/publish/" + pattern, "x"), 400))
                    .contains(pattern, hint);
            assertThat(assertProblem(relay.api().post("/publish/" + encoded(pattern), "x"), 400))
                    .contains(pattern, hint);
            Answer lines = relay.api()
                    .send(
                            "POST",
                            "/publish",
                            message + "\n{\"topic\":\"cats\",\"message\":\"y\"}\n",
                            "Content-Type",
                            "application/x-ndjson");
            assertThat(lines.json().get("accepted").asInt()).isEqualTo(1);
            assertThat(lines.json().at("/errors/0/line").asInt()).isEqualTo(1);
            assertThat(lines.json().at("/errors/0/detail").asText()).contains(pattern, hint);
            assertThat(socket.receive()).isEqualTo("y");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "**.a, has ** before its end",
        "a.**.b, has ** before its end",
        "**.**, has ** before its end",
        "a*.*, * is part of a segment",
        "*.*b, * is part of a segment",
        "*.***, * is part of a segment",
        ".*, has an empty segment",
        "*., has an empty segment",
        "a..*, has an empty segment",
        "*..a, has an empty segment",
        ".**, has an empty segment",
    })
    void aMalformedPatternIsRefusedWhereverOneMayBeAskedFor(String pattern, String detail) {
        String body = "{\"user_id\":1,\"topics\":[\"cats\",\"" + pattern + "\"]}";
        assertThat(assertProblem(relay.api().post("/register", body), 400)).contains(detail);
        assertThat(assertProblem(relay.api().post("/register", body.replace("topics", "allow")), 400))
                .contains(detail);
        for (String path : List.of("/sse?topic=cats&topic=P", "/topics/P", "/topics/P/messages", "/topics?after=P")) {
            assertThat(assertProblem(relay.api().get(path.replace("P", encoded(pattern))), 400))
                    .contains(detail);
        }
        try (TestSocket socket = TestSocket.open(relay.api().register(1, "cats").url())) {
            socket.send("{\"topics\":[\"dogs\",\"" + pattern + "\"]}");
            assertThat(socket.receive()).startsWith("{\"error\":").contains(detail);
            relay.api().publish("cats", "still");
            assertThat(socket.receive()).isEqualTo("still");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "**", "a.*", "*.a", "a.*.b", "a.**", "*.**", "*.b.**"})
    void aPatternIsAskedForLikeATopic(String pattern) {
        Registered client = relay.api().register(1, "cats", pattern);
        try (TestSocket socket = TestSocket.open(client.url() + "?format=json")) {
            socket.send("{\"topics\":[\"" + pattern + "\"]}");
            assertThat(socket.receive()).isEqualTo("{\"ok\":{\"topics\":[\"" + pattern + "\"]}}");
            Answer topic = relay.api().get("/topics/" + encoded(pattern));
            assertThat(topic.json().get("topic").asText()).isEqualTo(pattern);
            assertThat(topic.json().get("pattern").asBoolean()).isTrue();
            assertThat(topic.json().get("subscribers").asInt()).isEqualTo(1);
            assertThat(relay.api().get("/topics").body())
                    .contains("{\"topic\":\"" + pattern + "\",\"subscribers\":1,\"connected\":1,\"pattern\":true}");
        }
        relay.api().delete("/register/" + client.id());
        assertThat(relay.api().get("/topics/" + encoded(pattern) + "/messages").status())
                .isEqualTo(200);
    }

    @Test
    void aClientHas100PatternsAtMost() {
        String detail = "too many patterns: at most 100";
        ArrayNode topics = TestJson.object().putArray("topics");
        for (int i = 0; i < 100; i++) {
            topics.add("t" + i + ".*");
        }
        for (int i = 0; i < 200; i++) {
            topics.add("t" + i);
        }
        assertThat(relay.api().post("/register", registration(topics)).status()).isEqualTo(200);
        topics.add("t0.*");
        assertThat(relay.api().post("/register", registration(topics)).status()).isEqualTo(200);
        try (TestSocket socket = TestSocket.open(relay.api().register(1, "cats").url())) {
            socket.send("{\"topics\":" + topics + "}");
            topics.add("t100.*");
            assertThat(assertProblem(relay.api().post("/register", registration(topics)), 400))
                    .contains(detail);
            socket.send("{\"topics\":" + topics + "}");
            assertThat(socket.receive()).startsWith("{\"error\":").contains(detail);
        }
        String query = IntStream.rangeClosed(0, 100)
                .mapToObj(i -> "topic=t" + i + ".%2A")
                .collect(Collectors.joining("&"));
        assertThat(assertProblem(relay.api().get("/sse?" + query), 400)).contains(detail);
    }

    @ParameterizedTest
    @CsvSource({
        "news.*, news.sports, true",
        "news.*, news.*, true",
        "news.*, news.**, false",
        "news.*, *.sports, false",
        "news.*, news.*.live, false",
        "news.*, *, false",
        "news.**, news.**, true",
        "news.**, news.*, true",
        "news.**, news.*.live, true",
        "news.**, news.sports.**, true",
        "news.**, **, false",
        "**, **, true",
        "**, *.*, true",
        "*, **, false",
        "*, *, true",
        "*.*, news.*, true",
        "news.sports, news.*, false",
    })
    void aPatternIsAllowedIfOneThatIsAllowedCoversAllOfIt(String allow, String topic, boolean allowed) {
        Answer answer = relay.api()
                .post("/register", "{\"user_id\":1,\"topics\":[\"" + topic + "\"],\"allow\":[\"" + allow + "\"]}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(allowed ? 200 : 400);
        if (allowed) {
            relay.api().delete("/register/" + answer.json().get("id").asText());
        } else {
            assertThat(answer.detail()).contains("\"" + topic + "\"", "allow does not permit", allow);
        }
    }

    @ParameterizedTest
    @CsvSource({"news.*, 200", "news.**, 403", "*.sports, 403"})
    void aKeyAllowsNoPatternThatCoversMoreThanItsOwn(String pattern, int status) {
        String body = "{\"user_id\":1,\"topics\":[\"" + pattern + "\"]}";
        assertThat(guarded.api().postAs("news", "/register", body).status()).isEqualTo(status);
        Answer messages = guarded.api().sendAs("news", "GET", "/topics/" + encoded(pattern) + "/messages");
        assertThat(messages.status()).isEqualTo(status);
        if (status != 200) {
            assertThat(messages.detail()).contains("everything that matches \"" + pattern + "\"", "news.*");
            assertProblem(guarded.api().sendAs("news", "GET", "/sse?topic=" + encoded(pattern)), 403);
        }
    }

    @Test
    void aKeyThatMayPublishToSomeTopicsMayToSeveralOnlyIfToEach() {
        String several = "{\"topics\":[\"news.sports\",\"%s\"],\"message\":\"x\"}";
        assertThat(guarded.api()
                        .postAs("publisher", "/publish", several.formatted("news.a.b"))
                        .status())
                .isEqualTo(200);
        Answer refused = guarded.api().postAs("publisher", "/publish", several.formatted("cats"));
        assertThat(assertProblem(refused, 403)).contains("may not publish to \"cats\"", "news.**");
        Answer lines = guarded.api()
                .send(
                        "POST",
                        "/publish",
                        several.formatted("cats") + "\n" + several.formatted("news.x"),
                        "Content-Type",
                        "application/x-ndjson",
                        "Authorization",
                        "Bearer publisher");
        assertThat(lines.json().get("accepted").asInt()).isEqualTo(1);
        assertThat(lines.json().at("/errors/0/detail").asText()).contains("may not publish to \"cats\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a*", "*a", "a.b*", "***", "a.***.b", "*a*.b"})
    void anAsteriskWithinASegmentIsACharacterLikeAnyOther(String topic) {
        try (TestSocket socket = TestSocket.open(relay.api().register(1, topic).url())) {
            assertThat(relay.api().publish(topic, "x")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("x");
        }
    }

    private static String registration(ArrayNode topics) {
        return TestJson.object().put("user_id", 1).set("topics", topics).toString();
    }

    private static String encoded(String pattern) {
        return URLEncoder.encode(pattern, StandardCharsets.UTF_8).replace("*", "%2A");
    }
}
