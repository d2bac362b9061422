package relay.testing;

import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;

/**
 * A Redis Cluster as small as one that still fails over can be: three masters, each with a third of the slots, and one
 * replica of the master whose slot a relay's keys are in. One thread at a time.
 */
public final class RedisCluster implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;

    private final List<RedisServer> nodes = new ArrayList<>();

    private RedisCluster() {}

    /**
     * Starts all, and waits until all know each other.
     *
     * @param prefix of the relay's keys, as given to {@code --engine-prefix}
     * @param settings of the nodes, as of {@link RedisServer#start(String...)}
     */
    public static RedisCluster start(String prefix, String... settings) {
        RedisCluster cluster = new RedisCluster();
        try {
            IntStream.rangeClosed(0, MASTERS).forEach(i -> cluster.nodes.add(startNode(settings)));
            cluster.form(prefix);
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private static RedisServer startNode(String... settings) {
        String[] all = new String[settings.length + 1];
        System.arraycopy(settings, 0, all, 0, settings.length);
        all[settings.length] = "cluster-node-timeout 1000";
        return RedisServer.startClusterNode(all);
    }

    private void form(String prefix) {
        RedisServer first = nodes.get(0);
        for (int i = 0; i < MASTERS; i++) {
            nodes.get(i)
                    .ask(
                            "CLUSTER",
                            "ADDSLOTSRANGE",
                            String.valueOf(SLOTS * i / MASTERS),
                            String.valueOf(SLOTS * (i + 1) / MASTERS - 1));
            nodes.get(i).ask("CLUSTER", "SET-CONFIG-EPOCH", String.valueOf(i + 1));
        }
        for (RedisServer node : nodes.subList(1, nodes.size())) {
            first.ask("CLUSTER", "MEET", "127.0.0.1", String.valueOf(node.port()), busPort(node));
        }
        awaitAll("cluster_known_nodes:" + nodes.size());
        awaitAll("cluster_state:ok");
        RedisServer replica = nodes.get(MASTERS);
        int slot = Integer.parseInt(
                first.ask("CLUSTER", "KEYSLOT", "{" + prefix + "}").get(0));
        RedisServer owner = IntStream.range(0, MASTERS)
                .filter(i -> slot < SLOTS * (i + 1) / MASTERS)
                .mapToObj(nodes::get)
                .findFirst()
                .orElseThrow();
        replica.ask("CLUSTER", "REPLICATE", owner.ask("CLUSTER", "MYID").get(0));
        awaitReplica(replica, owner);
    }

    private static String busPort(RedisServer node) {
        return node.ask("CONFIG", "GET", "cluster-port").get(1);
    }

    private void awaitAll(String line) {
        patiently()
                .until(() -> nodes.stream()
                        .allMatch(node ->
                                node.ask("CLUSTER", "INFO").get(0).lines().anyMatch(line::equals)));
    }

    private void awaitReplica(RedisServer replica, RedisServer master) {
        patiently()
                .until(() -> replica.info("role").equals("slave")
                        && replica.info("master_port").equals(String.valueOf(master.port()))
                        && replica.info("master_link_status").equals("up")
                        && nodes.stream().allMatch(node -> knowsReplica(node, replica, master)));
        awaitAll("cluster_state:ok");
    }

    private static boolean knowsReplica(RedisServer node, RedisServer replica, RedisServer master) {
        String masterId = master.ask("CLUSTER", "MYID").get(0);
        return node.ask("CLUSTER", "NODES")
                .get(0)
                .lines()
                .anyMatch(line -> line.contains(":" + replica.port() + "@")
                        && line.contains("slave " + masterId)
                        && !line.contains("fail"));
    }

    /** A server that takes another part hangs up on whoever asks it, and may say no for a while. */
    private static ConditionFactory patiently() {
        return await().atMost(TIMEOUT)
                .ignoreExceptionsMatching(e -> e instanceof UncheckedIOException || e instanceof RedisErrorException);
    }

    /** As it is given to {@code --engine}. */
    public String url() {
        return url("");
    }

    /**
     * Likewise.
     *
     * @param credentials what stands before the first host: {@code anna:secret@}
     */
    public String url(String credentials) {
        return nodes.stream()
                .map(node -> "127.0.0.1:" + node.port())
                .collect(Collectors.joining(",", "redis-cluster://" + credentials, ""));
    }

    /** The master that has a replica: the one with the relay's keys. */
    public RedisServer master() {
        int port = Integer.parseInt(replica().info("master_port"));
        return nodes.stream().filter(node -> node.port() == port).findFirst().orElseThrow();
    }

    /** The server that follows that master. */
    public RedisServer replica() {
        return nodes.stream()
                .filter(node -> node.info("role").equals("slave"))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Kills the master of the relay's keys, waits until its replica is the master, starts it again and waits until it is
     * the replica. Returns the new master.
     */
    public RedisServer failOver() {
        RedisServer old = master();
        RedisServer replica = replica();
        old.kill();
        patiently().until(() -> replica.info("role").equals("master"));
        old.startAgain();
        awaitReplica(old, replica);
        return replica;
    }

    @Override
    public void close() {
        nodes.forEach(RedisServer::close);
    }
}
