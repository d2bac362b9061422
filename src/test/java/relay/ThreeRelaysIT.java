package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.DeliveryChecker.Verdict;
import relay.testing.RedisServer;
import relay.testing.RestlessSubscriber.Place;
import relay.testing.TestSocket;

/**
 * One order at three relays while everything happens at all of them at once. {@code -Drelay.stress.seed=…} repeats a run's
 * choices, as far as threads allow.
 */
class ThreeRelaysIT {
    private static final Logger LOG = LoggerFactory.getLogger(ThreeRelaysIT.class);
    private static final int RELAYS = 3;
    private static final int PUBLISHERS = 6;
    private static final int SUBSCRIBERS = 30;
    private static final int MESSAGES = 3_000;

    @AutoClose
    private final RedisServer server = RedisServer.start();

    @AutoClose
    private final TestRelays relays = TestRelays.start(
            RELAYS,
            server.url(),
            "--max-frames-per-second",
            "100000",
            "--queue-bytes",
            "64KiB",
            "--fanout-threads",
            "2");

    @Test
    void subscribersOfAllRelaysReceiveTheSameInTheSameOrder() throws Exception {
        List<TestSocket> sockets = new ArrayList<>();
        for (int i = 0; i < RELAYS; i++) {
            sockets.add(relays.open(i, relays.api((i + 1) % RELAYS).register(i)));
        }
        ExecutorService threads = Executors.newFixedThreadPool(RELAYS);
        List<Future<?>> publishing = new ArrayList<>();
        for (int i = 0; i < RELAYS; i++) {
            int number = i;
            publishing.add(threads.submit(() -> {
                for (int j = 0; j < 300; j++) {
                    relays.api(number).publish("cats", number + " " + j);
                }
            }));
        }
        for (Future<?> done : publishing) {
            done.get();
        }
        threads.shutdown();
        List<String> order = sockets.get(0).receive(RELAYS * 300);
        assertThat(new HashSet<>(order)).hasSize(RELAYS * 300);
        assertThat(sockets.get(1).receive(RELAYS * 300)).isEqualTo(order);
        assertThat(sockets.get(2).receive(RELAYS * 300)).isEqualTo(order);
        sockets.forEach(TestSocket::close);
    }

    @Test
    @Timeout(120)
    void everySubscriberReceivesJustWhatItAskedForOnceAndInTheOneOrderOfAllRelays() throws Exception {
        List<Place> places = relays.all().stream()
                .map(relay -> new Place(relay.api(), relay.port()))
                .toList();
        // What is answered counts the connections of one relay, so the checker is told of any number.
        OrderStress.Outcome outcome =
                new OrderStress(places, PUBLISHERS, SUBSCRIBERS, MESSAGES, accepted -> Integer.MAX_VALUE).run();
        LOG.warn("{} relays: {}", RELAYS, outcome);
        Verdict verdict = outcome.verdict();
        assertThat(verdict)
                .as("seed %d", outcome.seed())
                .isEqualTo(new Verdict(verdict.owed(), 0, 0, 0, 0, 0, List.of()));
        assertThat(verdict.owed()).isGreaterThan(3_000);
        assertThat(outcome.catchUps()).isPositive();
        Set<String> rest = new HashSet<>(server.ask("PUBSUB", "CHANNELS"));
        assertThat(rest).as("channels").hasSizeLessThan(RELAYS + OrderStress.TOPICS.size() + 10);
    }
}
