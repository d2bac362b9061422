package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.Api;
import relay.testing.LossChecker.Life;
import relay.testing.LossChecker.Sent;
import relay.testing.MortalRelay;
import relay.testing.RestartChecker;
import relay.testing.RestlessRegistrar;
import relay.testing.RetryingPublisher;
import relay.testing.RetryingPublisher.Keyed;
import relay.testing.RoamingClient;
import relay.testing.StreamingPublisher;

/**
 * A relay with its data on disk is killed again and again, also while it starts, and nobody notices but by the wait.
 * {@code -Drelay.kill.times=200} is how often in all, 8 by default; {@code -Drelay.kill.seed=…} repeats a run's choices.
 */
class KillIT {
    private static final Logger LOG = LoggerFactory.getLogger(KillIT.class);
    private static final List<String> TOPICS = List.of("ants", "bees", "cats", "dogs");
    /** Those with an NDJSON publisher; the others' publishers send one message after the other. */
    private static final Set<String> STREAMED = Set.of("dogs");

    private static final List<RoamingClient.Kind> KINDS = List.of(RoamingClient.Kind.values());
    private static final int CLIENTS = 16;
    private static final int USERS = 6;
    private static final int REGISTRARS = 2;
    private static final int LONGEST_LIFE_MILLIS = 1_500;
    private static final int LONGEST_START_MILLIS = 1_200;
    private static final int MOST_KEYS_ASKED_FOR = 2_000;
    private static final int TIMES = Integer.getInteger("relay.kill.times", 8);

    private final long seed = Long.getLong("relay.kill.seed", System.nanoTime());

    @ParameterizedTest(name = "--data-sync={0}, {1} of 8 kills")
    @CsvSource({"batch, 5", "none, 3"})
    void whatWasAnsweredIsThereAfterEveryKill(String sync, int share, @TempDir Path directory) throws Exception {
        try (MortalRelay relay = MortalRelay.start(
                "--data=" + directory,
                "--data-sync=" + sync,
                // Most of what is replayed is read from the disk.
                "--history-bytes=256KiB",
                "--history-messages=1000000",
                "--history-age=24h",
                "--max-frames-per-second=10000")) {
            run(relay, Math.max(1, TIMES * share / 8), sync);
        }
    }

    private void run(MortalRelay relay, int kills, String sync) throws Exception {
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch allPublished = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<List<Life>>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                List<String> topics = List.of(TOPICS.get(i % 4), TOPICS.get((i + 1) % 4));
                RoamingClient.Kind kind = KINDS.get(i / 4 % KINDS.size());
                clients.add(threads.submit(
                        new RoamingClient(relay, kind, i % USERS, topics, new Random(seed + i), allPublished)));
            }
            List<Future<RestlessRegistrar.Verdict>> registrars = new ArrayList<>();
            for (int i = 0; i < REGISTRARS; i++) {
                registrars.add(threads.submit(new RestlessRegistrar(relay, TOPICS, new Random(seed - i), stop)));
            }
            List<RetryingPublisher> singles = new ArrayList<>();
            List<StreamingPublisher> streams = new ArrayList<>();
            List<Future<List<Sent>>> publishers = new ArrayList<>();
            for (String topic : TOPICS) {
                Random random = new Random(seed + topic.hashCode());
                if (STREAMED.contains(topic)) {
                    streams.add(new StreamingPublisher(relay, topic, random, stop));
                    publishers.add(threads.submit(streams.get(streams.size() - 1)));
                } else {
                    singles.add(new RetryingPublisher(relay, topic, USERS, random, stop));
                    publishers.add(threads.submit(singles.get(singles.size() - 1)));
                }
            }
            kill(relay, kills);
            stop.countDown();
            List<List<Sent>> sent = all(publishers);
            allPublished.countDown();
            List<Life> lives = all(clients).stream().flatMap(List::stream).toList();
            Set<String> accepted = new HashSet<>();
            streams.forEach(stream -> accepted.addAll(stream.accepted()));
            RestartChecker.Verdict verdict = RestartChecker.check(sent, accepted, lives);
            List<RestlessRegistrar.Verdict> registered = all(registrars);
            LOG.warn(
                    "--data-sync={}, seed {}: {} kills; {} messages, {} of them answered; {} keys; {}; {}",
                    sync,
                    seed,
                    kills,
                    sent.stream().mapToInt(List::size).sum(),
                    accepted.size()
                            + sent.stream()
                                    .flatMap(List::stream)
                                    .filter(one -> one.answered().isPresent())
                                    .count(),
                    singles.stream().mapToInt(one -> one.keyed().size()).sum(),
                    verdict,
                    registered);
            assertThat(verdict.isClean()).as("seed %d: %s", seed, verdict).isTrue();
            assertThat(verdict.losses().owed()).isGreaterThan(1_000);
            assertThat(verdict.losses().lives()).as("registrations of clients").isEqualTo(CLIENTS);
            assertThat(registered)
                    .as("seed %d", seed)
                    .allSatisfy(
                            one -> assertThat(one.isClean()).as(one.toString()).isTrue());
            singles.forEach(publisher -> assertKeysAreRemembered(relay.api(), publisher.keyed()));
            assertThat(relay.log()).doesNotContain("ERROR", "Exception", "damage");
        } finally {
            stop.countDown();
            allPublished.countDown();
            threads.shutdownNow();
        }
    }

    private void kill(MortalRelay relay, int times) throws InterruptedException {
        Random random = new Random(seed);
        for (int i = 0; i < times; i++) {
            if (random.nextInt(4) == 0) {
                // While it starts, perhaps.
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_START_MILLIS));
            } else {
                relay.awaitReady();
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_LIFE_MILLIS));
            }
            relay.killAndStart();
        }
        relay.awaitReady();
        TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_LIFE_MILLIS));
    }

    private void assertKeysAreRemembered(Api api, List<Keyed> keyed) {
        for (Keyed one : keyed.subList(Math.max(0, keyed.size() - MOST_KEYS_ASKED_FOR), keyed.size())) {
            Api.Answer again = api.publishWithKey(one.key(), one.body());
            assertThat(again.body()).as("seed %d: %s", seed, one).isEqualTo(one.answer());
            assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
        }
    }

    private static <T> List<T> all(List<Future<T>> futures) throws Exception {
        List<T> all = new ArrayList<>();
        for (Future<T> future : futures) {
            all.add(future.get());
        }
        return all;
    }
}
