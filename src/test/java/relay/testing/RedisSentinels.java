package relay.testing;

import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;

/** A master, its replicas and three Sentinels that make one of them the master when it is gone. One thread at a time. */
public final class RedisSentinels implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int SENTINELS = 3;
    private static final String NAME = "relay";

    private final List<RedisServer> servers = new ArrayList<>();
    private final List<RedisServer> sentinels = new ArrayList<>();

    private RedisSentinels() {}

    /**
     * Starts all, and waits until all know each other.
     *
     * @param settings of the servers, as of {@link RedisServer#start(String...)}
     */
    public static RedisSentinels start(int replicas, String... settings) {
        RedisSentinels all = new RedisSentinels();
        try {
            RedisServer master = RedisServer.start(settings);
            all.servers.add(master);
            IntStream.range(0, replicas).forEach(i -> all.servers.add(RedisServer.replicaOf(master, settings)));
            IntStream.range(0, SENTINELS).forEach(i -> all.sentinels.add(startSentinel(master)));
            all.awaitWhole(master);
            return all;
        } catch (RuntimeException | Error e) {
            all.close();
            throw e;
        }
    }

    private static RedisServer startSentinel(RedisServer master) {
        RedisServer sentinel = RedisServer.startSentinel(
                "sentinel monitor " + NAME + " 127.0.0.1 " + master.port() + " 2",
                "sentinel down-after-milliseconds " + NAME + " 1000",
                "sentinel failover-timeout " + NAME + " 3000");
        // How often it looks, asks and tells the others: else a fail-over takes some ten seconds more.
        sentinel.ask("SENTINEL", "DEBUG", "INFO-PERIOD", "200", "PUBLISH-PERIOD", "200", "PING-PERIOD", "200");
        sentinel.ask("SENTINEL", "DEBUG", "ASK-PERIOD", "200", "DEFAULT-DOWN-AFTER", "1000");
        return sentinel;
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
        return sentinels.stream()
                .map(sentinel -> "127.0.0.1:" + sentinel.port())
                .collect(Collectors.joining(",", "redis-sentinel://" + credentials, "#" + NAME));
    }

    /** Asks each Sentinel for something, as {@link RedisServer#ask}. */
    public void askSentinels(String... command) {
        sentinels.forEach(sentinel -> sentinel.ask(command));
    }

    /** The master that the Sentinels agree on, waiting for that. */
    public RedisServer master() {
        patiently().until(() -> masterPorts().distinct().count() == 1);
        int port = masterPorts().findFirst().orElseThrow();
        return servers.stream()
                .filter(server -> server.port() == port)
                .findFirst()
                .orElseThrow();
    }

    /** A server that follows the master. */
    public RedisServer replica() {
        RedisServer master = master();
        return servers.stream().filter(server -> server != master).findFirst().orElseThrow();
    }

    /**
     * Kills the master, waits until another server is the master, starts the old one again and waits until it is a
     * replica of the new one. Returns the new one.
     */
    public RedisServer failOver() {
        RedisServer old = master();
        old.kill();
        RedisServer promoted = awaitPromoted(old);
        old.startAgain();
        awaitWhole(promoted);
        return promoted;
    }

    /**
     * Likewise, but the old master just stands still, and goes on later in the belief that it is the master yet, until it
     * is told otherwise.
     */
    public RedisServer failOverFrozen() {
        RedisServer old = master();
        old.freeze();
        RedisServer promoted = awaitPromoted(old);
        old.thaw();
        awaitWhole(promoted);
        return promoted;
    }

    private RedisServer awaitPromoted(RedisServer old) {
        patiently()
                .until(() -> masterPorts().distinct().count() == 1
                        && masterPorts().noneMatch(port -> port == old.port())
                        && master().info("role").equals("master"));
        return master();
    }

    /** Waits until all replicas follow a master, and all Sentinels know of all. */
    private void awaitWhole(RedisServer master) {
        patiently().until(() -> isWhole(master));
    }

    private boolean isWhole(RedisServer master) {
        boolean followed = servers.stream()
                .filter(server -> server != master)
                .allMatch(server -> server.info("role").equals("slave")
                        && server.info("master_port").equals(String.valueOf(master.port()))
                        && server.info("master_link_status").equals("up"));
        String known = "name=" + NAME + ",status=ok,address=127.0.0.1:" + master.port() + ",slaves="
                + (servers.size() - 1) + ",sentinels=" + SENTINELS;
        return followed
                && sentinels.stream()
                        .allMatch(sentinel -> sentinel.info("master0").equals(known));
    }

    /** A server that takes another part hangs up on whoever asks it, and may say no for a while. */
    private static ConditionFactory patiently() {
        return await().atMost(TIMEOUT)
                .ignoreExceptionsMatching(e -> e instanceof UncheckedIOException || e instanceof RedisErrorException);
    }

    private Stream<Integer> masterPorts() {
        return sentinels.stream()
                .map(sentinel -> Integer.valueOf(sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
                        .get(1)));
    }

    @Override
    public void close() {
        Stream.concat(sentinels.stream(), servers.stream()).forEach(RedisServer::close);
    }
}
