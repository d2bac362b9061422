package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.history.HistoryOptions;
import relay.message.Gap;
import relay.metrics.Histogram;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;

/** What the hub counts, and what it does not. */
class HubFiguresTest {
    private static final Offset<Double> ROUNDING = within(1e-9);

    @Test
    void messageCountsOnceAsPublishedAndForEachConnectionAsDelivered() {
        try (TestHub hub = new TestHub()) {
            FakeConnection first = hub.connected("1", "cats");
            FakeConnection second = hub.connected("2", "cats");
            hub.publishAndWait("cats", "hello");
            hub.publishAndWait("dogs", "nobody's");
            HubFigures figures = hub.hub.figures();
            assertThat(figures.publishes()).isEqualTo(2);
            assertThat(figures.publishedBytes()).isEqualTo("hello".length() + "nobody's".length());
            assertThat(figures.deliveries()).isEqualTo(2);
            assertThat(figures.deliveredBytes()).isEqualTo(first.bytes().length + second.bytes().length);
            assertThat(figures.publishToWrite().count()).isEqualTo(1);
        }
    }

    @Test
    void whatAFullQueueRefusesIsNotDelivered() {
        try (TestHub hub = new TestHub()) {
            FakeConnection slow = new FakeConnection().takesPerWrite(0);
            hub.connect(hub.register("1", "cats"), slow, 1);
            assertThat(hub.publishAndWait("cats", "waits")).isEqualTo(1);
            HubFigures before = hub.hub.figures();
            assertThat(hub.publishAndWait("cats", "is refused")).isZero();
            HubFigures after = hub.hub.figures();
            assertThat(after.deliveries()).isEqualTo(before.deliveries()).isEqualTo(1);
            assertThat(after.deliveredBytes()).isEqualTo(before.deliveredBytes());
            assertThat(after.publishToWrite().count()).isEqualTo(1);
        }
    }

    @Test
    void latencyOfAMessageIsFromItsAcceptanceToTheEndOfItsBatch() {
        try (TestHub hub = new TestHub()) {
            hub.connected("1", "cats");
            CountDownLatch gate = hub.block();
            TestHub.Published published = hub.publish("cats", "waits for the worker");
            hub.letPass(Duration.ofMillis(30));
            gate.countDown();
            published.queued();
            Histogram.Snapshot latency = hub.hub.figures().publishToWrite();
            assertThat(latency.count()).as("that, and the one that blocked").isEqualTo(2);
            assertThat(latency.sumSeconds()).isCloseTo(0.06, ROUNDING);
        }
    }

    @Test
    void acknowledgementTakesFromThePingToItsAnswer() {
        try (TestHub hub = new TestHub()) {
            Client client = hub.register(TestHub.KEEP, "1", "cats");
            FakeConnection connection = new FakeConnection();
            SendQueue queue = hub.connect(client, connection);
            hub.publishAndWait("cats", "one");
            await().until(() -> connection.pings() == 1);
            hub.letPass(Duration.ofMillis(200));
            hub.hub.acknowledge(client, queue, 999);
            hub.settle();
            assertThat(hub.hub.figures().acknowledgement().count()).isZero();
            hub.hub.acknowledge(
                    client, queue, Long.parseLong(connection.pingPayloads().get(0)));
            hub.settle();
            Histogram.Snapshot latency = hub.hub.figures().acknowledgement();
            assertThat(latency.count()).isEqualTo(1);
            assertThat(latency.sumSeconds()).isCloseTo(0.2, ROUNDING);
        }
    }

    @Test
    void clientThatComesBackIsAResumeAndWhatItMissedIsDelivered() {
        try (TestHub hub = new TestHub()) {
            Client client = hub.register(TestHub.KEEP, "1", "cats");
            SendQueue queue = hub.connect(client, new FakeConnection());
            hub.settle();
            assertThat(hub.hub.figures().resumes()).isZero();
            hub.hub.disconnect(client, queue);
            hub.publishAndWait("cats", "missed");
            assertThat(hub.hub.figures().deliveries()).isZero();
            FakeConnection again = new FakeConnection();
            hub.connect(client, again);
            hub.settle();
            HubFigures figures = hub.hub.figures();
            assertThat(figures.resumes()).isEqualTo(1);
            assertThat(figures.deliveries()).isEqualTo(1);
            assertThat(figures.deliveredBytes()).isEqualTo(again.bytes().length);
            assertThat(figures.gaps()).isEqualTo(gaps(0));
        }
    }

    @Test
    void gapCountsUnderItsReason() {
        HistoryOptions one = new HistoryOptions(1, Duration.ofMinutes(10), 1 << 20);
        try (TestHub hub = new TestHub(1, 1 << 20, one)) {
            Client client = hub.register(TestHub.KEEP, "1", "cats");
            SendQueue queue = hub.connect(client, new FakeConnection());
            hub.settle();
            hub.hub.disconnect(client, queue);
            hub.publishAndWait("cats", "is trimmed");
            hub.publishAndWait("cats", "is held");
            hub.connect(client, new FakeConnection());
            hub.settle();
            assertThat(hub.hub.figures().gaps()).isEqualTo(gaps(1));
        }
    }

    @Test
    void topicOfClientsOfSeveralWorkersCountsOnceAndUntilTheLastIsGone() {
        try (TestHub hub = new TestHub(3, 1 << 20)) {
            Client[] clients = new Client[24];
            SendQueue[] queues = new SendQueue[clients.length];
            for (int i = 0; i < clients.length; i++) {
                clients[i] = hub.register("user" + i, "cats", "topic" + i % 2);
                queues[i] = hub.connect(clients[i], new FakeConnection());
            }
            hub.settle();
            assertThat(hub.hub.figures().topics()).isEqualTo(3);
            for (int i = 0; i < clients.length; i += 2) {
                hub.hub.disconnect(clients[i], queues[i]);
            }
            hub.settle();
            assertThat(hub.hub.figures().topics()).isEqualTo(2);
            for (int i = 1; i < clients.length; i += 2) {
                hub.hub.disconnect(clients[i], queues[i]);
            }
            hub.settle();
            assertThat(hub.hub.figures().topics()).isZero();
        }
    }

    @Test
    void figuresOfSeveralWorkersAddUp() {
        try (TestHub hub = new TestHub(3, 1 << 20)) {
            for (int i = 0; i < 24; i++) {
                hub.connected("user" + i, "cats");
            }
            hub.publishAndWait("cats", "for all");
            HubFigures figures = hub.hub.figures();
            assertThat(figures.publishes()).isEqualTo(1);
            assertThat(figures.deliveries()).isEqualTo(24);
            assertThat(figures.publishToWrite().count())
                    .as("once for each worker")
                    .isEqualTo(3);
        }
    }

    private static Map<Gap.Reason, Long> gaps(long trimmed) {
        return Map.of(Gap.Reason.TRIMMED, trimmed, Gap.Reason.EPOCH, 0L, Gap.Reason.FUTURE, 0L, Gap.Reason.DAMAGED, 0L);
    }
}
