package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.RecordedLog;

/**
 * Every command of every kind at any time, storms and large ones among them, while much is published: each connection gets
 * just what it has to, and each publisher is told the truth. {@code -Drelay.stress.seed=…} repeats a run's choices, as far as
 * threads allow.
 */
class HubStressTest {
    private static final Logger LOG = LoggerFactory.getLogger(HubStressTest.class);
    private static final int CLIENTS_OF_A_DRIVER = 60;
    private static final int STEPS = 1500;

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    @Timeout(120)
    void whateverHappensAtOnceEveryConnectionGetsWhatItHasTo(int workers) throws Exception {
        run(workers, false, false);
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    @Timeout(120)
    void whateverIsMissedIsToldWhereItIsMissing(int workers) throws Exception {
        run(workers, true, false);
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    @Timeout(120)
    void whatOnlyAnArchiveHasComesAsIfItWereInMemory(int workers) throws Exception {
        run(workers, false, true);
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    @Timeout(120)
    void whatAnArchiveLosesIsToldWhereItIsMissing(int workers) throws Exception {
        run(workers, true, true);
    }

    private static void run(int workers, boolean missesMessages, boolean archives) throws Exception {
        long seed = Long.getLong("relay.stress.seed", System.nanoTime());
        try (RecordedLog log = RecordedLog.start()) {
            HubStress.Outcome outcome = new HubStress(
                            new HubStress.Plan(workers, missesMessages, archives, CLIENTS_OF_A_DRIVER, STEPS, seed))
                    .run();
            LOG.info(
                    "seed {}, {} workers: {} messages, {} frames, {} times behind",
                    seed,
                    workers,
                    outcome.messages(),
                    outcome.frames(),
                    outcome.catchUps());
            assertThat(outcome.faults()).as("seed %d", seed).isEmpty();
            assertThat(log.warnings()).as("seed %d", seed).noneMatch(line -> line.contains("failed"));
        }
    }
}
