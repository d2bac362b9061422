package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.engine.Event;
import relay.engine.memory.MemoryEngine;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.SendQueue;
import relay.publish.PublishListener;
import relay.publish.Receipt;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;
import relay.testing.RecordingOutbox;

/** Which messages the backend is told not to have arrived: by the time of their publisher, or by their own. */
class UndeliveredTest {
    private static final Duration TTL = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final UserId USER = new UserId("1");

    private final RecordingOutbox outbox = new RecordingOutbox();
    private final TestHub relay = new TestHub(new MemoryEngine(InstantSource.system()), InstantSource.system(), outbox);

    /** What publishers that waited were answered, and how many events there were then. */
    private final List<String> answers = new ArrayList<>();

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aConfirmThatRanOutIsSaidBeforeItIsAnsweredWithHowFarItCame() {
        Client one = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(one, connection);
        relay.connect(relay.register("2", "cats"), new FakeConnection());
        SendQueue third = relay.connect(relay.register("3", "dogs"), new FakeConnection());
        assertThat(third.isIdle()).isTrue();
        Message message = new Message(
                List.of(new Topic("cats"), new Topic("dogs")), Optional.empty(), Text.of("x"), MessageOptions.NONE);
        Receipt receipt = confirmed(message);
        relay.settle();
        acknowledge(one, queue, connection);
        assertThat(outbox.events())
                .filteredOn(Event.Undelivered.class::isInstance)
                .isEmpty();
        receipt.expire();
        assertThat(answers).containsExactly("1 of 3, after 1 events");
        assertThat(undelivered())
                .containsExactly(new Event.Undelivered(
                        undelivered().get(0).message(),
                        message.topics(),
                        Optional.empty(),
                        Optional.of(new Event.Confirm(3, 1))));
    }

    @Test
    void aConfirmForOneUserSaysWhoseItWas() {
        relay.connect(relay.register("1", "cats"), new FakeConnection());
        Receipt receipt = confirmed(new Message(new Topic("cats"), Optional.of(USER), Text.of("x")));
        relay.settle();
        receipt.expire();
        assertThat(undelivered()).extracting(Event.Undelivered::recipient).containsExactly(Optional.of(USER));
    }

    @Test
    void aConfirmThatEndsEarlyIsNoNewsNeitherByAcknowledgementsNorByConnectionsThatEnd() {
        Client one = relay.register("1", "cats");
        Client two = relay.register("2", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(one, connection);
        SendQueue other = relay.connect(two, new FakeConnection());
        Receipt receipt = confirmed(TestHub.message("cats", "x"));
        relay.settle();
        acknowledge(one, queue, connection);
        relay.hub.disconnect(two, other);
        relay.settle();
        receipt.expire();
        assertThat(answers).hasSize(1);
        assertThat(undelivered()).isEmpty();
    }

    @Test
    void aConfirmThatNobodyGotIsNoNewsEvenIfItsTimeIsUpFirst() {
        CountDownLatch gate = relay.block();
        Receipt receipt = confirmed(TestHub.message("cats", "x"));
        receipt.expire();
        gate.countDown();
        relay.settle();
        await().until(() -> !answers.isEmpty());
        assertThat(answers).allSatisfy(answer -> assertThat(answer).startsWith("0 of 0"));
        assertThat(undelivered()).isEmpty();
    }

    @Test
    void onlyMessagesForOneUserWithATtlAreWatched() {
        relay.publish("cats", "for all").queued();
        relay.publish(Optional.of("1"), "cats", "for one").queued();
        publish(Optional.empty(), "cats", options(TTL));
        assertThat(outbox.watched()).isEmpty();
        MessageId id = publish(Optional.of(USER), "cats", options(TTL));
        assertThat(outbox.watched())
                .containsExactly(new RecordingOutbox.Watched(
                        new Event.Undelivered(id, List.of(new Topic("cats")), Optional.of(USER), Optional.empty()),
                        TTL));
    }

    @Test
    void aMessageIsReceivedWhenOneClientOfTheUserHasAcknowledgedItAndNotBefore() {
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.connect(relay.register(TestHub.KEEP, "1", "cats"), new FakeConnection());
        MessageId id = toUser("cats");
        relay.settle();
        assertThat(outbox.received()).isEmpty();
        acknowledge(client, queue, connection);
        assertThat(outbox.received()).containsExactly(id.sequence());
        outbox.timeIsUp();
        assertThat(undelivered()).isEmpty();
    }

    @Test
    void whatAnEventStreamIsHandedIsReceived() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        Client briefly = relay.register("1", "dogs");
        SendQueue queue = relay.connect(client, new FakeConnection().withoutPings());
        relay.connect(briefly, new FakeConnection().withoutPings());
        MessageId live = toUser("cats");
        MessageId toTheOther = toUser("dogs");
        relay.settle();
        assertThat(outbox.received()).containsExactly(live.sequence(), toTheOther.sequence());
        relay.hub.disconnect(client, queue);
        MessageId missed = publish(
                Optional.of(USER), "cats", new MessageOptions(Optional.of(TTL), Optional.empty(), Retain.VALUE));
        relay.settle();
        assertThat(outbox.received()).hasSize(2);
        relay.connect(client, new FakeConnection().withoutPings());
        await().untilAsserted(() -> assertThat(outbox.received()).contains(missed.sequence()));
        SendQueue other = relay.connect(relay.register("1", "emus"), new FakeConnection().withoutPings());
        MessageId value = publish(
                Optional.of(USER), "owls", new MessageOptions(Optional.of(TTL), Optional.empty(), Retain.VALUE));
        relay.subscribe(briefly, briefly.queue().orElseThrow(), "owls");
        await().untilAsserted(() -> assertThat(outbox.received()).contains(value.sequence()));
        assertThat(other.isIdle()).isTrue();
    }

