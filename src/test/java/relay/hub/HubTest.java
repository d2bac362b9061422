package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.outbound.WriteListener;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;

/** Who gets what, and what the publisher hears of it. */
class HubTest {
    private final TestHub relay = new TestHub();

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aMessageGoesToEveryConnectionOfItsTopicAndToNoOther() {
        FakeConnection cat = relay.connected("1", "cats");
        FakeConnection both = relay.connected("2", "cats", "dogs");
        FakeConnection dog = relay.connected("3", "dogs");
        assertThat(relay.publishAndWait("cats", "miaow")).isEqualTo(2);
        assertThat(relay.publishAndWait("dogs", "woof")).isEqualTo(2);
        assertThat(relay.publishAndWait("emus", "grunt")).isZero();
        assertThat(cat.text()).isEqualTo("miaow\n");
        assertThat(both.text()).isEqualTo("miaow\nwoof\n");
        assertThat(dog.text()).isEqualTo("woof\n");
    }

    @Test
    void aMessageForAUserGoesToThatUsersConnectionsOfTheTopicOnly() {
        FakeConnection first = relay.connected("1", "cats");
        FakeConnection second = relay.connected("1", "cats", "dogs");
        FakeConnection otherTopic = relay.connected("1", "dogs");
        FakeConnection otherUser = relay.connected("2", "cats");
        assertThat(relay.publish(Optional.of("1"), "cats", "for you").queued()).isEqualTo(2);
        assertThat(relay.publish(Optional.of("3"), "cats", "for nobody").queued())
                .isZero();
        assertThat(first.text()).isEqualTo("for you\n");
        assertThat(second.text()).isEqualTo("for you\n");
        assertThat(otherTopic.text()).isEmpty();
        assertThat(otherUser.text()).isEmpty();
    }

    @Test
    void aClientWithoutAConnectionIsNotCounted() {
        relay.register("1", "cats");
        assertThat(relay.publishAndWait("cats", "miaow")).isZero();
    }

