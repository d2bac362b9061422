package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** Who sends a pattern where one topic is meant is told so, and does not wait for what never comes. */
class PatternsInTopicsTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @ParameterizedTest
    @ValueSource(strings = {"*", "**", "a.*", "*.a", "a.*.b", "a.**", "**.a", ".*", "*."})
    void aPatternIsNoTopic(String pattern) {
        String hint = "patterns are for allow";
        String encoded = pattern.replace("*", "%2A");
        Registered client = relay.api().register(1, "cats");
        try (TestSocket socket = TestSocket.open(client.url())) {
            assertThat(assertProblem(
                            relay.api().post("/register", "{\"user_id\":1,\"topics\":[\"cats\",\"" + pattern + "\"]}"),
                            400))
                    .contains(pattern, hint);
            String message = "{\"topic\":\"" + pattern + "\",\"message\":\"x\"}";
            assertThat(assertProblem(relay.api().post("/publish", message), 400))
                    .contains(pattern, hint);
            assertThat(assertProblem(relay.api().post("/publish/" + pattern, "x"), 400))
                    .contains(pattern, hint);
            assertThat(assertProblem(relay.api().post("/publish/" + encoded, "x"), 400))
                    .contains(pattern, hint);
            assertThat(assertProblem(relay.api().get("/topics/" + encoded), 400))
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
            socket.send("{\"topics\":[\"dogs\",\"" + pattern + "\"]}");
            assertThat(socket.receive()).startsWith("{\"error\":").contains(pattern, hint);
            relay.api().publish("cats", "still");
            assertThat(socket.receive()).isEqualTo("still");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a*", "*a", "a.b*", "***", "a.***.b", "*a*.b"})
    void anAsteriskWithinASegmentIsACharacterLikeAnyOther(String topic) {
        try (TestSocket socket = TestSocket.open(relay.api().register(1, topic).url())) {
            assertThat(relay.api().publish(topic, "x")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("x");
        }
    }
}
