package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.RedisCluster;
import relay.testing.RedisSentinels;
import relay.testing.RedisServer;
import relay.testing.TestSocket;

/** Two relays on each kind of engine, before and after another server takes over. */
class EngineKindsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** A master that is cut off from its replica takes nothing that would be lost. */
    private static final String[] CAREFUL = {"min-replicas-to-write 1", "min-replicas-max-lag 1"};

    @Test
    void sentinelsSayWhichServerItIs() {
        try (RedisSentinels sentinels = RedisSentinels.start(1, CAREFUL);
                TestRelays relays = TestRelays.start(2, sentinels.url())) {
            walk(relays, sentinels.master(), sentinels.replica(), sentinels::failOver);
        }
    }

    @Test
    void inAClusterItIsTheMasterOfThePrefix() {
        try (RedisCluster cluster = RedisCluster.start("kinds");
                TestRelays relays = TestRelays.start(2, cluster.url(), "--engine-prefix", "kinds")) {
            walk(relays, cluster.master(), cluster.replica(), cluster::failOver);
        }
    }

    private static void walk(TestRelays relays, RedisServer master, RedisServer replica, Runnable failOver) {
        Registered client = relays.api(0).registerKept(1, 60, "cats");
        try (TestSocket socket = relays.open(1, client);
                TestSocket other = relays.open(0, relays.api(1).register(2))) {
            relays.api(0).publish("cats", "before");
            assertThat(socket.receive()).isEqualTo("before");
            assertThat(other.receive()).isEqualTo("before");
            // WAIT is about what the asking connection has written: that of a test has written nothing.
            await().atMost(TIMEOUT).until(() -> registrations(replica).equals(registrations(master)));
            failOver.run();
            relays.awaitReady();
            publishSoonerOrLater(relays.api(1), "after");
            assertThat(next(socket)).isEqualTo("after");
            assertThat(next(other)).isEqualTo("after");
        }
        try (TestSocket socket = relays.open(0, client)) {
            publishSoonerOrLater(relays.api(1), "end");
            assertThat(Received.after("after", socket, 1)).containsExactly("end");
        }
    }

    private static Set<String> registrations(RedisServer server) {
        return Set.copyOf(server.ask("KEYS", "*:c:*"));
    }

    /** A master whose replica is not back yet takes nothing where it is careful. */
    private static void publishSoonerOrLater(Api api, String text) {
        String body = "{\"topic\":\"cats\",\"message\":\"" + text + "\"}";
        await().atMost(TIMEOUT).until(() -> api.publishWithKey(text, body).status() == 200);
    }

    /** The next text, but for gaps that say that something may have been lost. */
    private static String next(TestSocket socket) {
        String text = socket.receive();
        while (text.startsWith("{\"gap\":")) {
            text = socket.receive();
        }
        return text;
    }
}
