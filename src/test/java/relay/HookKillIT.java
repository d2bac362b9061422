package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api.Registered;
import relay.testing.HookCatcher;
import relay.testing.HookCatcher.Caught;
import relay.testing.HookFlags;
import relay.testing.MortalRelay;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/**
 * A relay with its data on disk is killed while it posts: no event is lost, and what comes again has the id that it had. {@code
 * -Drelay.kill.seed=…} repeats a run's choices.
 */
class HookKillIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int KILLS = 4;
    private static final int CLIENTS = 8;

    private final long seed = Long.getLong("relay.kill.seed", System.nanoTime());
    private final Random random = new Random(seed);

    /** What each event was when it came first, by its id. */
    private final Map<String, JsonNode> events = new LinkedHashMap<>();

    /** What each batch was when it came first. */
    private final Map<String, String> batches = new HashMap<>();

    @Test
    void everyClientThatHadBeenConnectedComesOnceAndGoesOnce(@TempDir Path data) throws Exception {
        List<String> expected = new ArrayList<>();
        try (HookCatcher endpoint = HookCatcher.start();
                MortalRelay relay = MortalRelay.start(HookFlags.to(endpoint.url(), "--data", data.toString()))) {
            for (int kill = 0; kill < KILLS; kill++) {
                // Half of the time nothing is taken before the kill.
                endpoint.answering(HookCatcher.status(random.nextBoolean() ? 204 : 503));
                List<Registered> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    Registered client = relay.api().registerKept(i, 600, "cats");
                    clients.add(client);
                    TestSocket.open(client.url()).close();
                    expected.add(client.id().substring(0, 8));
                }
                // What has been answered is stored.
                clients.subList(0, random.nextInt(CLIENTS))
                        .forEach(client -> relay.api().delete("/register/" + client.id()));
                relay.killAndStart();
                relay.awaitReady();
            }
            endpoint.answering(HookCatcher.status(204));
            for (int i = 0; i < CLIENTS; i++) {
                relay.api().delete("/clients?user_id=" + i);
            }
            await().atMost(TIMEOUT).untilAsserted(() -> {
                receive(endpoint);
                assertThat(ids("client.gone")).as("seed " + seed).containsExactlyInAnyOrderElementsOf(expected);
            });
            assertThat(ids("client.connected")).as("seed " + seed).containsExactlyInAnyOrderElementsOf(expected);
            expected.forEach(client ->
                    assertThat(types(client)).as("seed " + seed).containsExactly("client.connected", "client.gone"));
            assertThat(relay.log()).doesNotContain("ERROR");
        }
    }

    private void receive(HookCatcher endpoint) {
        while (endpoint.left() > 0) {
            Caught request = endpoint.take();
            String before = batches.putIfAbsent(request.id(), request.text());
            assertThat(before == null ? request.text() : before)
                    .as("seed " + seed)
                    .isEqualTo(request.text());
            TestJson.parse(request.text()).at("/data/events").forEach(event -> {
                JsonNode known = events.putIfAbsent(event.get("id").asText(), event);
                assertThat(known == null ? event : known).isEqualTo(event);
                assertThat(event.has("dropped")).isFalse();
            });
        }
    }

    private List<String> ids(String type) {
        return events.values().stream()
                .filter(event -> event.get("type").asText().equals(type))
                .map(event -> event.at("/data/id").asText())
                .toList();
    }

    private List<String> types(String client) {
        return events.values().stream()
                .filter(event -> event.at("/data/id").asText().equals(client))
                .map(event -> event.get("type").asText())
                .toList();
    }
}
