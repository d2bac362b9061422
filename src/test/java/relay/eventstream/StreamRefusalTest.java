package relay.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.EventStreamReader;

/** A browser's {@code EventSource} gives up for good on any answer but 200: what passes is said to it in a stream. */
@Timeout(60)
class StreamRefusalTest {

    @Test
    void whoeverAsksForAStreamWhereThereIsNoRoomIsToldInOneWhenToComeBack() throws IOException {
        try (TestRelay relay = TestRelay.start("--max-connections", "1")) {
            String id = relay.api().register(1).id();
            try (EventStreamReader open =
                    EventStreamReader.open(relay.port(), relay.api().register(1).id(), "")) {
                assertThat(open.head()).startsWith("HTTP/1.1 200");
                Set<String> refusals = new HashSet<>();
                for (int i = 0; i < 5; i++) {
                    refusals.add(assertRefusedInAStream(ask(relay, id), "as many connections as it may"));
                }
                assertThat(refusals).as("they are not to come back at once").hasSizeGreaterThan(1);
                Answer other = relay.api().get("/sse/" + id);
                assertProblem(other, 503);
                assertThat(other.header("Retry-After")).isEqualTo("10");
            }
        }
    }

    @Test
    void tooManyFromOneAddressAreToldInAStreamAndWhatDoesNotPassIsNot() {
        try (TestRelay relay = TestRelay.startLimitingLoopback(() -> 0, "--max-handshakes-per-second", "3")) {
            assertProblem(ask(relay, "0123"), 404);
            String id = relay.api().register(1).id();
            assertProblem(ask(relay, id + "?x=1"), 400);
            assertProblem(
                    relay.api().send("GET", "/sse/" + id, "", "Accept", "text/event-stream", "Last-Event-ID", "x"),
                    400);
            assertRefusedInAStream(ask(relay, id), "too many of these from this address");
            assertProblem(relay.api().send("GET", "/ws/" + id, "", "Accept", "text/event-stream"), 429);
        }
    }

    private static Answer ask(TestRelay relay, String id) {
        return relay.api()
                .send("GET", "/sse/" + id, "", "Accept", "text/event-stream", "Origin", "https://page.example");
    }

    private static String assertRefusedInAStream(Answer answer, String why) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("text/event-stream");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store, no-transform");
        assertThat(answer.header("Access-Control-Allow-Origin")).isNotEmpty();
        assertThat(answer.headers()).doesNotContainKey("retry-after");
        assertThat(answer.body())
                .matches("retry: \\d{3,5}\nevent: close\ndata: \\{\"code\":1013,\"reason\":\".*" + why + ".*\"}\n\n");
        return answer.body();
    }
}
