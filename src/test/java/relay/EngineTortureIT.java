package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.CuttableProxy;
import relay.testing.LossChecker;
import relay.testing.LossChecker.Life;
import relay.testing.LossChecker.Sent;
import relay.testing.LossChecker.Verdict;
import relay.testing.RedisSentinels;
import relay.testing.RedisServer;
import relay.testing.RelayFleet;
import relay.testing.RetryingAuthor;
import relay.testing.RetryingPublisher;
import relay.testing.RoamingClient;

/**
 * Three relays and their engine are killed, cut off and failed over while clients go from relay to relay and publishers send
 * again what was not answered, one of which is such a client. A short run by default; {@code -Drelay.torture.engine=whole} has 50 kills of relays, 20 of
 * engines and 5 fail-overs. {@code -Drelay.torture.seed=…} repeats a run's faults.
 */
class EngineTortureIT {
    private static final Logger LOG = LoggerFactory.getLogger(EngineTortureIT.class);
    private static final List<String> TOPICS = List.of("ants", "bees", "cats", "dogs");

    /** What a client publishes on; backends publish on the others. */
    private static final String SPOKEN = "dogs";

    private static final int LONGEST_PAUSE_MILLIS = 20;
    private static final List<RoamingClient.Kind> KINDS = List.of(RoamingClient.Kind.values());
    private static final int RELAYS = 3;
    private static final int CLIENTS = 12;
    private static final int USERS = 6;
    private static final boolean WHOLE = "whole".equals(System.getProperty("relay.torture.engine"));

    /** What is done, at a time that the seed says. */
    private enum Fault {
        RELAY_KILLED,
        ENGINE_KILLED,
        LINE_CUT,
        LINE_STANDS_STILL,
        SUBSCRIPTION_SILENT,
        FAIL_OVER,
        FAIL_OVER_FROZEN
    }

    /** Does the faults that are possible in a run. */
    private interface Harm {
        void happen(Fault fault, Random random) throws InterruptedException;
    }

    private final long seed = Long.getLong("relay.torture.seed", System.nanoTime());

    @Test
    void nothingIsLostWhoeverIsKilledOrCutOffWhereEveryWriteIsAppended() throws Exception {
        try (RedisServer server = RedisServer.start(RedisServer.APPEND_ALWAYS)) {
            Verdict verdict = alone(
                    server,
                    faults(List.of(
                            count(Fault.RELAY_KILLED, 3, 40),
                            count(Fault.ENGINE_KILLED, 2, 14),
                            count(Fault.LINE_CUT, 1, 8),
                            count(Fault.LINE_STANDS_STILL, 1, 8),
                            count(Fault.SUBSCRIPTION_SILENT, 1, 8))));
            assertThat(verdict.isClean()).as("seed %d: %s", seed, verdict).isTrue();
            assertThat(verdict.told()).as("seed %d: %s", seed, verdict).isZero();
            assertThat(verdict.lives()).as("registrations").isEqualTo(CLIENTS);
        }
    }

    @Test
    void whatIsLostIsToldWhereWritesAreAppendedEverySecond() throws Exception {
        try (RedisServer server = RedisServer.start(RedisServer.APPEND_EVERY_SECOND)) {
            Verdict verdict =
                    alone(server, faults(List.of(count(Fault.ENGINE_KILLED, 1, 6), count(Fault.RELAY_KILLED, 0, 5))));
            assertThat(verdict.isClean()).as("seed %d: %s", seed, verdict).isTrue();
        }
    }

