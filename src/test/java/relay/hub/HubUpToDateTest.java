package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
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
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;

/** A client that is up to date has everything, though its own topics are quiet: there is no gap that is not there. */
class HubUpToDateTest {
    private static final int MANY = 25_000;
    private static final Duration AGE = Duration.ofSeconds(40);
    private static final HistoryOptions HISTORY = new HistoryOptions(20, AGE, 64 << 20);

    private TestHub relay = new TestHub(2, 64 << 20, HISTORY);

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void messagesOfManyUsersThatAgeAreNoGapToWhomeverTheyWereNotFor() {
        Client client = relay.register(TestHub.KEEP, "quiet", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        IntStream.range(0, MANY).forEach(i -> relay.publish(Optional.of("user " + i), "cats", ""));
        age(connection);
        comesBackTwiceWithoutAGap(client, queue);
    }

    @Test
    void messagesOnManyTopicsThatAgeAreNoGapToWhoeverAskedForNone() {
        Client client = relay.register(TestHub.KEEP, "1", "quiet");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        IntStream.range(0, MANY).forEach(i -> relay.publish("topic " + i, ""));
        age(connection);
        comesBackTwiceWithoutAGap(client, queue);
    }

    @Test
    void whatAgesWhileAClientIsAwayIsNoGapUnlessItWasForThatClient() {
        Client quiet = away("quiet", "cats");
        Client other = away("other", "quiet topic");
        Client missed = away("user 1", "cats");
        for (int round = 0; round < 2; round++) {
            int first = round * MANY;
            IntStream.range(first, first + MANY).forEach(i -> relay.publish(Optional.of("user " + i), "cats", ""));
            IntStream.range(first, first + MANY).forEach(i -> relay.publish("topic " + i, ""));
            relay.settle();
            relay.advance(AGE);
        }
        await().until(() -> relay.hub.historyBytes() < 10_000);
        assertThat(resume(quiet).text()).isEmpty();
        assertThat(resume(other).text()).isEmpty();
        assertThat(resume(missed).text()).matches("gap cats \\d+ trimmed\n");
    }

    @Test
    void whatAgesWhileAClientIsAwayIsAGapIfItMatchesItsPatternAndNoneIfItDoesNot() {
        Client missed = away("1", "own.*");
        Client quiet = away("2", "quiet.*");
        relay.publish("own.1", "");
        for (int round = 0; round < 2; round++) {
            int first = round * MANY;
            IntStream.range(first, first + MANY).forEach(i -> relay.publish("topic " + i, ""));
            relay.settle();
            relay.advance(AGE);
        }
        await().until(() -> relay.hub.historyBytes() < 10_000);
        FakeConnection first = resume(missed);
        // The names of all topics are looked at, in steps.
        await().untilAsserted(() -> assertThat(first.text()).matches("gap own\\.\\* \\d+ trimmed\n"));
        assertThat(resume(quiet).text()).isEmpty();
    }

    @Test
    void whoAsksForATopicLaterIsToldThatWhatWasBeforeIsNotKnownAnyMore() {
        MessageId before = register();
        relay.publishAndWait("cats", "nobody asks for it");
        IntStream.range(0, 2 * MANY).forEach(i -> relay.publish("topic " + i, ""));
        relay.settle();
        relay.advance(AGE);
        IntStream.range(0, 2 * MANY).forEach(i -> relay.publish("topic " + (2 * MANY + i), ""));
        relay.settle();
        relay.advance(AGE);
        FakeConnection connection = new FakeConnection();
        relay.connect(relay.register("1", "cats"), connection, new StartPosition.After(before));
        relay.settle();
        assertThat(connection.text()).isEqualTo("gap cats 0 trimmed\n");
    }

    @Test
    void withoutAnyHistoryABusyRelayIsNoGapToWhoeverHadEverything() {
        restart(new HistoryOptions(0, AGE, 0));
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection();
        SendQueue queue = relay.connect(client, first);
        relay.publishAndWait("cats", "had");
        acknowledge(client, queue, first);
        relay.publishAndWait("dogs", "not its own");
        relay.hub.disconnect(client, queue);
        assertThat(resume(client).text()).isEmpty();
    }

    @Test
    void withoutAnyHistoryWhatWasMissedIsAGap() {
        restart(new HistoryOptions(0, AGE, 0));
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        relay.publishAndWait("cats", "missed");
        assertThat(resume(client).text()).isEqualTo("gap cats 0 trimmed\n");
    }

    @Test
    void whatWasSentAndNotAcknowledgedIsAGapOnceItIsNoLongerHeld() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection();
        SendQueue queue = relay.connect(client, first);
        relay.publishAndWait("cats", "perhaps not received");
        age(first);
        relay.publishAndWait("dogs", "");
        relay.hub.disconnect(client, queue);
        assertThat(resume(client).text()).isEqualTo("gap cats 0 trimmed\n");
    }

