package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;

/** What happens by itself, in time. */
class HubDeadlinesTest {
    private static final Duration INSTANT = Duration.ofNanos(1);

    private final TestHub relay = new TestHub();

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aRegistrationThatNobodyConnectsToIsDroppedAfterItsTime() {
        Client client = relay.register("1", "cats");
        relay.settle();
        relay.advance(TestHub.REGISTER_TTL.minus(INSTANT));
        assertThat(relay.knows(client)).isTrue();
        relay.advance(INSTANT);
        assertThat(relay.knows(client)).isFalse();
        assertThat(relay.registry.size()).isZero();
    }

    @Test
    void whatIsHeldGoesInTimeThoughNothingElseIsPublished() {
        relay.publishAndWait("cats", "old");
        relay.letPass(TestHub.HISTORY.age().minus(INSTANT));
        assertThat(relay.hub.historyBytes()).isPositive();
        relay.letPass(INSTANT);
        await().untilAsserted(() -> assertThat(relay.hub.historyBytes()).isZero());
    }

    @Test
    void aConnectedClientOutlivesTheTimeOfItsRegistration() {
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        relay.settle();
        Duration passed = Duration.ZERO;
        while (passed.compareTo(TestHub.REGISTER_TTL) < 0) {
            relay.advance(TestHub.PING_INTERVAL);
            relay.hear(connection);
            passed = passed.plus(TestHub.PING_INTERVAL);
        }
        assertThat(relay.knows(client)).isTrue();
        assertThat(connection.closeReasons()).isEmpty();
        assertThat(connection.aborts()).isEmpty();
    }

    @Test
    void aClientIsGoneWithItsConnection() {
        Client client = relay.register("1", "cats");
        SendQueue queue = relay.connect(client, new FakeConnection());
        relay.hub.disconnect(client, queue);
        relay.settle();
        assertThat(relay.knows(client)).isFalse();
        assertThat(relay.publishAndWait("cats", "")).isZero();
    }

