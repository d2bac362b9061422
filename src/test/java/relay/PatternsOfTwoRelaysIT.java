package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** Patterns, where a client is served by one relay and everything else happens at another. */
class PatternsOfTwoRelaysIT extends PairOfRelays {

    private TestSocket openDirectly(int relay, String query) {
        return TestSocket.open("ws://localhost:" + relays.relay(relay).port() + "/ws?" + query);
    }

    @Test
    void whatMatchesAPatternIsReceivedWhereverItIsPublished() {
        try (TestSocket socket = relays.open(1, here.register(1, "orders.*", "orders.new"))) {
            here.publish("orders.new", "1");
            here.publish("orders.new.here", "one segment too deep");
            there.publish("orders.new.here", "one segment too deep");
            there.publish("orders.old", "2");
            here.publish(1, "orders.own", "3");
            here.publish(2, "orders.own", "another's");
            here.publish("orders.new", "4");
            assertThat(socket.receive(4)).containsExactly("1", "2", "3", "4");
        }
    }

    @Test
    void queuedCountsAClientOnceThoughItsTopicComesInSeveralWays() {
        try (TestSocket socket = relays.open(1, here.register(1, "orders.*", "orders.**", "orders.new"))) {
            socket.barrier();
            assertThat(here.post("/publish?confirm=20s", "{\"topic\":\"orders.new.here\",\"message\":\"1\"}")
                            .json()
                            .get("queued")
                            .asInt())
                    .isEqualTo(1);
            assertThat(here.post("/publish?confirm=20s", "{\"topic\":\"orders.new\",\"message\":\"2\"}")
                            .json()
                            .get("queued")
                            .asInt())
                    .isEqualTo(1);
            assertThat(socket.receive(2)).containsExactly("1", "2");
        }
    }

    @Test
    void aPatternBeginsWithThePastOfTopicsThatThisRelayHasNeverSeen() {
        for (int i = 0; i < 300; i++) {
            here.publish("orders." + i % 150, "m" + i);
        }
        here.publish("orders.a.b", "too deep");
        here.publish(2, "orders.own", "another's");
        try (TestSocket socket = openDirectly(1, "topic=orders.*&since=all&user_id=1")) {
            here.publish("orders.new", "after");
            assertThat(socket.receive(301)).hasSize(301).startsWith("m0", "m1").endsWith("m299", "after");
        }
    }

    @Test
    void aClientOfAPatternGoesOnAtARelayThatHasJustStarted() {
        Registered client = here.registerKept(1, 600, "orders.*");
        try (TestSocket socket = relays.open(0, client)) {
            here.publish("orders.new", "before");
            assertThat(socket.receive()).isEqualTo("before");
        }
        here.publish("orders.new", "meanwhile");
        here.publish("orders.another", "meanwhile, too");
        try (TestRelay fresh = TestRelay.start("--engine", server.url(), "--engine-prefix", prefix)) {
            fresh.api().awaitReady();
            try (TestSocket socket =
                    TestSocket.open(fresh.socketUri(client.id()).toString())) {
                here.publish("orders.new", "after");
                List<String> received = new ArrayList<>();
                while (!received.contains("after")) {
                    received.add(socket.receive());
                }
                // The first one comes again unless it was acknowledged.
                assertThat(received.stream().filter(text -> !text.equals("before")))
                        .containsExactly("meanwhile", "meanwhile, too", "after");
            }
        }
    }
}