    @Test
    void idsOfOneHubShareTheirEpochAndCountUpFromOne() {
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<MessageId> handedOver = new CompletableFuture<>();
            relay.hub.publish(
                    TestHub.message("cats", ""),
                    Optional.empty(),
                    HandedOver.to((id, queued) -> handedOver.complete(id)));
            ids.add(TestHub.join(handedOver));
        }
        assertThat(ids).extracting(MessageId::sequence).containsExactly(1L, 2L, 3L);
        assertThat(ids).extracting(MessageId::epoch).containsOnly(ids.get(0).epoch());
        assertThat(ids.get(0).epoch()).matches("[0-9a-f]{16}");
    }

    @Test
    void aSubscriptionReplacesTheTopicsBetweenTwoMessages() {
        Client client = relay.register("1", "cats", "dogs");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        CountDownLatch gate = relay.block();
        CompletableFuture<Void> applied = new CompletableFuture<>();
        relay.publish("cats", "c1");
        relay.publish("dogs", "d1");
        relay.publish("emus", "not yet");
        relay.hub.subscribe(
                client,
                queue,
                new Subscription(TestHub.topics("dogs", "emus"), StartPosition.NOW),
                SubscribeAnswer.NONE,
                () -> {
                    assertThat(connection.text()).isEqualTo("c1\nd1\n");
                    applied.complete(null);
                },
                applied::completeExceptionally);
        relay.publish("cats", "no more");
        relay.publish("dogs", "d2");
        relay.publish("emus", "e2");
        gate.countDown();
        TestHub.join(applied);
        relay.settle();
        assertThat(connection.text()).isEqualTo("c1\nd1\nd2\ne2\n");
    }

    @Test
    void noTopicsMeansNoMessages() {
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.subscribe(client, queue);
        assertThat(relay.publishAndWait("cats", "")).isZero();
        relay.subscribe(client, queue, "cats");
        assertThat(relay.publishAndWait("cats", "")).isEqualTo(1);
    }

    @Test
    void aNewerConnectionReplacesTheOlder() {
        Client client = relay.register("1", "cats");
        FakeConnection older = new FakeConnection();
        SendQueue olderQueue = relay.connect(client, older);
        FakeConnection newer = new FakeConnection();
        relay.connect(client, newer);
        relay.subscribe(client, olderQueue, "dogs");
        relay.hub.disconnect(client, olderQueue);
        assertThat(relay.publishAndWait("cats", "miaow")).isEqualTo(1);
        assertThat(relay.publishAndWait("dogs", "woof")).isZero();
        assertThat(older.closeReasons()).containsExactly(CloseReason.REPLACED);
        assertThat(older.text()).isEmpty();
        assertThat(newer.closeReasons()).isEmpty();
        assertThat(newer.text()).isEqualTo("miaow\n");
    }

    @Test
    void unregisteringClosesTheConnectionAfterWhatWasAccepted() {
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        CountDownLatch gate = relay.block();
        TestHub.Published before = relay.publish("cats", "before");
        relay.hub.unregister(client);
        TestHub.Published after = relay.publish("cats", "after");
        relay.hub.unregister(client);
        gate.countDown();
        assertThat(before.queued()).isEqualTo(1);
        assertThat(after.queued()).isZero();
        assertThat(connection.text()).isEqualTo("before\n");
        assertThat(connection.closeReasons()).containsExactly(CloseReason.DELETED);
        assertThat(relay.knows(client)).isFalse();
    }

    @Test
    void aConnectionToAClientThatIsGoneIsClosedAsDeleted() {
        Client client = relay.register("1", "cats");
        relay.hub.unregister(client);
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        relay.settle();
        assertThat(connection.closeReasons()).containsExactly(CloseReason.DELETED);
    }

    @Test
    void aFullQueueTakesNothingOfTheBatchIsNotCountedAndIsClosedAsTooSlow() {
        Client slow = relay.register("1", "cats");
        FakeConnection stuck = new FakeConnection().takesPerWrite(3);
        relay.connect(slow, stuck, 12);
        FakeConnection quick = relay.connected("2", "cats", "dogs");
        assertThat(relay.publishAndWait("cats", "0123456789")).isEqualTo(2);
        CountDownLatch gate = relay.block();
        List<TestHub.Published> batch =
                List.of(relay.publish("cats", "a"), relay.publish("dogs", "b"), relay.publish("cats", "ccccccccccc"));
        gate.countDown();
        assertThat(batch.stream().map(TestHub.Published::queued)).containsExactly(1, 1, 1);
        assertThat(relay.publishAndWait("cats", "later")).isEqualTo(1);
        while (stuck.takeRest()) {
            assertThat(stuck.overlaps()).isZero();
        }
        assertThat(stuck.text()).isEqualTo("0123456789\n");
        assertThat(stuck.closeReasons()).containsExactly(CloseReason.TOO_SLOW);
        assertThat(relay.knows(slow)).isFalse();
        assertThat(quick.text()).isEqualTo("0123456789\na\nb\nccccccccccc\nlater\n");
        assertThat(quick.closeReasons()).isEmpty();
    }

    @Test
    void aConnectionThatIsClosingIsNotCounted() {
        FakeConnection closing = new FakeConnection();
        SendQueue queue = relay.connect(relay.register("1", "cats"), closing);
        relay.connected("2", "cats");
        queue.close(ByteBuffer.wrap(new byte[] {'b', 'y', 'e'}), WriteListener.NONE);
        assertThat(relay.publishAndWait("cats", "late")).isEqualTo(1);
        assertThat(closing.text()).isEqualTo("bye");
        assertThat(closing.closeReasons()).isEmpty();
    }

    @Test
    void aConnectionThatFailsHarmsNoOther() {
        FakeConnection broken = relay.connected("1", "cats");
        FakeConnection sound = relay.connected("2", "cats");
        broken.beforeWrite(() -> {
            throw new IllegalStateException("a bug in a wire");
        });
        assertThat(relay.publishAndWait("cats", "miaow")).isEqualTo(1);
        assertThat(sound.text()).isEqualTo("miaow\n");
        assertThat(broken.aborts()).hasSize(1);
    }
}
