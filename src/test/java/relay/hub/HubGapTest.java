package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.message.Gap;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.FixedAnswer;

/** What is lost before it comes is told where it is missing, whatever the clients do meanwhile. */
class HubGapTest {
    private final LosingEngine engine = new LosingEngine();

    @AutoClose
    private final TestHub relay = new TestHub(engine);

    @Test
    void aClientThatChangesItsTopicsGetsTheGapBeforeTheAnswerAndOthersGetItOnce() {
        FakeConnection asks = new FakeConnection();
        Client client = relay.register("1", "cats", "dogs");
        SendQueue queue = relay.connect(client, asks);
        FakeConnection second = relay.connected("2", "cats");
        FakeConnection third = relay.connected("3", "cats");
        CountDownLatch gate = relay.block();
        String gap = "gap cats " + engine.lose("cats") + " epoch\n";
        subscribe(client, queue, "dogs");
        relay.publish("cats", "c");
        relay.publish("dogs", "d");
        gate.countDown();
        relay.settle();
        assertThat(asks.text()).isEqualTo(gap + "ok\nd\n");
        assertThat(second.text()).isEqualTo(gap + "c\n");
        assertThat(third.text()).isEqualTo(gap + "c\n");
    }

    @Test
    void aGapOfATopicIsToldOnceToWhoeverAsksForItByNameOrByPattern() {
        FakeConnection byPattern = relay.connected("1", "a.*");
        FakeConnection both = relay.connected("2", "a.b", "a.*", "**");
        FakeConnection other = relay.connected("3", "a.c", "b.*");
        String gap = "gap a.b " + engine.lose("a.b") + " epoch\n";
        relay.publishAndWait("a.b", "next");
        assertThat(byPattern.text()).isEqualTo(gap + "next\n");
        assertThat(both.text().replace("\n\n", "\n")).isEqualTo(gap + "next\n");
        assertThat(other.text()).isEmpty();
    }

    @Test
    void aGapOfAPatternIsToldToWhoeverAsksForThatPatternConnectedOrNot() {
        FakeConnection connected = relay.connected("1", "a.*");
        FakeConnection byName = relay.connected("2", "a.b");
        Client away = relay.register(TestHub.KEEP, "3", "a.*");
        relay.hub.disconnect(away, relay.connect(away, new FakeConnection()));
        relay.settle();
        String gap = "gap a.* " + engine.lose("a.*");
        relay.publishAndWait("a.b", "next");
        assertThat(connected.text()).isEqualTo(gap + " epoch\nnext\n");
        assertThat(byName.text()).isEqualTo("next\n");
        FakeConnection back = new FakeConnection();
        relay.connect(away, back);
        await().untilAsserted(() -> assertThat(back.text()).matches("gap a\\.\\* \\d+ trimmed\nnext\n"));
    }

    @Test
    void noPingAsksForMessagesBehindAGapThatWasNotSentYet() {
        FakeConnection asked = new FakeConnection();
        relay.connect(relay.register(TestHub.KEEP, "1", "cats"), asked);
        CountDownLatch gate = relay.block();
        relay.publish("cats", "a");
        long after = engine.lose("cats");
        relay.publish("dogs", "far on");
        gate.countDown();
        relay.settle();
        assertThat(asked.text()).isEqualTo("a\ngap cats " + after + " epoch\n");
        assertThat(asked.pingPayloads()).containsExactly(Long.toString(after));
    }

