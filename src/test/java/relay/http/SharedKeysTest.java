package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RedisServer;

/** {@code Idempotency-Key} over two relays that share a real server. */
class SharedKeysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void whatTheFirstRequestWasAnsweredIsAnsweredAgainAsSoonAsItIsKnown() {
        try (RedisServer server = RedisServer.start();
                TestRelay one = TestRelay.start("--engine", server.url());
                TestRelay two = TestRelay.start("--engine", server.url())) {
            one.api().awaitReady();
            two.api().awaitReady();
            Answer first = publish(one, "really are");
            assertThat(first.status()).isEqualTo(200);
            String key = server.ask("KEYS", "{relay}:k:*").get(0);
            await().atMost(PATIENCE)
                    .until(() -> server.ask("HGET", key, "answer").equals(List.of(first.body())));
            // As if its relay had died, or still waited for acknowledgements.
            server.ask("HDEL", key, "answer");
            Answer unknown = publish(two, "really are");
            assertThat(unknown.status()).isEqualTo(200);
            assertThat(unknown.header("Idempotent-Replayed")).isEqualTo("true");
            assertThat(unknown.body())
                    .isEqualTo("{\"id\":\"" + first.json().get("id").asText() + "\"}");
            server.ask("HSET", key, "answer", first.body());
            assertThat(publish(two, "really are").body()).isEqualTo(first.body());
            Answer other = publish(two, "are not");
            assertThat(other.status()).isEqualTo(409);
            assertThat(other.body()).contains("stands for another request");
        }
    }

    private static Answer publish(TestRelay relay, String body) {
        return relay.api().send("POST", "/publish/cats", body, "Idempotency-Key", "order");
    }
}
