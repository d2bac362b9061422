package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.EventStreamReader;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** Register, start the job, hand over the URL: what the job publishes meanwhile is there. */
class FirstConnectionTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start("--history-messages", "5");

    private static final Api api = relay.api();

    @Test
    void theAnswerSaysTheNewestMessage() {
        String newest = api.publishForId("cats", "before");
        assertThat(register("answer", 0).json().get("after").asText()).isEqualTo(newest);
        assertThat(register("answer", 60).json().get("after").asText()).isEqualTo(newest);
    }

    @Test
    void aWebSocketGetsWhatWasPublishedSinceItsRegistration() {
        Answer registered = register("socket", 60);
        api.publish("socket", "job started");
        try (TestSocket socket = TestSocket.open(registered.json().get("url").asText())) {
            api.publish("socket", "job done");
            assertThat(socket.receive(2)).containsExactly("job started", "job done");
        }
    }

    @Test
    void soDoesOneThatAsksForEnvelopes() {
        Answer registered = register("envelopes", 60);
        String id = api.publishForId("envelopes", "job started");
        try (TestSocket socket = TestSocket.open(registered.json().get("url").asText() + "?format=json")) {
            assertThat(TestJson.valueOrText(socket.receive()).get("id").asText())
                    .isEqualTo(id);
        }
    }

    @Test
    void soDoesAnEventStream() throws IOException {
        Answer registered = register("events", 60);
        String id = api.publishForId("events", "job started");
        try (EventStreamReader events =
                EventStreamReader.open(relay.port(), registered.json().get("id").asText(), "")) {
            assertThat(nextEvent(events)).isEqualTo("id: " + id + "\ndata: job started\n");
        }
    }

    @Test
    void whatIsNoLongerHeldIsAGap() throws IOException {
        Answer registered = register("gap", 60);
        Answer streamed = register("gap", 60);
        for (int i = 0; i < 7; i++) {
            api.publish("gap", String.valueOf(i));
        }
        try (TestSocket socket = TestSocket.open(registered.json().get("url").asText());
                EventStreamReader events = EventStreamReader.open(
                        relay.port(), streamed.json().get("id").asText(), "")) {
            String gap = "{\"gap\":{\"topic\":\"gap\",\"after\":\"%s\",\"reason\":\"trimmed\"}}";
            assertThat(socket.receive(2))
                    .containsExactly(
                            gap.formatted(registered.json().get("after").asText()), "2");
            assertThat(nextEvent(events))
                    .isEqualTo("event: gap\ndata: "
                            + gap.formatted(streamed.json().get("after").asText()) + "\n");
        }
    }

    @Test
    void withoutKeepTheFirstConnectionBeginsNowUnlessItSaysThePosition() {
        Answer registered = register("unkept", 0);
        Answer other = register("unkept", 0);
        api.publish("unkept", "job started");
        String after = other.json().get("after").asText();
        try (TestSocket now = TestSocket.open(registered.json().get("url").asText());
                TestSocket then = TestSocket.open(other.json().get("url").asText() + "?after=" + after)) {
            api.publish("unkept", "job done");
            assertThat(now.receive()).isEqualTo("job done");
            assertThat(then.receive(2)).containsExactly("job started", "job done");
        }
    }

    private static Answer register(String topic, int keep) {
        return api.post("/register", "{\"user_id\":1,\"topics\":[\"" + topic + "\"],\"keep\":" + keep + "}");
    }

    private static String nextEvent(EventStreamReader events) throws IOException {
        String event = events.next();
        while (event.startsWith(":")) {
            event = events.next();
        }
        return event;
    }
}
