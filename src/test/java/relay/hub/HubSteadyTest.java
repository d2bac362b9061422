package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.fanout.AckQueue;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.FixedAnswer;

/** What one client asks for does not hold the others up. */
class HubSteadyTest {
    private static final int MANY = 20;

    @AutoClose
    private final TestHub relay = new TestHub();

    @Test
    void commandsOfOthersDoNotEndABatch() {
        FakeConnection cat = relay.connected("1", "cats");
        Client comes = relay.register("2", "dogs");
        Client goes = relay.register("3", "dogs");
        Client asks = relay.register("4", "dogs");
        SendQueue leaving = relay.connect(goes, new FakeConnection());
        SendQueue asking = relay.connect(asks, new FakeConnection());
        CountDownLatch gate = relay.block();
        relay.publish("cats", "c1");
        relay.connect(comes, new FakeConnection());
        relay.publish("cats", "c2");
        relay.hub.disconnect(goes, leaving);
        relay.publish("cats", "c3");
        command(asks, asking, "ok\n", "birds");
        relay.publish("cats", "c4");
        relay.hub.unregister(asks);
        relay.publish("cats", "c5");
        gate.countDown();
        relay.settle();
        assertThat(cat.writes()).containsExactly("c1\nc2\nc3\nc4\nc5\n");
    }

    @Test
    void whoCatchesUpAloneNeedNotWaitBecauseSomebodyTookLongBefore() {
        List<String> writes = new CopyOnWriteArrayList<>();
        FakeConnection cat = relay.connected("1", "cats");
        Client slow = relay.register(TestHub.KEEP, "2", "dogs");
        Client quick = relay.register(TestHub.KEEP, "3", "dogs");
        relay.publishAndWait("dogs", "missed");
        FakeConnection takesLong = new FakeConnection();
        takesLong.beforeWrite(HubSteadyTest::takeHalfAMillisecond);
        relay.connect(slow, takesLong);
        relay.settle();
        CountDownLatch gate = relay.block();
        FakeConnection comes = new FakeConnection();
        comes.beforeWrite(() -> writes.add("missed"));
        cat.beforeWrite(() -> writes.add("new"));
        relay.connect(quick, comes);
        relay.publish("cats", "new");
        gate.countDown();
        relay.settle();
        assertThat(writes).containsExactly("missed", "new");
    }

    @Test
    void anAcknowledgementBehindAPileOfOthersCountsBeforeTheConnectionEnds() {
        Client other = relay.register(TestHub.KEEP, "1", "dogs");
        SendQueue others = relay.connect(other, new FakeConnection());
        Client client = relay.register(TestHub.KEEP, "2", "cats");
        FakeConnection first = new FakeConnection();
        SendQueue queue = relay.connect(client, first);
        relay.publishAndWait("cats", "one");
        relay.settle();
        assertThat(first.pingPayloads()).containsExactly("1");
        CountDownLatch gate = relay.block();
        IntStream.range(0, 3 * AckQueue.PORTION).forEach(i -> relay.hub.acknowledge(other, others, 99));
        relay.hub.acknowledge(client, queue, 1);
        relay.hub.disconnect(client, queue);
        gate.countDown();
        FakeConnection second = new FakeConnection();
        relay.connect(client, second);
        relay.publishAndWait("cats", "two");
        relay.settle();
        assertThat(second.text()).isEqualTo("two\n");
    }

