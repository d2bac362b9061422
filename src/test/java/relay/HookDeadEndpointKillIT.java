package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api.Registered;
import relay.testing.HookCatcher;
import relay.testing.HookFlags;
import relay.testing.RelayProcess;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** A relay with {@code --data} is killed while the backend's endpoint is down: the backend hears of all, in order, each event by one id. */
class HookDeadEndpointKillIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int KEEP = 600;

    private final HookCatcher endpoint = HookCatcher.start().answering(HookCatcher.status(503));

    /** The events that came, by their ids, each in a few words. */
    private final Map<String, String> events = new LinkedHashMap<>();

    @TempDir
    private Path folder;

    @AfterEach
    void close() throws Exception {
        endpoint.close();
    }

    @Test
    void nothingIsLostAndNobodyWhoIsKeptIsGone() throws Exception {
        String[] flags =
                HookFlags.to(endpoint.url(), "--data", folder.resolve("data").toString(), "--port", "0");
        List<String> expected = new ArrayList<>();
        Registered kept;
        Registered unkept;
        String lost;
        try (RelayProcess relay = RelayProcess.start(flags)) {
            relay.port();
            kept = relay.api().registerKept(1, KEEP, "cats");
            unkept = relay.api().register(2, "cats");
            Registered deleted = relay.api().registerKept(3, KEEP, "cats");
            for (Registered client : List.of(kept, unkept, deleted)) {
                TestSocket.open(client.url());
                expected.add("client.connected " + digits(client));
            }
            relay.api().delete("/register/" + deleted.id());
            expected.add("client.gone " + digits(deleted));
            lost = relay.api()
                    .post("/publish", "{\"user_id\":9,\"topic\":\"cats\",\"message\":\"x\",\"ttl\":4}")
                    .json()
                    .get("id")
                    .asText();
            // What is written behind it is: only the last moments before a kill are not known.
            await().atMost(PATIENCE)
                    .until(() -> Files.readString(folder.resolve("data").resolve("hook-events"))
                            .contains(lost.substring(lost.indexOf('-') + 1)));
            endpoint.take();
            relay.kill();
        }
        int beforeKill = expected.size();
        expected.add("client.gone " + digits(unkept));
        expected.add("message.undelivered " + lost);
        endpoint.answering(HookCatcher.status(204));
        try (RelayProcess relay = RelayProcess.start(flags)) {
            String url = kept.url().replaceFirst(":\\d+/", ":" + relay.port() + "/");
            try (TestSocket page = TestSocket.open(url)) {
                await().atMost(PATIENCE).until(() -> take().containsAll(expected));
                assertThat(take()).hasSameSizeAs(expected);
                assertThat(take().subList(0, beforeKill)).isEqualTo(expected.subList(0, beforeKill));
                relay.api().delete("/register/" + kept.id());
                assertThat(page.closeCode()).isEqualTo(4404);
                expected.add("client.gone " + digits(kept));
                await().atMost(PATIENCE).until(() -> take().size() >= expected.size());
                assertThat(take()).hasSameSizeAs(expected).endsWith("client.gone " + digits(kept));
            }
        }
    }

    private static String digits(Registered client) {
        return client.id().substring(0, 8);
    }

    /** All events so far, in the order in which they came first. */
    private List<String> take() {
        while (endpoint.left() > 0) {
            for (JsonNode event : TestJson.parse(endpoint.take().text()).at("/data/events")) {
                events.put(
                        event.get("id").asText(),
                        event.get("type").asText() + " " + event.at("/data/id").asText());
            }
        }
        return List.copyOf(events.values());
    }
}
