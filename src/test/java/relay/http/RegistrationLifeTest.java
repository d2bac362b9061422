package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.http.Problems.assertProblem;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
import relay.testing.TestSocket;

/** How long a registration lasts. The clock is the test's own. */
class RegistrationLifeTest {
    private final ManualClock clock = new ManualClock();

    @AutoClose
    private final TestRelay relay = TestRelay.start(clock, "--max-registrations", "2", "--register-ttl", "1m");

    @Test
    void aFullRelaySaysWhenToComeBack() {
        Registered first = relay.api().register(1);
        relay.api().register(2);
        Answer refused = relay.api().post("/register", "{\"user_id\":3}");
        assertThat(assertProblem(refused, 503)).contains("registrations");
        assertThat(refused.header("Retry-After")).isEqualTo("10");

        relay.api().delete("/register/" + first.id());
        assertThat(relay.api().post("/register", "{\"user_id\":3}").status()).isEqualTo(200);
        assertProblem(relay.api().post("/register", "{\"user_id\":4}"), 503);
    }

    @Test
    void aBadRegistrationTakesNoRoom() {
        relay.api().register(1);
        assertProblem(relay.api().post("/register", "{\"user_id\":-1}"), 400);
        assertProblem(relay.api().post("/register", "{\"user_id\":1,\"keep\":-1}"), 400);
        relay.api().register(2);
    }

    @Test
    void deletingTwiceMakesRoomForOne() {
        Registered first = relay.api().register(1);
        relay.api().register(2);
        relay.api().delete("/register/" + first.id());
        relay.api().delete("/register/" + first.id());
        relay.api().register(3);
        assertProblem(relay.api().post("/register", "{\"user_id\":4}"), 503);
    }

    @Test
    void aRegistrationThatNobodyConnectsToIsDropped() {
        Registered client = relay.api().register(1);
        passes(Duration.ofSeconds(59));
        assertThat(isKnown(client)).isTrue();
        passes(Duration.ofSeconds(1));
        awaitUnknown(client);
        relay.api().register(2);
        relay.api().register(3);
    }

    @Test
    void aConnectedRegistrationOutlivesTheTimeToConnect() {
        Registered client = relay.api().register(1);
        try (TestSocket socket = TestSocket.open(client.url())) {
            socket.barrier();
            passes(Duration.ofSeconds(61));
            assertThat(relay.api().publish("cats", "still here")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("still here");
        }
    }

    @Test
    void withoutKeepTheIdIsUnknownOnceTheSocketHasEnded() {
        Registered client = relay.api().register(1);
        TestSocket.open(client.url()).close();
        awaitUnknown(client);
    }

    @Test
    void withoutKeepTheIdIsUnknownOnceTheSocketWasLost() {
        Registered client = relay.api().register(1);
        TestSocket.open(client.url()).abort();
        awaitUnknown(client);
    }

    @Test
    void keepLetsTheSameUrlConnectAgainWithTheTopicsLastAskedFor() {
        String url = keep(10);
        TestSocket first = TestSocket.open(url);
        first.subscribe("dogs");
        first.close();
        awaitDisconnected("dogs");
        passes(Duration.ofSeconds(9));

        try (TestSocket second = TestSocket.open(url)) {
            second.barrier();
            assertThat(relay.api().publish("cats", "no longer asked for")).isZero();
            assertThat(relay.api().publish("dogs", "still asked for")).isEqualTo(1);
            assertThat(Stream.generate(second::receive)
                            .dropWhile("anybody there?"::equals)
                            .findFirst())
                    .hasValue("still asked for");
        }
    }

    @Test
    void keepEndsAfterItsSeconds() {
        Registered client = registered(keep(10));
        TestSocket.open(client.url()).close();
        awaitDisconnected("cats");
        passes(Duration.ofSeconds(9));
        assertThat(isKnown(client)).isTrue();
        passes(Duration.ofSeconds(1));
        awaitUnknown(client);
        relay.api().register(2);
        relay.api().register(3);
    }

    @Test
    void keepBeginsAnewWithEachLostSocket() {
        Registered client = registered(keep(10));
        for (int i = 0; i < 3; i++) {
            TestSocket.open(client.url()).close();
            awaitDisconnected("cats");
            passes(Duration.ofSeconds(6));
        }
        assertThat(isKnown(client)).isTrue();
    }

    @Test
    void deletingEndsKeepAtOnce() {
        Registered client = registered(keep(10));
        TestSocket.open(client.url()).close();
        assertThat(relay.api().delete("/register/" + client.id()).status()).isEqualTo(200);
        assertThat(isKnown(client)).isFalse();
    }

    @Test
    void deletingIsIdempotent() {
        Registered client = relay.api().register(1);
        for (int i = 0; i < 3; i++) {
            Answer answer = relay.api().delete("/register/" + client.id());
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Content-Type")).isEqualTo("application/json");
            assertThat(answer.body()).isEqualTo("{\"status\":\"ok\"}");
            assertThat(isKnown(client)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00000000000000000000000000000000",
                "x",
                "0",
                "a/b",
                "%20",
                "625ac78b-88e0-47a1-bc7b-3f8459702078",
                "625AC78B88E047A1BC7B3F8459702078"
            })
    void deletingWhatIsNotThereIsFine(String id) {
        assertThat(relay.api().delete("/register/" + id).status()).isEqualTo(200);
    }

    @Test
    void theIdInAnotherSpellingDeletesNothing() {
        Registered client = relay.api().register(1);
        relay.api().delete("/register/" + client.id().substring(1));
        relay.api().delete("/register/" + client.id() + "0");
        relay.api().delete("/register/x/" + client.id());
        assertThat(isKnown(client)).isTrue();
    }

    private String keep(int seconds) {
        return relay.api()
                .post("/register", "{\"user_id\":1,\"keep\":" + seconds + "}")
                .json()
                .get("url")
                .asText();
    }

    private static Registered registered(String url) {
        return new Registered(url.substring(url.length() - 32), url);
    }

    private void passes(Duration time) {
        clock.advance(time);
        relay.api().publish("nobody", "wakes the worker, so that it looks at the clock");
    }

    private void awaitUnknown(Registered client) {
        await().until(() -> !isKnown(client));
    }

    private void awaitDisconnected(String topic) {
        await().until(() -> relay.api().publish(topic, "anybody there?") == 0);
    }

    /** A plain request to a known client's URL is told to upgrade (426), to an unknown one's that there is none. */
    private boolean isKnown(Registered client) {
        int status = relay.api().get("/ws/" + client.id()).status();
        assertThat(status).isIn(404, 426);
        return status == 426;
    }
}