    @Test
    void aClientThatLeavesBeforeTheGapGetsItWhenItReturns() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, new FakeConnection());
        CountDownLatch gate = relay.block();
        engine.lose("cats");
        relay.hub.disconnect(client, queue);
        relay.publish("dogs", "far on");
        gate.countDown();
        relay.settle();
        FakeConnection second = new FakeConnection();
        relay.connect(client, second);
        relay.settle();
        assertThat(second.text()).startsWith("gap cats ").endsWith(" trimmed\n");
    }

    @Test
    void aClientThatIsBeingDeletedGetsTheGapBeforeItsLastMessages() {
        FakeConnection leaves = new FakeConnection();
        Client client = relay.register("1", "cats");
        relay.connect(client, leaves);
        CountDownLatch gate = relay.block();
        long after = engine.loseAnything();
        relay.publish("cats", "last");
        relay.hub.unregister(client);
        gate.countDown();
        relay.settle();
        assertThat(leaves.text()).isEqualTo("gap cats " + after + " epoch\nlast\n");
    }

    @Test
    void aClientThatCatchesUpWhenItsTopicIsLostGetsAGapAndStaysConnected() {
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        for (int i = 1; i <= 6; i++) {
            relay.publishAndWait("cats", "cat " + i);
            relay.publishAndWait("dogs", "dog " + i);
        }
        FakeConnection slow = new FakeConnection().takesPerWrite(0);
        relay.connect(client, slow, "cat 1\n".length());
        relay.settle();
        assertThat(slow.takeRest()).isTrue();
        relay.settle();
        engine.lose("cats");
        relay.publishAndWait("cats", "cat 7");
        while (slow.takeRest()) {
            relay.settle();
        }
        assertThat(slow.closeReasons()).isEmpty();
        assertThat(slow.text())
                .isEqualTo("cat 1\ndog 1\ngap cats 2 trimmed\ndog 2\ndog 3\ndog 4\ndog 5\ndog 6\ncat 7\n");
    }

    @Test
    void aClientThatIsUpToDateBeforeTheWorkerComesToTheLossGetsTheGapBeforeTheNextMessage() {
        FakeConnection connection = new FakeConnection();
        CountDownLatch gate = blockBehindACatchUp();
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.connect(client, connection);
        String gap = "gap cats " + engine.beginToLose("cats") + " epoch\n";
        gate.countDown();
        relay.settleWithoutMessage(client);
        engine.endLoss();
        relay.publishAndWait("cats", "c");
        assertThat(connection.text()).isEqualTo(gap + "c\n");
    }

    @Test
    void aClientThatConnectsBetweenTheLossAndItsEndGetsTheGapBeforeTheNextMessage() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        String gap = "gap cats " + engine.beginToLose("cats") + " epoch\n";
        relay.connect(client, connection);
        relay.settleWithoutMessage(client);
        engine.endLoss();
        relay.publishAndWait("cats", "c");
        assertThat(connection.text()).isEqualTo(gap + "c\n");
    }

    @Test
    void aClientThatFindsTheLossInTheHistoryGetsTheGapOnce() {
        FakeConnection connection = new FakeConnection();
        CountDownLatch gate = blockBehindACatchUp();
        relay.connect(relay.register(TestHub.KEEP, "1", "cats"), connection);
        String gap = "gap cats " + engine.beginToLose("cats") + " trimmed\n";
        engine.endLoss();
        relay.publish("cats", "c");
        gate.countDown();
        relay.settle();
        assertThat(connection.text()).isEqualTo(gap + "c\n");
    }

    @Test
    void aClientThatFindsOnlyTheBeginningOfTheLossInTheHistoryGetsTheGapOnce() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.publishAndWait("dogs", "d");
        FakeConnection connection = new FakeConnection();
        engine.beginToLose("cats");
        relay.connect(client, connection);
        relay.settleWithoutMessage(client);
        engine.endLoss();
        relay.publishAndWait("cats", "c");
        assertThat(connection.text()).isEqualTo("gap cats 0 trimmed\nc\n");
    }

    /** Blocks the worker. Later clients then wait in a line, because the first one takes all the time there is for catching up. */
    private CountDownLatch blockBehindACatchUp() {
        FakeConnection first = new FakeConnection();
        first.beforeWrite(() -> {
            long began = System.nanoTime();
            while (System.nanoTime() - began < TimeUnit.MILLISECONDS.toNanos(2)) {
                Thread.onSpinWait();
            }
        });
        Client client = relay.register(TestHub.KEEP, "2", "dogs");
        relay.publishAndWait("dogs", "d");
        CountDownLatch gate = relay.block();
        relay.connect(client, first);
        return gate;
    }

    private void subscribe(Client client, SendQueue queue, String... topics) {
        relay.hub.subscribe(
                client,
                queue,
                new Subscription(TestHub.topics(topics), StartPosition.NOW),
                FixedAnswer.of("ok\n"),
                () -> {},
                cause -> {
                    throw new AssertionError(cause);
                });
    }

    private static final class LosingEngine extends NumberingEngine {
        /** A message on a topic is lost; the sequence after which. */
        synchronized long lose(String topic) {
            long after = beginToLose(topic);
            endLoss();
            return after;
        }

        /** A message on a topic is lost, and the relay has yet to hear that the sequence has passed it. */
        synchronized long beginToLose(String topic) {
            long after = take(1);
            receiver().missed(new Topic(topic), Optional.empty(), id(after), last(), Gap.Reason.EPOCH);
            return after;
        }

        synchronized void endLoss() {
            receiver().reached(last());
        }

        /** Nobody knows what was lost; the sequence after which. */
        synchronized long loseAnything() {
            receiver().lost(id(last()));
            return last();
        }
    }
}
