package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.DeliveryChecker.Verdict;
import relay.testing.RawPublisher;
import relay.testing.RestlessSubscriber.Place;

/**
 * Order and atomicity while everything happens at once, by names and by patterns, with messages that have several topics and with
 * subscribers that fall behind and catch up. {@code -Drelay.stress.seed=…} repeats a run's choices, as far as
 * threads allow.
 */
class OrderStressTest {
    private static final Logger LOG = LoggerFactory.getLogger(OrderStressTest.class);
    private static final int PUBLISHERS = 8;
    private static final int SUBSCRIBERS = 50;
    private static final int MESSAGES = 4_000;

    @ParameterizedTest(name = "{0} fan-out threads")
    @ValueSource(ints = {1, 3})
    @Timeout(60)
    void everySubscriberReceivesJustWhatItAskedForOnceAndInTheOneOrder(int fanoutThreads) throws Exception {
        OrderStress.Outcome outcome;
        try (TestRelay relay = TestRelay.start(
                "--fanout-threads",
                String.valueOf(fanoutThreads),
                "--max-frames-per-second",
                "100000",
                "--queue-bytes",
                "64KiB")) {
            List<Place> places = List.of(new Place(relay.api(), relay.port()));
            outcome = new OrderStress(places, PUBLISHERS, SUBSCRIBERS, MESSAGES, RawPublisher.Accepted::queued).run();
        }
        LOG.warn("{} threads: {}", fanoutThreads, outcome);
        Verdict verdict = outcome.verdict();
        assertThat(verdict)
                .as("seed %d", outcome.seed())
                .isEqualTo(new Verdict(verdict.owed(), 0, 0, 0, 0, 0, List.of()));
        assertThat(verdict.owed()).isGreaterThan(10_000);
        assertThat(outcome.catchUps()).isPositive();
    }
}