    @Test
    void aClientThatIsKeptOutlivesItsConnectionForThatTime() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, new FakeConnection());
        relay.hub.disconnect(client, queue);
        relay.settle();
        relay.advance(TestHub.KEEP.minus(INSTANT));
        assertThat(relay.knows(client)).isTrue();
        assertThat(relay.publishAndWait("cats", "")).isZero();
        relay.advance(INSTANT);
        assertThat(relay.knows(client)).isFalse();
    }

    @Test
    void aKeptClientThatComesBackInTimeGoesOnWithItsTopics() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, new FakeConnection());
        relay.subscribe(client, queue, "dogs");
        relay.hub.disconnect(client, queue);
        relay.settle();
        relay.advance(TestHub.KEEP.minus(INSTANT));
        FakeConnection again = new FakeConnection();
        relay.connect(client, again);
        relay.settle();
        relay.advance(INSTANT);
        assertThat(relay.knows(client)).isTrue();
        assertThat(relay.publishAndWait("cats", "miaow")).isZero();
        assertThat(relay.publishAndWait("dogs", "woof")).isEqualTo(1);
        assertThat(again.text()).isEqualTo("woof\n");
    }

    @Test
    void aSilentConnectionIsPingedAndDroppedAfterTwoMoreIntervals() {
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        relay.settle();
        relay.advance(TestHub.PING_INTERVAL.minus(INSTANT));
        assertThat(connection.pings()).isZero();
        relay.advance(INSTANT);
        assertThat(connection.pings()).isEqualTo(1);
        relay.advance(TestHub.PING_INTERVAL);
        relay.advance(TestHub.PING_INTERVAL.minus(INSTANT));
        assertThat(connection.aborts()).isEmpty();
        assertThat(relay.knows(client)).isTrue();
        relay.advance(INSTANT);
        assertThat(connection.aborts()).hasSize(1);
        assertThat(relay.knows(client)).isFalse();
    }

    @Test
    void aConnectionThatWasHeardOfIsLeftInPeaceForAnInterval() {
        FakeConnection connection = relay.connected("1", "cats");
        relay.settle();
        relay.advance(TestHub.PING_INTERVAL.dividedBy(2));
        relay.hear(connection);
        relay.advance(TestHub.PING_INTERVAL.minus(INSTANT));
        assertThat(connection.pings()).isZero();
        relay.advance(INSTANT);
        assertThat(connection.pings()).isEqualTo(1);
    }

    @Test
    void aConnectionThatAnswersEveryPingLives() {
        FakeConnection connection = relay.connected("1", "cats");
        relay.settle();
        for (int i = 1; i <= 10; i++) {
            relay.advance(TestHub.PING_INTERVAL);
            assertThat(connection.pings()).isEqualTo(i);
            relay.hear(connection);
        }
        assertThat(connection.aborts()).isEmpty();
    }

    @Test
    void nobodyIsDroppedForThePauseOfARelayThatWasStopped() {
        Client kept = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection();
        relay.connect(kept, first);
        FakeConnection second = relay.connected("2", "cats");
        relay.settle();
        relay.advance(TestHub.PING_INTERVAL.multipliedBy(4));
        assertThat(first.aborts()).isEmpty();
        assertThat(second.aborts()).isEmpty();
        assertThat(second.pings()).isEqualTo(1);
        relay.hear(second);
        relay.advance(TestHub.PING_INTERVAL);
        assertThat(second.pings()).isEqualTo(2);
        assertThat(relay.publishAndWait("cats", "miaow")).isEqualTo(2);
    }

    @Test
    void whoWasAskedHasAWholeIntervalAgainAfterThePauseOfARelayThatWasStopped() {
        FakeConnection connection = relay.connected("1", "cats");
        relay.settle();
        relay.advance(TestHub.PING_INTERVAL);
        relay.advance(TestHub.PING_INTERVAL);
        assertThat(connection.pings()).isEqualTo(2);
        relay.advance(TestHub.PING_INTERVAL.multipliedBy(3));
        assertThat(connection.aborts()).isEmpty();
        relay.advance(TestHub.PING_INTERVAL.minus(INSTANT));
        assertThat(connection.aborts()).isEmpty();
        relay.advance(INSTANT);
        assertThat(connection.aborts()).hasSize(1);
        assertThat(connection.pings()).isEqualTo(2);
    }

    /** It is looked at again when it is to be asked what it has received, which is more often. */
    @Test
    void lookingAtAClientMoreOftenShortensNoInterval() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.settle();
        relay.advance(TestHub.PING_INTERVAL);
        relay.hub.acknowledge(client, queue, 0);
        relay.publishAndWait("cats", "a");
        relay.advance(Duration.ofSeconds(2));
        relay.advance(Duration.ofSeconds(2));
        relay.advance(TestHub.PING_INTERVAL.minusSeconds(4));
        relay.advance(TestHub.PING_INTERVAL.minus(INSTANT));
        assertThat(connection.aborts()).isEmpty();
        relay.advance(INSTANT);
        assertThat(connection.aborts()).hasSize(1);
    }

    @Test
    void goingAwayClosesTheConnectionsSpreadEvenlyOverTheTime() {
        List<FakeConnection> connections =
                Stream.generate(() -> relay.connected("1", "cats")).limit(4).toList();
        relay.hub.goAway(Duration.ofSeconds(8));
        assertThat(relay.hub.isGoingAway()).isTrue();
        relay.settle();
        assertThat(closed(connections)).isEqualTo(1);
        assertThat(relay.publishAndWait("cats", "still")).isEqualTo(3);
        relay.advance(Duration.ofSeconds(2).minus(INSTANT));
        assertThat(closed(connections)).isEqualTo(1);
        relay.advance(INSTANT);
        assertThat(closed(connections)).isEqualTo(2);
        relay.advance(Duration.ofSeconds(4));
        assertThat(closed(connections)).isEqualTo(4);
        assertThat(connections)
                .allMatch(connection -> connection.closeReasons().equals(List.of(CloseReason.GOING_AWAY)));
        assertThat(relay.registry.size()).isZero();
    }

    @Test
    void aVeryLongTimeToLeaveInIsSpreadToo() {
        List<FakeConnection> connections =
                Stream.generate(() -> relay.connected("1", "cats")).limit(4).toList();
        relay.hub.goAway(Duration.ofDays(100 * 365));
        relay.settle();
        assertThat(closed(connections)).isEqualTo(1);
        relay.advance(Duration.ofDays(1));
        assertThat(closed(connections)).isEqualTo(1);
    }

    @Test
    void whoComesWhileTheRelayGoesAwayIsSentAwayAtOnce() {
        Client client = relay.register("1", "cats");
        relay.hub.goAway(Duration.ofSeconds(8));
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        assertThat(relay.publishAndWait("cats", "")).isZero();
        assertThat(connection.closeReasons()).containsExactly(CloseReason.GOING_AWAY);
    }

    @Test
    void aKeptClientIsAskedInFrontOfItsCloseAndReceivesNothingAfterIt() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.publishAndWait("cats", "first");
        relay.publishAndWait("cats", "last");
        relay.publishAndWait("dogs", "not its own");
        relay.hub.goAway(Duration.ZERO);
        relay.settle();
        assertThat(connection.closeReasons()).containsExactly(CloseReason.GOING_AWAY);
        // What came since is not for it either: it is up to date with whatever the worker had come to.
        assertThat(Long.parseLong(connection.pingPayloads().get(connection.pings() - 1)))
                .isGreaterThanOrEqualTo(3);
        relay.hub.disconnect(client, queue);
        assertThat(relay.publishAndWait("cats", "later")).isZero();
        assertThat(connection.text()).isEqualTo("first\nlast\n");
    }

    @Test
    void aClientThatHasAcknowledgedEverythingIsAskedNothingMore() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.publishAndWait("cats", "one");
        await().until(() -> connection.pings() == 1);
        relay.hub.acknowledge(client, queue, 1);
        relay.hub.goAway(Duration.ZERO);
        relay.settle();
        assertThat(connection.closeReasons()).containsExactly(CloseReason.GOING_AWAY);
        assertThat(connection.pingPayloads()).containsExactly("1");
    }

    @Test
    void keepCountsFromTheCloseThoughTheLastAnswerIsStillAwaited() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        relay.publishAndWait("cats", "one");
        relay.hub.goAway(Duration.ZERO);
        relay.settle();
        relay.advance(TestHub.KEEP.minus(INSTANT));
        assertThat(relay.knows(client)).isTrue();
        relay.advance(INSTANT);
        assertThat(relay.knows(client)).isFalse();
    }

    private static long closed(List<FakeConnection> connections) {
        return connections.stream()
                .filter(connection -> !connection.closeReasons().isEmpty())
                .count();
    }
}
