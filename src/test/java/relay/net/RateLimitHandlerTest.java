package relay.net;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
import relay.testing.TestSocket;

/** How often one address may open connections and register. */
@Timeout(60)
class RateLimitHandlerTest {
    private final ManualClock clock = new ManualClock();

    private TestRelay start(String... flags) {
        return TestRelay.startLimitingLoopback(clock, flags);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/", "/sse/"})
    void handshakesBeyondTheRateAre429WhomeverTheyAskFor(String path) {
        try (TestRelay relay = start("--max-handshakes-per-second", "2")) {
            Registered client = relay.api().register(1);
            try (TestSocket bystander = TestSocket.open(client.url())) {
                assertProblem(relay.api().get(path + "x"), 404);
                for (int i = 0; i < 5; i++) {
                    Answer refused = relay.api().get(path + client.id());
                    assertThat(assertProblem(refused, 429)).contains("come back");
                    assertThat(refused.header("Retry-After")).isEqualTo("1");
                }
                assertThat(relay.api().publish("cats", "meanwhile")).isEqualTo(1);
                assertThat(bystander.receive()).isEqualTo("meanwhile");
                clock.advance(Duration.ofMillis(500));
                assertProblem(relay.api().get(path + "x"), 404);
                assertProblem(relay.api().get(path + "x"), 429);
            }
        }
    }

    @Test
    void registrationsBeyondTheRateAre429AndRegisterNobody() {
        try (TestRelay relay = start("--max-registrations-per-second", "2", "--max-registrations", "3")) {
            relay.api().register(1);
            relay.api().register(1);
            for (int i = 0; i < 5; i++) {
                Answer refused = relay.api().post("/register", "{\"user_id\":1}");
                assertProblem(refused, 429);
                assertThat(refused.header("Retry-After")).isEqualTo("1");
            }
            clock.advance(Duration.ofSeconds(1));
            relay.api().register(1);
            assertProblem(relay.api().post("/register", "{\"user_id\":1}"), 503);
        }
    }

    @Test
    void nothingElseIsCounted() {
        try (TestRelay relay = start("--max-registrations-per-second", "1", "--max-handshakes-per-second", "1")) {
            for (int i = 0; i < 5; i++) {
                assertThat(relay.api().get("/health").status()).isEqualTo(200);
                assertThat(relay.api().publish("cats", "x")).isZero();
                assertThat(relay.api().delete("/register/x").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void pagesMayReadTheRefusal() {
        try (TestRelay relay = start("--max-handshakes-per-second", "1")) {
            relay.api().get("/ws/x");
            Answer refused = relay.api().send("GET", "/ws/x", "", "Origin", "https://any.example");
            assertProblem(refused, 429);
            assertThat(refused.header("Access-Control-Allow-Origin")).isEqualTo("https://any.example");
        }
    }

    @Test
    void loopbackAddressesHaveNoLimitBecauseAProxyMayStandThere() {
        try (TestRelay relay = TestRelay.start(
                clock,
                "--max-registrations-per-second",
                "1",
                "--max-handshakes-per-second",
                "1",
                "--max-connections-per-address",
                "1")) {
            for (int i = 0; i < 5; i++) {
                relay.api().register(1);
                assertProblem(relay.api().get("/ws/x"), 404);
            }
        }
    }
}