    @Test
    void whatTheQueueOfAnEventStreamHasNoRoomForIsNotReceived() {
        SendQueue queue = relay.connect(
                relay.register("1", "cats"), new FakeConnection().withoutPings().takesPerWrite(0), 4096);
        relay.settle();
        List<Long> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sent.add(publish(Optional.of(USER), "cats", options(TTL), "x".repeat(500))
                    .sequence());
            relay.settle();
        }
        assertThat(queue.isIdle()).isFalse();
        assertThat(outbox.received())
                .isNotEmpty()
                .hasSizeLessThan(10)
                .isEqualTo(sent.subList(0, outbox.received().size()));
    }

    @Test
    void aMessageThatNobodyAcknowledgesIsNotReceived() {
        Client client = relay.register("1", "cats");
        SendQueue queue = relay.connect(client, new FakeConnection());
        MessageId id = toUser("cats");
        relay.settle();
        relay.hub.acknowledge(client, queue, id.sequence() + 1);
        relay.hub.disconnect(client, queue);
        relay.settle();
        assertThat(outbox.received()).isEmpty();
        outbox.timeIsUp();
        assertThat(outbox.said()).contains("undelivered " + id.sequence());
    }

    @Test
    void whatAClientOfTheUserDoesNotAskForIsNotReceived() {
        Client client = relay.register("1", "dogs");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        toUser("cats");
        MessageId last = toUser("dogs");
        relay.settle();
        acknowledge(client, queue, connection);
        assertThat(outbox.received()).containsExactly(last.sequence());
    }

    @Test
    void aMessageThatComesToAClientThatReconnectsIsReceivedWhenThatHasAcknowledgedIt() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue first = relay.connect(client, new FakeConnection());
        MessageId lost = toUser("cats");
        relay.hub.disconnect(client, first);
        MessageId missed = toUser("cats");
        relay.settle();
        assertThat(outbox.received()).isEmpty();
        FakeConnection second = new FakeConnection();
        SendQueue queue = relay.connect(client, second);
        await().until(() -> second.text().lines().count() == 2);
        relay.advance(PAUSE);
        acknowledge(client, queue, second);
        assertThat(outbox.received()).containsExactly(lost.sequence(), missed.sequence());
    }

    @Test
    void aMessageThatAClientWithoutKeepReadsFromThePastIsReceivedToo() {
        MessageId id = toUser("cats");
        MessageId after = new MessageId(id.epoch(), 0);
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection, new StartPosition.After(after));
        await().until(() -> connection.text().lines().count() == 1);
        relay.advance(PAUSE);
        acknowledge(client, queue, connection);
        assertThat(outbox.received()).containsExactly(id.sequence());
        relay.publish("cats", "for all").queued();
        relay.advance(PAUSE);
        relay.publish("cats", "for all").queued();
        assertThat(connection.pings()).as("nobody else needs to know").isEqualTo(1);
    }

    @Test
    void aRetainedValueIsReceivedWhenTheClientHasAnsweredAPingThatCameBehindIt() {
        MessageId id = publish(
                Optional.of(USER), "cats", new MessageOptions(Optional.of(TTL), Optional.empty(), Retain.VALUE));
        Client client = relay.register("1", "dogs");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        MessageId first = toUser("dogs");
        relay.settle();
        // Asked about the first, it is sent the value.
        assertThat(connection.pings()).isEqualTo(1);
        relay.subscribe(client, queue, "dogs", "cats");
        await().until(() -> connection.text().lines().count() == 2);
        acknowledge(client, queue, connection);
        assertThat(outbox.received()).containsExactly(first.sequence());
        relay.advance(PAUSE);
        assertThat(connection.pings()).isEqualTo(2);
        acknowledge(client, queue, connection);
        assertThat(outbox.received()).containsExactly(first.sequence(), id.sequence());
    }

    @Test
    void aMessageThatAQueueHadNoRoomForIsReceivedWhenItsClientHasCaughtUp() {
        Client client = relay.registerCatchingUp("1", "cats");
        FakeConnection connection = new FakeConnection().takesPerWrite(0);
        SendQueue queue = relay.connect(client, connection, 4096);
        relay.settle();
        List<Long> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sent.add(publish(Optional.of(USER), "cats", options(TTL), "x".repeat(500))
                    .sequence());
            relay.settle();
        }
        connection.takesPerWrite(Integer.MAX_VALUE);
        await().until(() -> {
            connection.takeRest();
            relay.settle();
            return connection.text().lines().count() == sent.size();
        });
        assertThat(outbox.received()).isEmpty();
        relay.advance(PAUSE);
        acknowledge(client, queue, connection);
        relay.advance(PAUSE);
        acknowledge(client, queue, connection);
        assertThat(outbox.received()).containsExactlyElementsOf(sent);
    }

    @Test
    void aMessageWithSeveralTopicsIsReceivedOnce() {
        Client client = relay.register("1", "cats", "dogs");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        CompletableFuture<MessageId> accepted = new CompletableFuture<>();
        relay.hub.publish(
                new Message(
                        List.of(new Topic("emus"), new Topic("cats"), new Topic("dogs")),
                        Optional.of(USER),
                        Text.of("x"),
                        options(TTL)),
                Optional.empty(),
                HandedOver.to((id, queued) -> accepted.complete(id)));
        MessageId id = TestHub.join(accepted);
        acknowledge(client, queue, connection);
        assertThat(outbox.received()).containsExactly(id.sequence());
    }

    @Test
    void theLastPingOfARelayThatLeavesCounts() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        MessageId id = toUser("cats");
        relay.hub.goAway(Duration.ZERO);
        relay.settle();
        relay.hub.acknowledgeAll(client, queue);
        relay.settle();
        assertThat(outbox.received()).containsExactly(id.sequence());
    }

    private static MessageOptions options(Duration ttl) {
        return new MessageOptions(Optional.of(ttl), Optional.empty(), Retain.NO);
    }

    private MessageId toUser(String topic) {
        return publish(Optional.of(USER), topic, options(TTL));
    }

    private MessageId publish(Optional<UserId> user, String topic, MessageOptions options) {
        return publish(user, topic, options, "x");
    }

    private MessageId publish(Optional<UserId> user, String topic, MessageOptions options, String text) {
        CompletableFuture<MessageId> accepted = new CompletableFuture<>();
        relay.hub.publish(
                new Message(List.of(new Topic(topic)), user, Text.of(text), options),
                Optional.empty(),
                HandedOver.to((id, queued) -> accepted.complete(id)));
        return TestHub.join(accepted);
    }

    private Receipt confirmed(Message message) {
        return relay.hub.publishConfirmed(message, Optional.empty(), Duration.ofSeconds(1), new PublishListener() {
            @Override
            public void published(Outcome outcome) {
                answers.add(outcome.acknowledged() + " of " + outcome.queued() + ", after "
                        + undelivered().size() + " events");
            }

            @Override
            public void repeated(MessageId id, Optional<String> answer) {
                throw new AssertionError("no key was given");
            }

            @Override
            public void refused(RuntimeException cause) {
                throw new AssertionError(cause);
            }
        });
    }

    private List<Event.Undelivered> undelivered() {
        return outbox.events().stream()
                .filter(Event.Undelivered.class::isInstance)
                .map(Event.Undelivered.class::cast)
                .toList();
    }

    /** The client answers the last ping. */
    private void acknowledge(Client client, SendQueue queue, FakeConnection connection) {
        relay.settle();
        List<String> pings = connection.pingPayloads();
        relay.hub.acknowledge(client, queue, Long.parseLong(pings.get(pings.size() - 1)));
        relay.settle();
    }
}
