package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.ConnectionTotals;
import relay.outbound.SendQueue;
import relay.publish.Backlog;
import relay.publish.PendingPublish;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;

class BatchTest {
    private static final int QUEUE_BYTES = 10;

    private final Batch batch = new Batch(() -> 0, new Counts(), new Timers(() -> 0), new AckSchedule(), 1);
    private final List<Integer> handedOver = new ArrayList<>();
    private final Report report = new Report();
    private long sequence;

    /** Notes what it is told, and fails then if it should. */
    private static final class Report implements Batch.Results {
        private final List<Subscriber> tooSlow = new ArrayList<>();
        private final List<Subscriber> failed = new ArrayList<>();
        private boolean fails;

        @Override
        public void tooSlow(Subscriber subscriber) {
            tooSlow.add(subscriber);
            if (fails) {
                throw new IllegalStateException("nobody takes the report");
            }
        }

        @Override
        public void failed(Subscriber subscriber) {
            failed.add(subscriber);
        }

        @Override
        public void toBeAsked(Subscriber subscriber) {}
    }

    @Test
    void whatASlowOneIsRefusedIsTakenBackOnceEvenIfTheReportOfItFails() {
        Subscriber fast = connected(new FakeConnection());
        Subscriber other = connected(new FakeConnection());
        Subscriber slow = connected(new FakeConnection().takesPerWrite(0));
        report.fails = true;
        publish("all that the queue holds", slow);
        batch.flush(report);
        publish("more", fast, slow, other);
        batch.flush(report);
        assertThat(report.tooSlow).containsExactly(slow);
        assertThat(report.failed).containsExactly(slow);
        assertThat(handedOver).containsExactly(1, 2);
    }

    @Test
    void roomThatOneLargeBatchNeededIsLetGoAgainAndWhatFollowsIsRight() {
        List<FakeConnection> wires =
                IntStream.range(0, 5000).mapToObj(i -> new FakeConnection()).toList();
        Subscriber[] many = wires.stream().map(this::connected).toArray(Subscriber[]::new);
        int least = batch.roomForRuns();
        publish("to many", many);
        batch.flush(report);
        assertThat(batch.roomForRuns()).isGreaterThanOrEqualTo(many.length);
        for (int i = 0; i < 100_000 && batch.roomForRuns() > least; i++) {
            publish("to one", many[0]);
            batch.flush(report);
        }
        assertThat(batch.roomForRuns()).isEqualTo(least);
        publish("again", many);
        batch.flush(report);
        assertThat(wires).allMatch(wire -> wire.text().endsWith("again\n"));
        assertThat(handedOver.get(handedOver.size() - 1)).isEqualTo(many.length);
    }

    @Test
    void aBatchThatEndsBetweenTwoTopicsOfAMessageCountsAsSentUpToTheMessageBefore() {
        Subscriber subscriber = connected(new FakeConnection());
        AckTracker acks = subscriber.trackAcks(0);
        publish("1", subscriber);
        publish("2", false);
        batch.flush(report);
        assertThat(acks.ask(0)).isEqualTo(1);
    }

    private void publish(String text, Subscriber... subscribers) {
        publish(text, true, subscribers);
    }

    private void publish(String text, boolean isLast, Subscriber... subscribers) {
        Message message = new Message(new Topic("cats"), Optional.empty(), Text.of(text));
        batch.begin(
                new AcceptedMessage(new MessageId("e", ++sequence), 0, message),
                new PendingPublish(
                        message,
                        0,
                        1,
                        Optional.empty(),
                        Optional.empty(),
                        new Backlog(Long.MAX_VALUE),
                        HandedOver.to((id, connections) -> handedOver.add(connections))),
                isLast);
        for (Subscriber subscriber : subscribers) {
            batch.add(subscriber, Objects.requireNonNull(subscriber.frames()));
        }
    }

    private Subscriber connected(FakeConnection wire) {
        Client client =
                new Client(ClientId.random(), Optional.of(new UserId("1")), Duration.ZERO, Permissions.EVERYTHING);
        SendQueue queue = new SendQueue(wire, QUEUE_BYTES, new ConnectionTotals());
        queue.open();
        Subscriber subscriber = new Subscriber(client, SubscribedTopics.NONE, 0);
        subscriber.connected(queue, batch.frames(wire.encoding()));
        return subscriber;
    }
}
