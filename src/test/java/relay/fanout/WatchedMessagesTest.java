package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.ConnectionTotals;
import relay.outbound.SendQueue;
import relay.schedule.Ticker;
import relay.testing.FakeConnection;
import relay.testing.RecordedLog;

/** What is noted of messages that are not acknowledged is bounded, and given back however that ends. */
class WatchedMessagesTest {
    private static final UserId USER = new UserId("1");
    private static final Duration TTL = Duration.ofSeconds(1);
    private static final int MOST = 5;
    private static final int MOST_OF_ONE = 3;

    private final List<Long> received = new ArrayList<>();
    private final WatchedMessages watched = new WatchedMessages(Optional.of(received::add), MOST, MOST_OF_ONE);
    private final TopicTable topics = new TopicTable(1, Ticker.system());

    @Test
    void ofOneClientNoMoreThanItsBoundIsNotedAndTheRestCountsAsNotReceived() {
        Subscriber subscriber = connected();
        try (RecordedLog log = RecordedLog.start()) {
            expect(subscriber, 1, 2, 3, 4);
            assertThat(log.warnings()).singleElement().asString().contains("may be called undelivered");
        }
        acknowledge(subscriber, 4);
        assertThat(received).containsExactly(1L, 2L, 3L);
        expect(subscriber, 5);
        acknowledge(subscriber, 5);
        assertThat(received).endsWith(5L).hasSize(4);
    }

    @Test
    void ofAllClientsNoMoreThanTheirBoundIsNotedUntilOneAcknowledgesOrEnds() {
        Subscriber one = connected();
        Subscriber two = connected();
        expect(one, 1, 2, 3);
        expect(two, 1, 2, 3);
        acknowledge(two, 3);
        assertThat(received).containsExactly(1L, 2L);
        received.clear();
        expect(two, 4, 5, 6);
        acks(one).connectionLost();
        expect(two, 7);
        acknowledge(two, 7);
        assertThat(received).containsExactly(4L, 5L, 7L);
        received.clear();
        acknowledge(one, 3);
        assertThat(received).as("its connection has ended").isEmpty();
    }

    @Test
    void whatItsQueueDidNotTakeGivesItsPlaceBack() {
        Subscriber subscriber = connected();
        expect(subscriber, 1, 2, 3);
        acks(subscriber).sent(1);
        acks(subscriber).fallenBehind();
        expect(subscriber, 2, 3);
        acknowledge(subscriber, 3);
        assertThat(received).containsExactly(1L, 2L, 3L);
    }

    @Test
    void whatWasSentBehindThePingThatIsAnsweredIsNotReceivedYet() {
        Subscriber subscriber = connected();
        expect(subscriber, 1, 2);
        AckTracker acks = acks(subscriber);
        acks.sent(2);
        long ping = acks.ask(0);
        expect(subscriber, 3);
        acks.sent(3);
        acks.answered(ping, 0);
        assertThat(received).containsExactly(1L, 2L);
        acknowledge(subscriber, 3);
        assertThat(received).containsExactly(1L, 2L, 3L);
    }

    @Test
    void whereNobodyAsksNothingIsWatched() {
        WatchedMessages none = new WatchedMessages(Optional.empty());
        assertThat(none.concern(message(Optional.of(USER), Optional.of(TTL)))).isFalse();
        assertThat(watched.concern(message(Optional.of(USER), Optional.of(TTL))))
                .isTrue();
        assertThat(watched.concern(message(Optional.empty(), Optional.of(TTL)))).isFalse();
        assertThat(watched.concern(message(Optional.of(USER), Optional.empty())))
                .isFalse();
    }

    private static Message message(Optional<UserId> user, Optional<Duration> ttl) {
        return new Message(
                List.of(new Topic("cats")), user, Text.of("x"), new MessageOptions(ttl, Optional.empty(), Retain.NO));
    }

    private void expect(Subscriber subscriber, long... sequences) {
        for (long sequence : sequences) {
            watched.expect(subscriber, sequence);
        }
    }

    private static void acknowledge(Subscriber subscriber, long sequence) {
        AckTracker acks = acks(subscriber);
        acks.sent(sequence);
        acks.answered(acks.ask(0), 0);
    }

    private static AckTracker acks(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        assertThat(acks).isNotNull();
        return acks;
    }

    private Subscriber connected() {
        Client client = new Client(ClientId.random(), Optional.of(USER), Duration.ofMinutes(1), Permissions.EVERYTHING);
        client.attach(new SendQueue(new FakeConnection(), 1024, new ConnectionTotals()));
        return new Subscriber(client, topics.enter(Set.of()), 0);
    }
}
