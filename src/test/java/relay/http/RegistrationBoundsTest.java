package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.TestSocket;

/** How many registrations and topics there may be. */
class RegistrationBoundsTest {
    @Test
    void aUserWithAsManyRegistrationsAsOneMayGets429AndOthersAreServed() {
        try (TestRelay relay = TestRelay.start("--max-registrations-per-user", "2")) {
            Api api = relay.api();
            api.register(1);
            String second = api.register(1).id();
            Api.Answer refused = api.post("/register", "{\"user_id\":\"1\"}");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.header("Retry-After")).isEqualTo("60");
            assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(refused.detail()).contains("2 registrations");
            api.register(2);
            api.delete("/register/" + second);
            api.register(1);
        }
    }

    @Test
    void whereAllClientsTogetherAskForAsManyTopicsAsTheyMayMoreGet503() {
        try (TestRelay relay = TestRelay.start("--max-subscriptions", "3")) {
            Api api = relay.api();
            api.register(1, "a", "b");
            Api.Answer refused = api.post("/register", "{\"user_id\":2,\"topics\":[\"a\",\"b\"]}");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isEqualTo("10");
            api.register(2, "c");
        }
    }

    @Test
    void aChangeOfTopicsForWhichThereIsNoRoomIsAnsweredWithAnErrorAndChangesNothing() {
        try (TestRelay relay = TestRelay.start("--max-subscriptions", "3")) {
            Api api = relay.api();
            String other = api.register(1, "x", "y").id();
            try (TestSocket socket = TestSocket.open(api.register(2, "a").url())) {
                socket.send("{\"topics\":[\"b\",\"c\"]}");
                assertThat(socket.receive()).contains("\"unavailable\"", "topics as it may");
                api.publish("b", "not asked for");
                api.publish("a", "asked for");
                assertThat(socket.receive()).isEqualTo("asked for");
                api.delete("/register/" + other);
                socket.subscribe("b", "c");
                api.publish("b", "asked for now");
                assertThat(socket.receive()).isEqualTo("asked for now");
            }
            String three = "{\"user_id\":3,\"topics\":[\"a\",\"b\",\"c\"]}";
            await().until(() -> api.post("/register", three).status() == 200);
        }
    }
}
