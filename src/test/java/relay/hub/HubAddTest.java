package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.testing.FakeConnection;

/** Topics that are added with their past change nothing in what becomes of those that a client has. */
class HubAddTest {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int QUEUE_BYTES = 20;

    @AutoClose
    private final TestHub relay = new TestHub();

    private final FakeConnection wire = new FakeConnection();

    @Test
    void whatItHasNotAcknowledgedOfItsTopicsComesAgainThoughTheAddedOneIsEmpty() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, wire);
        relay.publishLines("cats c1", "cats c2");
        add(client, queue, new StartPosition.Last(0), "dogs");
        relay.hub.disconnect(client, queue);
        assertThat(resumed(client)).containsExactly("c1", "c2");
    }

    @Test
    void norIsItAcknowledgedByAPastThatBeginsBeforeIt() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, wire);
        MessageId first = relay.publishLines("birds b1");
        acknowledge(client, queue);
        relay.publishLines("cats c2");
        add(client, queue, new StartPosition.After(first), "dogs");
        relay.hub.disconnect(client, queue);
        assertThat(resumed(client)).containsExactly("c2");
    }

    @Test
    void whatItAcknowledgesAfterwardsDoesNotComeAgain() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, wire);
        MessageId first = relay.publishLines("dogs d1");
        relay.publishLines("cats c2", "dogs d3");
        add(client, queue, new StartPosition.After(first), "dogs");
        for (int round = 0; round < 3; round++) {
            relay.advance(PAUSE);
            acknowledge(client, queue);
        }
        relay.hub.disconnect(client, queue);
        assertThat(wire.text().lines()).containsExactly("c2", "d3");
        assertThat(resumed(client)).isEmpty();
    }

    @Test
    void whoFallsBehindAfterwardsGetsNothingTwice() {
        Client client = relay.registerCatchingUp("1", "cats");
        SendQueue queue = relay.connect(client, wire, QUEUE_BYTES);
        MessageId first = relay.publishLines("birds b1");
        wire.takesPerWrite(0);
        relay.publishLines("cats c2", "cats c3", "cats c4", "cats c5", "cats c6", "cats c7");
        add(client, queue, new StartPosition.After(first), "dogs");
        relay.publishLines("cats c8", "cats c9");
        while (wire.takeRest()) {
            relay.settle();
        }
        assertThat(relay.hub.figures().catchUps()).isEqualTo(1);
        assertThat(wire.text().lines()).containsExactly("c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9");
    }

    private void add(Client client, SendQueue queue, StartPosition start, String... topics) {
        relay.hub.subscribe(
                client,
                queue,
                new Subscription(Subscription.Change.ADD, TestHub.topics(topics), start),
                SubscribeAnswer.NONE,
                () -> {},
                refused -> {});
        relay.settle();
    }

    private void acknowledge(Client client, SendQueue queue) {
        wire.pingPayloads().forEach(asked -> relay.hub.acknowledge(client, queue, Long.parseLong(asked)));
        relay.settle();
    }

    private List<String> resumed(Client client) {
        FakeConnection again = new FakeConnection();
        relay.connect(client, again);
        relay.settle();
        return again.text().lines().toList();
    }
}