    @Test
    void whatIsLostIsToldWhenAReplicaTakesOver() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start(1);
                RelayFleet relays = fleet(Collections.nCopies(RELAYS, sentinels.url()))) {
            Verdict verdict = run(
                    "Sentinels",
                    relays,
                    faults(List.of(
                            count(Fault.FAIL_OVER, 1, 3),
                            count(Fault.FAIL_OVER_FROZEN, 0, 2),
                            count(Fault.RELAY_KILLED, 0, 5))),
                    (fault, random) -> {
                        switch (fault) {
                            case FAIL_OVER -> sentinels.failOver();
                            case FAIL_OVER_FROZEN -> sentinels.failOverFrozen();
                            default -> relays.replace(random.nextInt(RELAYS));
                        }
                    });
            assertThat(verdict.isClean()).as("seed %d: %s", seed, verdict).isTrue();
        }
    }

    /** Relays on one server, each of which reaches it by a line of its own. */
    private Verdict alone(RedisServer server, List<Fault> faults) throws Exception {
        List<CuttableProxy> lines = IntStream.range(0, RELAYS)
                .mapToObj(i -> CuttableProxy.to(server.port()))
                .toList();
        try (RelayFleet relays = fleet(
                lines.stream().map(line -> "redis://127.0.0.1:" + line.port()).toList())) {
            return run("one server", relays, faults, (fault, random) -> {
                int number = random.nextInt(RELAYS);
                CuttableProxy line = lines.get(number);
                switch (fault) {
                    case RELAY_KILLED -> relays.replace(number);
                    case ENGINE_KILLED -> {
                        server.kill();
                        TimeUnit.MILLISECONDS.sleep(random.nextInt(1000));
                        server.startAgain();
                    }
                    case LINE_CUT -> {
                        line.cut();
                        TimeUnit.MILLISECONDS.sleep(random.nextInt(1500));
                        line.mend();
                    }
                    case LINE_STANDS_STILL -> {
                        line.standStill();
                        TimeUnit.MILLISECONDS.sleep(random.nextInt(6000));
                        line.mend();
                    }
                    default -> line.silence("SUBSCRIBE");
                }
            });
        } finally {
            lines.forEach(CuttableProxy::close);
        }
    }

    private static RelayFleet fleet(List<String> engines) {
        return RelayFleet.start(engines, "--history-messages", "20000", "--max-frames-per-second", "10000");
    }

    private Verdict run(String name, RelayFleet relays, List<Fault> faults, Harm harm) throws Exception {
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch allPublished = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Sent> sent = new ArrayList<>();
        List<Life> lives = new ArrayList<>();
        long beganAt = System.nanoTime();
        try {
            List<Future<List<Life>>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                List<String> topics = List.of(TOPICS.get(i % 4), TOPICS.get((i + 1) % 4));
                clients.add(threads.submit(new RoamingClient(
                        relays, KINDS.get(i % 3), i % USERS, topics, new Random(seed + i), allPublished)));
            }
            List<Future<List<Sent>>> publishers = TOPICS.stream()
                    .map(topic -> threads.submit(publisher(topic, relays, stop)))
                    .toList();
            Random random = new Random(seed);
            List<Fault> shuffled = new ArrayList<>(faults);
            Collections.shuffle(shuffled, random);
            for (Fault fault : shuffled) {
                TimeUnit.MILLISECONDS.sleep(500 + random.nextInt(1000));
                LOG.info("{}", fault);
                harm.happen(fault, random);
            }
            relays.awaitReady();
            stop.countDown();
            for (Future<List<Sent>> publisher : publishers) {
                sent.addAll(publisher.get());
            }
            allPublished.countDown();
            for (Future<List<Life>> client : clients) {
                lives.addAll(client.get());
            }
        } finally {
            stop.countDown();
            allPublished.countDown();
            threads.shutdownNow();
        }
        Verdict verdict = LossChecker.check(sent, lives);
        LOG.warn(
                "{}, seed {}: {} in {} s; {} messages, {} of them answered, {} frames; {}",
                name,
                seed,
                faults.stream().collect(Collectors.groupingBy(fault -> fault, Collectors.counting())),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beganAt),
                sent.size(),
                sent.stream().filter(one -> one.answered().isPresent()).count(),
                lives.stream().mapToInt(life -> life.frames().size()).sum(),
                verdict);
        assertThat(verdict.owed()).isGreaterThan(100);
        return verdict;
    }

    private Callable<List<Sent>> publisher(String topic, RelayFleet relays, CountDownLatch stop) {
        Random random = new Random(seed + topic.hashCode());
        return topic.equals(SPOKEN)
                ? new RetryingAuthor(relays, relays, topic, USERS, random, LONGEST_PAUSE_MILLIS, stop)
                : new RetryingPublisher(relays, topic, USERS, random, stop);
    }

    private static List<Fault> faults(List<List<Fault>> faults) {
        return faults.stream().flatMap(List::stream).toList();
    }

    private static List<Fault> count(Fault fault, int inShort, int inWhole) {
        return Collections.nCopies(WHOLE ? inWhole : inShort, fault);
    }
}
