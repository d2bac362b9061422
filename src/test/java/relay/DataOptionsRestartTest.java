package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api.Registered;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** One relay after the other on the same {@code --data}: what a publisher asked for beside the message, and retained values. */
class DataOptionsRestartTest {
    @TempDir
    private Path data;

    private TestRelay relay;

    @BeforeEach
    void start() {
        relay = TestRelay.start("--data", data.toString(), "--drain", "5s");
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aNewSubscriberGetsTheRetainedValuesOfAnEarlierRunFirst() throws Exception {
        publish("{\"topics\":[\"a\",\"b\"],\"message\":\"old\",\"retain\":true}");
        JsonNode published = publish("{\"topic\":\"b\",\"message\":\"newer\",\"retain\":true}");
        publish("{\"topic\":\"a\",\"message\":\"not retained\"}");
        publish("{\"topic\":\"c\",\"message\":\"cleared\",\"retain\":true}");
        publish("{\"topic\":\"c\",\"message\":null,\"retain\":true}");
        restart();
        Registered client = relay.api().register(1, "a", "b", "c");
        try (TestSocket socket = TestSocket.open(url(client))) {
            JsonNode a = TestJson.parse(socket.receive());
            assertThat(a.path("topic").asText()).isEqualTo("a");
            assertThat(a.path("message").asText()).isEqualTo("old");
            assertThat(a.path("retained").asBoolean()).isTrue();
            JsonNode b = TestJson.parse(socket.receive());
            assertThat(b.path("id")).isEqualTo(published.path("id"));
            assertThat(b.path("message").asText()).isEqualTo("newer");
            publish("{\"topic\":\"c\",\"message\":\"live\"}");
            JsonNode live = TestJson.parse(socket.receive());
            assertThat(live.path("message").asText()).isEqualTo("live");
            assertThat(live.path("time").asText())
                    .isGreaterThanOrEqualTo(b.path("time").asText());
        }
    }

    @Test
    void aMessageOfAnEarlierRunComesOnceOnOneOfItsTopicsAndNotToWhomeverItExcludes() throws Exception {
        Registered client = relay.api().registerKept(1, 600, "b", "c");
        Registered excluded = relay.api().registerKept(1, 600, "b", "c");
        JsonNode published = publish("{\"topics\":[\"a\",\"c\",\"b\"],\"message\":\"once\",\"exclude\":\""
                + excluded.id() + "\",\"ttl\":3600}");
        restart();
        publish("{\"topic\":\"b\",\"message\":\"new\"}");
        try (TestSocket socket = TestSocket.open(url(client));
                TestSocket other = TestSocket.open(url(excluded))) {
            JsonNode once = TestJson.parse(socket.receive());
            assertThat(once.path("id")).isEqualTo(published.path("id"));
            assertThat(once.path("topic").asText()).isEqualTo("c");
            assertThat(TestJson.parse(socket.receive()).path("message").asText())
                    .isEqualTo("new");
            assertThat(TestJson.parse(other.receive()).path("message").asText()).isEqualTo("new");
        }
    }

    private JsonNode publish(String json) {
        return relay.api().post("/publish", json).json();
    }

    private String url(Registered client) {
        return relay.socketUri(client.id()) + "?format=json";
    }

    /** As after SIGTERM. */
    private void restart() throws Exception {
        relay.drainAndStop();
        start();
    }
}
