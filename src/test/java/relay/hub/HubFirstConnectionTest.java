package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.history.HistoryOptions;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.UserId;
import relay.testing.FakeConnection;

/** What is published between a registration and its first connection. */
class HubFirstConnectionTest {
    private final TestHub relay = new TestHub(1, 64 << 20, new HistoryOptions(20, Duration.ofMinutes(10), 1 << 20));

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void isDeliveredInOrderBeforeAnythingNewIfTheClientIsKept() {
        publish("cats before");
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        publish("cats a", "dogs b", "emus -");
        FakeConnection connection = connect(client, StartPosition.NOW);
        publish("cats c");
        assertThat(connection.text()).isEqualTo("a\nb\nc\n");
    }

    @Test
    void isDeliveredAgainIfTheFirstConnectionEndsWithoutAWord() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        publish("cats a");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        assertThat(connect(client, StartPosition.NOW).text()).isEqualTo("a\n");
    }

    @Test
    void isLostToWhoeverIsNotKept() {
        Client client = relay.register("1", "cats");
        publish("cats a");
        FakeConnection connection = connect(client, StartPosition.NOW);
        publish("cats b");
        assertThat(connection.text()).isEqualTo("b\n");
    }

    @Test
    void isDeliveredToWhoeverIsNotKeptAndSaysThePositionOfItsRegistration() {
        publish("cats before");
        Registration registered = register(Duration.ZERO);
        publish("cats a");
        assertThat(connect(registered.client, new StartPosition.After(registered.after))
                        .text())
                .isEqualTo("a\n");
    }

    @Test
    void isAnnouncedAsAGapWhereItIsNoLongerHeld() {
        publish("cats before");
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        publish("dogs held");
        IntStream.range(0, 25).forEach(i -> publish("cats " + i));
        assertThat(connect(client, StartPosition.NOW).text()).startsWith("gap cats 1 trimmed\nheld\n5\n");
    }

    @Test
    void isLeftOutIfTheClientSaysAnotherPosition() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        MessageId first = publish("cats a");
        publish("cats b");
        assertThat(connect(client, new StartPosition.After(first)).text()).isEqualTo("b\n");
    }

    @Test
    void hasThePositionThatIsAnsweredThoughTheWorkerIsBehind() {
        CountDownLatch gate = relay.block();
        relay.publish("cats", "before");
        Registration kept = register(TestHub.KEEP);
        Registration told = register(Duration.ZERO);
        relay.publish("cats", "after");
        FakeConnection one = new FakeConnection();
        FakeConnection other = new FakeConnection();
        relay.connect(kept.client, one);
        relay.connect(told.client, other, new StartPosition.After(told.after));
        gate.countDown();
        relay.settle();
        assertThat(one.text()).isEqualTo("after\n");
        assertThat(other.text()).isEqualTo("after\n");
    }

    @Test
    void beginsWithTheLogWhereNothingWasPublishedBefore() {
        MessageId after = register(TestHub.KEEP).after;
        assertThat(after.sequence()).isZero();
        assertThat(publish("cats a")).isEqualTo(new MessageId(after.epoch(), 1));
    }

    private record Registration(Client client, MessageId after) {}

    private Registration register(Duration keep) {
        Client client = new Client(ClientId.random(), Optional.of(new UserId("1")), keep, Permissions.EVERYTHING);
        return new Registration(client, relay.hub.register(client, TestHub.topics("cats")));
    }

    private FakeConnection connect(Client client, StartPosition start) {
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection, start);
        relay.settle();
        return connection;
    }

    private MessageId publish(String... lines) {
        return relay.publishLines(lines);
    }
}