    private static void takeHalfAMillisecond() {
        long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(500);
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aCommandComesBehindWhatWasGatheredForItsClientAndInFrontOfWhatCameLater() {
        FakeConnection asks = new FakeConnection();
        Client client = relay.register("1", "cats");
        SendQueue queue = relay.connect(client, asks);
        FakeConnection stays = relay.connected("2", "cats");
        CountDownLatch gate = relay.block();
        TestHub.Published first = relay.publish("cats", "c1");
        command(client, queue, "ok\n", "dogs", "birds");
        TestHub.Published second = relay.publish("cats", "c2");
        relay.publish("dogs", "d1");
        command(client, queue, "ok\n", "cats");
        relay.publish("dogs", "d2");
        TestHub.Published last = relay.publish("cats", "c3");
        gate.countDown();
        assertThat(List.of(first.queued(), second.queued(), last.queued())).containsExactly(2, 1, 2);
        relay.settle();
        assertThat(asks.text()).isEqualTo("c1\nok\nd1\nok\nc3\n");
        assertThat(stays.writes()).containsExactly("c1\nc2\nc3\n");
    }

    @Test
    void aClientThatTurnsOutTooSlowJustBeforeItsCommandIsClosedAndCounted() {
        FakeConnection stuck = new FakeConnection().takesPerWrite(0);
        Client client = relay.register("1", "cats");
        SendQueue queue = relay.connect(client, stuck, 20);
        FakeConnection other = relay.connected("2", "cats");
        relay.publishAndWait("cats", "fills the queue 1234");
        CountDownLatch gate = relay.block();
        TestHub.Published refused = relay.publish("cats", "too much");
        command(client, queue, "ok\n", "cats");
        TestHub.Published later = relay.publish("cats", "later");
        gate.countDown();
        assertThat(List.of(refused.queued(), later.queued())).containsExactly(1, 1);
        assertThat(stuck.closeReasons()).contains(CloseReason.TOO_SLOW);
        assertThat(relay.knows(client)).isFalse();
        assertThat(other.text()).endsWith("too much\nlater\n");
    }

    @Test
    void aConnectionThatEndsOrIsReplacedWithinABatchHasHadWhatCameBefore() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection();
        FakeConnection second = new FakeConnection();
        FakeConnection third = new FakeConnection();
        SendQueue firstQueue = relay.connect(client, first);
        relay.settle();
        CountDownLatch gate = relay.block();
        relay.publish("cats", "c1");
        relay.hub.disconnect(client, firstQueue);
        relay.publish("cats", "c2");
        relay.connect(client, second);
        relay.publish("cats", "c3");
        relay.connect(client, third);
        relay.publish("cats", "c4");
        gate.countDown();
        relay.settle();
        assertThat(first.text()).isEqualTo("c1\n");
        assertThat(second.text()).isEqualTo("c1\nc2\nc3\n");
        assertThat(third.text()).isEqualTo("c1\nc2\nc3\nc4\n");
    }

    @Test
    void whoeverIsHereGetsAMessageBetweenTwoPagesOfThoseWhoCatchUp() {
        List<Client> late = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            late.add(relay.register(TestHub.KEEP, "late", "cats"));
        }
        FakeConnection here = relay.connected("here", "news");
        relay.publishLines("cats c1", "cats c2");
        List<String> writes = new CopyOnWriteArrayList<>();
        here.beforeWrite(() -> writes.add("news"));
        AtomicBoolean once = new AtomicBoolean();
        CountDownLatch gate = relay.block();
        for (Client client : late) {
            FakeConnection connection = new FakeConnection();
            relay.connect(client, connection);
            connection.beforeWrite(() -> {
                writes.add("page");
                if (once.compareAndSet(false, true)) {
                    relay.publish("news", "n1");
                }
                busy();
            });
        }
        gate.countDown();
        await().until(() -> writes.stream().filter("page"::equals).count() >= MANY);
        assertThat(writes.indexOf("news")).isBetween(1, 3);
    }

    @Test
    void everybodyCatchesUpWhileMessagesNeverCease() {
        List<FakeConnection> late = new ArrayList<>();
        List<Client> clients = IntStream.range(0, MANY)
                .mapToObj(i -> relay.register(TestHub.KEEP, "late", "cats"))
                .toList();
        relay.publishLines("cats c1", "cats c2");
        FakeConnection here = relay.connected("here", "news");
        AtomicBoolean stopped = new AtomicBoolean();
        here.beforeWrite(() -> {
            if (!stopped.get()) {
                relay.publish("news", "again");
            }
        });
        relay.publish("news", "begins");
        for (Client client : clients) {
            FakeConnection connection = new FakeConnection();
            relay.connect(client, connection);
            late.add(connection);
        }
        await().until(() -> late.stream().allMatch(c -> c.text().equals("c1\nc2\n")));
        stopped.set(true);
    }

    @Test
    void keptClientsThatLeaveAsSoonAsTheyHaveAcknowledgedStayRegisteredHoweverManyTheyAre() {
        List<Client> clients = new ArrayList<>();
        List<SendQueue> queues = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Client client = relay.register(TestHub.KEEP, "user " + i, "cats");
            clients.add(client);
            queues.add(relay.connect(client, new FakeConnection()));
        }
        await().until(() -> relay.publishAndWait("cats", "c1") == clients.size());
        CountDownLatch gate = relay.block();
        for (int i = 0; i < clients.size(); i++) {
            relay.hub.acknowledge(clients.get(i), queues.get(i), 1);
            relay.hub.disconnect(clients.get(i), queues.get(i));
        }
        gate.countDown();
        relay.settle();
        relay.settle();
        assertThat(clients).allMatch(relay::knows);
    }

    private void command(Client client, SendQueue queue, String answer, String... topics) {
        relay.hub.subscribe(
                client,
                queue,
                new Subscription(TestHub.topics(topics), StartPosition.NOW),
                FixedAnswer.of(answer),
                () -> {},
                cause -> {
                    throw new AssertionError(cause);
                });
    }

    /** Longer than those who catch up may take in one go. */
    private static void busy() {
        long began = System.nanoTime();
        while (System.nanoTime() - began < 2_000_000) {
            Thread.onSpinWait();
        }
    }
}
