package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the servers which the tests of the engine rely on do what these tests make of them. */
class RedisFixturesIT {
    @Test
    void acknowledgedWritesSurviveAKillIfEveryWriteIsAppended() {
        try (RedisServer server = RedisServer.start(RedisServer.APPEND_ALWAYS)) {
            String runId = server.info("run_id");
            server.ask("SET", "cats", "are awesome");
            server.kill();
            assertThatThrownBy(() -> server.ask("PING")).isInstanceOf(UncheckedIOException.class);
            server.startAgain();
            assertThat(server.ask("GET", "cats")).containsExactly("are awesome");
            assertThat(server.info("run_id")).isNotEqualTo(runId);
        }
    }

    @Test
    void nothingSurvivesAKillWithoutPersistence() {
        try (RedisServer server = RedisServer.start()) {
            server.ask("SET", "cats", "are awesome");
            server.restart();
            assertThat(server.ask("GET", "cats")).isEmpty();
        }
    }

    @Test
    void aFullServerRefusesToWrite() {
        try (RedisServer server = RedisServer.start("maxmemory 100mb")) {
            server.ask("SET", "dogs", "woof".repeat(1 << 20));
            server.ask("CONFIG", "SET", "maxmemory", "4mb");
            assertThatThrownBy(() -> server.ask("SET", "cats", "are awesome"))
                    .isInstanceOf(RedisErrorException.class)
                    .hasMessageStartingWith("OOM ");
        }
    }

    @Test
    void sentinelsMakeAReplicaTheMasterAndTheMasterAReplica() {
        try (RedisSentinels sentinels = RedisSentinels.start(1)) {
            RedisServer first = sentinels.master();
            first.ask("SET", "cats", "are awesome");
            awaitIn(sentinels.replica(), "cats");
            RedisServer second = sentinels.failOver();
            assertThat(second.port()).isNotEqualTo(first.port());
            assertThat(second.ask("GET", "cats")).containsExactly("are awesome");
            assertThatThrownBy(() -> first.ask("SET", "cats", "meow")).hasMessageStartingWith("READONLY ");
            assertThat(sentinels.failOverFrozen()).isSameAs(first);
            assertThat(sentinels.master()).isSameAs(first);
        }
    }

    @Test
    void aClusterFailsOverTheMasterOfTheKeys() {
        try (RedisCluster cluster = RedisCluster.start("relay")) {
            RedisServer first = cluster.master();
            first.ask("SET", "{relay}:cats", "are awesome");
            awaitIn(cluster.replica(), "{relay}:cats");
            RedisServer second = cluster.failOver();
            assertThat(cluster.master()).isSameAs(second).isNotSameAs(first);
            assertThat(second.ask("GET", "{relay}:cats")).isEqualTo(List.of("are awesome"));
            assertThat(cluster.failOver()).isSameAs(first);
        }
    }

    /** A new replica is sent what is written when it has answered for the first time, which may take it a second. */
    private static void awaitIn(RedisServer replica, String key) {
        await().until(() -> replica.ask("KEYS", "*").contains(key));
    }
}
