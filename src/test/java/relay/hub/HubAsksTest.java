package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.history.HistoryOptions;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.LineEncoding;

/** Clients are asked what they have received behind what they are sent, and as little as possible comes to them twice. */
class HubAsksTest {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int LARGE = 70_000;
    private static final LineEncoding LINES = LineEncoding.withPings();

    @AutoClose
    private final TestHub relay = new TestHub();

    @Test
    void theQuestionLiesBehindTheMessagesInTheSameWrite() {
        FakeConnection wire = wire();
        connect(wire, "cats");
        CountDownLatch gate = relay.block();
        relay.publish("cats", "c2");
        relay.publish("cats", "c3");
        gate.countDown();
        relay.settle();
        assertThat(wire.writes()).hasSize(1).first().asString().matches("c2\nc3\nping \\d+\n");
        assertThat(wire.pings()).isZero();
    }

    @Test
    void whoWasSentOnlySomeOfTheMessagesIsAskedBehindThemAboutAll() {
        FakeConnection wire = wire();
        FakeConnection other = wire();
        connect(wire, "cats");
        connect(other, "dogs");
        CountDownLatch gate = relay.block();
        relay.publish("cats", "c2");
        relay.publish("dogs", "d3");
        relay.publish("cats", "c4");
        relay.publish("dogs", "d5");
        gate.countDown();
        relay.settle();
        assertThat(wire.writes()).hasSize(1).first().asString().matches("c2\nc4\nping \\d+\n");
        assertThat(other.writes()).hasSize(1).first().asString().matches("d3\nd5\nping \\d+\n");
    }

    @Test
    void whoHasNotAnsweredYetGetsMessagesWithoutAQuestion() {
        FakeConnection wire = wire();
        FakeConnection answering = wire();
        relay.connect(relay.register(TestHub.KEEP, "1", "cats"), wire);
        Client client = relay.register(TestHub.KEEP, "2", "cats");
        SendQueue queue = relay.connect(client, answering);
        relay.publishAndWait("cats", "c1");
        relay.hub.acknowledge(client, queue, 1);
        relay.advance(PAUSE);
        relay.publishAndWait("cats", "c4");
        assertThat(wire.text()).isEqualTo("c1\nping 1\nc4\n");
        assertThat(answering.text()).isEqualTo("c1\nping 1\nc4\nping 4\n");
    }

    @Test
    void whoseStreamPausesIsAskedWithin50MillisecondsAboutTheLastMessage() {
        FakeConnection wire = wire();
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, wire);
        relay.publishAndWait("cats", "c1");
        relay.hub.acknowledge(client, queue, 1);
        relay.publishAndWait("cats", "c2");
        relay.settle();
        assertThat(wire.text()).isEqualTo("c1\nping 1\nc2\n");
        assertThat(wire.pings()).isZero();
        relay.advance(PAUSE);
        assertThat(wire.pings()).isEqualTo(1);
        relay.hub.acknowledge(client, queue, lastAsked(wire));
        relay.hub.disconnect(client, queue);
        assertThat(resume(client).text()).isEmpty();
    }

    @Test
    void aLargeMessageIsFollowedByAQuestionOfItsOwn() {
        FakeConnection wire = wire();
        relay.connect(relay.register(TestHub.KEEP, "1", "cats"), wire);
        relay.publishAndWait("cats", "x".repeat(LARGE));
        relay.settle();
        assertThat(wire.text()).hasSize(LARGE + 1);
        assertThat(wire.pingPayloads()).containsExactly("1");
    }

    @Test
    void nobodyIsTooSlowBecauseOfTheQuestion() {
        FakeConnection wire = wire().takesPerWrite(1);
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.connect(client, wire, 8);
        relay.publishAndWait("dogs", "d");
        relay.publishAndWait("cats", "1234");
        wire.takeRest();
        relay.advance(PAUSE);
        relay.publishAndWait("cats", "5");
        relay.settle();
        assertThat(wire.closeReasons()).isEmpty();
    }

    @Test
    void whoCannotBeGivenAMessageIsNotAskedAboutIt() {
        FakeConnection wire = wire();
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, wire);
        queue.fail(new IOException("the wire is broken, and the hub has yet to hear of it"));
        relay.publishAndWait("cats", "refused");
        relay.hub.acknowledge(client, queue, 1);
        relay.hub.disconnect(client, queue);
        assertThat(wire.text()).isEmpty();
        assertThat(resume(client).text()).startsWith("refused\n");
    }

    @Test
    void aSignOfLifeOfAClientWithQuietTopicsMovesItsCursorToThePresent() {
        TestHub forgetful = new TestHub(1, 64 << 20, new HistoryOptions(20, Duration.ofSeconds(1), 64 << 20));
        try (forgetful) {
            Client client = forgetful.register(TestHub.KEEP, "1", "quiet");
            FakeConnection wire = wire();
            SendQueue queue = forgetful.connect(client, wire);
            for (int i = 0; i < 30; i++) {
                forgetful.publishAndWait("busy", "not its own");
            }
            forgetful.advance(TestHub.PING_INTERVAL);
            assertThat(lastAsked(wire)).isGreaterThanOrEqualTo(30);
            forgetful.hub.acknowledge(client, queue, lastAsked(wire));
            forgetful.publishAndWait("quiet", "its own");
            forgetful.hub.disconnect(client, queue);
            FakeConnection again = wire();
            forgetful.connect(client, again);
            forgetful.settle();
            assertThat(again.text()).startsWith("its own\n");
        }
    }

    @Test
    void whoAnswersTheCloseFrameHasReadEverythingBeforeIt() {
        FakeConnection wire = wire();
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, wire);
        relay.publishAndWait("cats", "c1");
        relay.publishAndWait("cats", "c2");
        relay.hub.acknowledgeAll(client, queue);
        relay.hub.disconnect(client, queue);
        relay.publishAndWait("cats", "c3");
        assertThat(resume(client).text()).startsWith("c3\n");
    }

    @Test
    void whoAnswersTheCloseFrameHasNotReadWhatItsQueueRefused() {
        FakeConnection slow = wire().takesPerWrite(0);
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, slow, 1);
        relay.publishAndWait("cats", "waits");
        CountDownLatch gate = relay.block();
        relay.publish("cats", "refused");
        relay.hub.acknowledgeAll(client, queue);
        gate.countDown();
        relay.settle();
        assertThat(slow.closeReasons()).containsExactly(CloseReason.TOO_SLOW);
        assertThat(resume(client).text()).startsWith("refused\n");
    }

    private void connect(FakeConnection wire, String topic) {
        relay.connect(relay.register(TestHub.KEEP, "1", topic), wire);
        relay.settle();
    }

    private FakeConnection resume(Client client) {
        FakeConnection wire = wire();
        relay.connect(client, wire);
        relay.settle();
        return wire;
    }

    private static FakeConnection wire() {
        return new FakeConnection(LINES);
    }

    private static long lastAsked(FakeConnection wire) {
        List<String> asked = wire.pingPayloads();
        return Long.parseLong(asked.get(asked.size() - 1));
    }
}