    @Test
    void whatAFullQueueRefusedComesAgainThoughAllBeforeWasAcknowledged() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection slow = new FakeConnection().takesPerWrite(0);
        SendQueue queue = relay.connect(client, slow, 1);
        relay.publishAndWait("cats", "waits");
        relay.publishAndWait("cats", "refused");
        relay.settle();
        assertThat(slow.closeReasons()).hasSize(1);
        assertThat(resume(client).text()).isEqualTo("waits\nrefused\n");
        assertThat(queue.bytes()).isPositive();
    }

    @Test
    void whatAClosedQueueRefusedComesAgain() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, new FakeConnection());
        relay.settle();
        queue.fail(new IOException("the wire is broken, and the hub has yet to hear of it"));
        relay.publishAndWait("cats", "refused");
        relay.hub.disconnect(client, queue);
        assertThat(resume(client).text()).isEqualTo("refused\n");
    }

    @Test
    void aGapThatWasAcknowledgedIsNotToldAgain() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        relay.publishAndWait("cats", "missed");
        relay.advance(AGE);
        FakeConnection told = new FakeConnection();
        SendQueue queue = relay.connect(client, told);
        relay.settle();
        assertThat(told.text()).isEqualTo("gap cats 0 trimmed\n");
        acknowledge(client, queue, told);
        relay.hub.disconnect(client, queue);
        assertThat(resume(client).text()).isEmpty();
    }

    @Test
    void aGapThatWasNotAcknowledgedIsToldAgain() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        relay.publishAndWait("cats", "missed");
        relay.advance(AGE);
        assertThat(resume(client).text()).isEqualTo("gap cats 0 trimmed\n");
        assertThat(resume(client).text()).isEqualTo("gap cats 0 trimmed\n");
    }

    @Test
    void whatTheWorkerHasYetToSendIsNoGapThoughItIsNoLongerHeld() {
        restart(new HistoryOptions(0, AGE, 0));
        CountDownLatch gate = relay.block();
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        relay.publish("cats", "new");
        gate.countDown();
        relay.settle();
        assertThat(connection.text()).isEqualTo("new\n");
    }

    private void comesBackTwiceWithoutAGap(Client client, SendQueue queue) {
        SendQueue current = queue;
        for (int i = 0; i < 2; i++) {
            relay.hub.disconnect(client, current);
            FakeConnection again = new FakeConnection();
            current = relay.connect(client, again);
            relay.settle();
            assertThat(again.text()).isEmpty();
        }
        relay.hub.disconnect(client, current);
        relay.publishAndWait(client.user().orElseThrow().value().equals("quiet") ? "cats" : "quiet", "missed");
        assertThat(resume(client).text()).isEqualTo("missed\n");
    }

    private Client away(String user, String topic) {
        Client client = relay.register(TestHub.KEEP.multipliedBy(100), user, topic);
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        relay.settle();
        return client;
    }

    private MessageId register() {
        Client client =
                new Client(ClientId.random(), Optional.of(new UserId("1")), Duration.ZERO, Permissions.EVERYTHING);
        return relay.hub.register(client, TestHub.topics("dogs"));
    }

    private void restart(HistoryOptions history) {
        relay.close();
        relay = new TestHub(1, 64 << 20, history);
    }

    /** What is held becomes too old; the connection lives. */
    private void age(FakeConnection connection) {
        relay.settle();
        relay.letPass(AGE);
        relay.hear(connection);
        relay.settle();
    }

    private void acknowledge(Client client, SendQueue queue, FakeConnection connection) {
        relay.settle();
        List<String> asked = connection.pingPayloads();
        relay.hub.acknowledge(client, queue, Long.parseLong(asked.get(asked.size() - 1)));
        relay.settle();
    }

    private FakeConnection resume(Client client) {
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        relay.settle();
        return connection;
    }
}
