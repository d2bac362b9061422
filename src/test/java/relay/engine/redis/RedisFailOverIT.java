package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import relay.engine.Epochs;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.testing.RedisCluster;
import relay.testing.RedisSentinels;
import relay.testing.RedisServer;

/** Two relays' engines on a master with a replica that takes its place: real Sentinels, and a real Cluster. */
class RedisFailOverIT {
    private static final Topic CATS = new Topic("cats");
    private static final String CREDENTIALS = "anna:s%40cret@";
    private static final String USER = "user anna on >s@cret ~* &* +@all";

    @AutoClose
    private TestEngine one;

    @AutoClose
    private TestEngine two;

    private void start(String url) {
        one = TestEngine.start(url, "one");
        two = TestEngine.start(url, "two");
        two.follow(CATS);
    }

    @Nested
    class WithSentinels {
        @AutoClose
        private RedisSentinels sentinels;

        @BeforeEach
        void start() {
            sentinels = RedisSentinels.start(1, USER);
            RedisFailOverIT.this.start(sentinels.url(CREDENTIALS));
        }

        @Test
        void whatTheReplicaHasGoesOnInAnotherEpoch() {
            nothingIsLostThatTheReplicaHas(sentinels.master(), sentinels.replica(), sentinels::failOver);
        }

        @Test
        void whatTheReplicaHasNotIsSaidToBeLost() {
            whatIsLostIsSaid(sentinels.master(), sentinels.replica(), sentinels::failOver);
        }

        @Test
        void aMasterThatStoodStillIsLeftForTheNewOne() {
            nothingIsLostThatTheReplicaHas(sentinels.master(), sentinels.replica(), sentinels::failOverFrozen);
        }
    }

    @Nested
    class WithACluster {
        @AutoClose
        private RedisCluster cluster;

        @BeforeEach
        void start() {
            cluster = RedisCluster.start("relay", USER);
            RedisFailOverIT.this.start(cluster.url(CREDENTIALS));
        }

        @Test
        void whatTheReplicaHasGoesOnInAnotherEpoch() {
            nothingIsLostThatTheReplicaHas(cluster.master(), cluster.replica(), cluster::failOver);
        }

        @Test
        void whatTheReplicaHasNotIsSaidToBeLost() {
            whatIsLostIsSaid(cluster.master(), cluster.replica(), cluster::failOver);
        }
    }

    private void nothingIsLostThatTheReplicaHas(
            RedisServer master, RedisServer replica, Supplier<RedisServer> failOver) {
        MessageId survivor = one.store(CATS, "survives");
        awaitCopied(master, replica);
        RedisServer promoted = failOver.get();
        awaitBothAt(promoted);
        MessageId after = one.store(CATS, "after");
        two.awaitMessages(2);
        assertThat(two.receiver.texts()).containsExactly("survives", "after");
        assertThat(after.epoch()).isNotEqualTo(survivor.epoch());
        assertThat(after.sequence()).isGreaterThan(survivor.sequence() + 1);
        assertThat(two.receiver.lost).isEmpty();
        assertThat(two.receiver.missed).isEmpty();
        Epochs epochs = lastOf(two.receiver.epochs);
        assertThat(epochs.after(survivor, after.sequence()))
                .contains(new Epochs.Resumption(survivor.sequence(), Optional.empty()));
        assertThat(epochs.after(new MessageId(survivor.epoch(), survivor.sequence() + 1), after.sequence()))
                .contains(new Epochs.Resumption(survivor.sequence(), Optional.of(Gap.Reason.EPOCH)));
    }

    private void whatIsLostIsSaid(RedisServer master, RedisServer replica, Supplier<RedisServer> failOver) {
        MessageId survivor = one.store(CATS, "survives");
        awaitCopied(master, replica);
        cutOff(master, replica);
        MessageId lost = one.store(CATS, "is lost");
        two.awaitMessages(2);
        RedisServer promoted = failOver.get();
        awaitBothAt(promoted);
        await().atMost(TestEngine.PATIENCE).until(() -> !one.receiver.lost.isEmpty() && !two.receiver.lost.isEmpty());
        assertThat(one.receiver.lost).containsExactly(survivor);
        assertThat(two.receiver.lost).containsExactly(survivor);
        MessageId after = one.store(CATS, "after");
        two.awaitMessages(3);
        assertThat(two.receiver.texts()).containsExactly("survives", "is lost", "after");
        assertThat(after.sequence()).isGreaterThan(lost.sequence());
        assertThat(lastOf(two.receiver.epochs).after(lost, after.sequence()))
                .contains(new Epochs.Resumption(survivor.sequence(), Optional.of(Gap.Reason.EPOCH)));
    }

    private static <T> T lastOf(List<T> all) {
        return all.get(all.size() - 1);
    }

    private static void awaitCopied(RedisServer master, RedisServer replica) {
        long offset = Long.parseLong(master.info("master_repl_offset"));
        await().atMost(TestEngine.PATIENCE).until(() -> Long.parseLong(replica.info("slave_repl_offset")) >= offset);
    }

    /** The replica comes back to its master as somebody whom that one does not know. */
    private static void cutOff(RedisServer master, RedisServer replica) {
        replica.ask("CONFIG", "SET", "masteruser", "nobody");
        replica.ask("CONFIG", "SET", "masterauth", "wrong");
        master.ask("CLIENT", "KILL", "TYPE", "replica");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> replica.info("master_link_status").equals("down"));
    }

    /** Both connections of both engines, by the name in the URL. */
    private void awaitBothAt(RedisServer promoted) {
        await().atMost(TestEngine.PATIENCE)
                .untilAsserted(
                        () -> assertThat(promoted.ask("CLIENT", "LIST").get(0).lines())
                                .filteredOn(client -> client.contains("user=anna"))
                                .hasSize(4));
        one.awaitWorking();
        two.awaitWorking();
    }
}
