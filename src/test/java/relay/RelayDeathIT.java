package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.RedisServer;
import relay.testing.RelayProcess;
import relay.testing.TestSocket;

/** One of two relays is killed, told to stop or stands still: its clients go on at the other. */
class RelayDeathIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @AutoClose
    private final RedisServer server = RedisServer.start();

    @AutoClose
    private final TestRelays survivor = TestRelays.start(1, server.url());

    @AutoClose
    private final RelayProcess mortal =
            RelayProcess.start("--port", "0", "--engine", server.url(), "--drain", "1s", "--ping-interval", "2s");

    private final Api there = survivor.api(0);

    @Test
    void whoWasServedByARelayThatWasKilledGoesOnAtAnotherAndMissesNothing() {
        Registered client = ready().registerKept(1, 60, "cats");
        try (TestSocket socket = TestSocket.open(client.url())) {
            publish(0, 200);
            assertThat(socket.receive(200)).isEqualTo(numbers(0, 200));
            mortal.signal("KILL");
            publish(200, 300);
            assertThat(socket.closeCode()).isEqualTo(1006);
        }
        try (TestSocket socket = survivor.open(0, client)) {
            there.publish("cats", "300");
            List<String> received = upTo("300", socket);
            assertThat(received).isEqualTo(numbers(301 - received.size(), 301));
            assertThat(received).hasSizeGreaterThan(100);
        }
    }

    @Test
    void whatWasAcknowledgedAWhileBeforeDoesNotComeAgain() {
        Registered client = ready().registerKept(1, 60, "cats");
        try (TestSocket socket = TestSocket.open(client.url())) {
            publish(0, 20);
            String last = there.publishForId("cats", "20");
            assertThat(socket.receive(21)).isEqualTo(numbers(0, 21));
            String sequence = last.substring(last.indexOf('-') + 1);
            await().atMost(TIMEOUT).until(() -> stored(client).contains(sequence));
            mortal.signal("KILL");
        }
        there.publish("cats", "new");
        try (TestSocket socket = survivor.open(0, client)) {
            assertThat(socket.receive()).isEqualTo("new");
        }
    }

    @Test
    void whoWasServedByARelayThatStopsGoesOnAtAnotherAndMissesNothing() {
        Registered client = ready().registerKept(1, 60, "cats");
        try (TestSocket socket = TestSocket.open(client.url())) {
            publish(0, 100);
            assertThat(socket.receive(100)).isEqualTo(numbers(0, 100));
            mortal.terminate();
            assertThat(socket.closeCode()).isEqualTo(1001);
        }
        assertThat(mortal.exitStatus()).isZero();
        publish(100, 110);
        try (TestSocket socket = survivor.open(0, client)) {
            List<String> received = upTo("109", socket);
            assertThat(received).isEqualTo(numbers(110 - received.size(), 110));
            assertThat(received).hasSizeGreaterThanOrEqualTo(10);
        }
    }

    @Test
    void aRelayThatStoodStillLearnsThatItsClientIsServedElsewhere() {
        Registered client = ready().registerKept(1, 60, "cats");
        TestSocket older = TestSocket.open(client.url());
        publish(0, 1);
        assertThat(older.receive()).isEqualTo("0");
        mortal.signal("STOP");
        try (TestSocket newer = survivor.open(0, client)) {
            publish(1, 2);
            assertThat(upTo("1", newer)).endsWith("1");
            mortal.signal("CONT");
            assertThat(older.closeCode()).isEqualTo(4409);
            mortal.api().awaitReady();
            mortal.api().publish("cats", "2");
            assertThat(newer.receive()).isEqualTo("2");
        }
        try (TestSocket newest = survivor.open(0, client)) {
            there.publish("cats", "3");
            assertThat(upTo("3", newest)).endsWith("3");
        }
    }

    @Test
    void aRelayThatIsKilledLeavesNothingBehindForGood() {
        Api here = ready();
        there.publish("cats", "are awesome");
        Set<String> forGood = keysForGood();
        for (int i = 0; i < 10; i++) {
            here.registerKept(i, 5, "cats", "topic" + i);
            TestSocket.open(here.registerKept(i, 5, "cats", "topic" + i).url());
            here.publish(i, "cats", "to " + i);
            here.publish("topic" + i, "to all");
        }
        assertThat(server.ask("PUBSUB", "CHANNELS", "*topic*")).hasSize(10);
        mortal.signal("KILL");
        await().atMost(TIMEOUT)
                .until(() -> server.ask("PUBSUB", "CHANNELS", "*topic*").isEmpty());
        assertThat(server.ask("DBSIZE")).isNotEqualTo(List.of(String.valueOf(forGood.size())));
        assertThat(keysForGood()).isEqualTo(forGood);
    }

    @Test
    void noPasswordAndNoWholeIdIsLogged() {
        try (RedisServer locked = RedisServer.start("requirepass hush-hush");
                RelayProcess relay = RelayProcess.start(
                        Map.of("RELAY_ENGINE", "redis://:hush-hush@127.0.0.1:" + locked.port()),
                        "--port",
                        "0",
                        "--log-level",
                        "trace")) {
            relay.api().awaitReady();
            Registered client = relay.api().registerKept(1, 5, "cats");
            try (TestSocket socket = TestSocket.open(client.url())) {
                relay.api().publish("cats", "are awesome");
                assertThat(socket.receive()).isEqualTo("are awesome");
            }
            locked.kill();
            relay.awaitLog(Pattern.compile("the connection to the engine was lost"));
            relay.api().awaitReady(503);
            String ready = relay.api().get("/ready").body();
            assertThat(relay.out() + relay.err() + ready)
                    .doesNotContain("hush-hush")
                    .doesNotContain(client.id());
        }
    }

    private Api ready() {
        mortal.api().awaitReady();
        return mortal.api();
    }

    private void publish(int from, int to) {
        numbers(from, to).forEach(number -> there.publish("cats", number));
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(String::valueOf).toList();
    }

    private static List<String> upTo(String last, TestSocket socket) {
        List<String> received = new ArrayList<>(socket.receive(1));
        while (!received.get(received.size() - 1).equals(last)) {
            received.add(socket.receive());
        }
        return received;
    }

    /** All that the engine has of a registration. */
    private List<String> stored(Registered client) {
        return server.ask("KEYS", "*" + client.id() + "*").stream()
                .flatMap(key -> server.ask("HGETALL", key).stream())
                .toList();
    }

    private Set<String> keysForGood() {
        Set<String> keys = new TreeSet<>(server.ask("KEYS", "*"));
        keys.removeIf(key -> !server.ask("TTL", key).equals(List.of("-1")));
        return keys;
    }
}
