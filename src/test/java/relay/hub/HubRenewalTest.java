package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UnavailableException;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.ManualClock;

/** Clients that get another credential, while their engine is slow, they catch up, or another connection takes their place. */
@Timeout(60)
class HubRenewalTest {
    private static final Duration KEEP = Duration.ofMinutes(10);

    private final Instant now = Instant.parse("2026-11-27T08:00:00Z");
    private final JournalingEngine engine = new JournalingEngine(new JournalingEngine.Disk(), () -> now);

    @AutoClose
    private final TestHub relay = new TestHub(engine, 100, 100, new ManualClock(), () -> now);

    private final Client client = client("cats", "dogs");
    private final FakeConnection connection = new FakeConnection();

    @Test
    void aClientIsToldWhenItsNewCredentialIsStoredAndThatIsInForceBefore() {
        SendQueue queue = relay.connect(client, connection);
        relay.settle();
        engine.storeWhenAsked();
        CompletableFuture<String> answered = renew(queue, permissions(Duration.ofMinutes(5), "dogs"));
        relay.settle();
        relay.publishLines("cats no", "dogs yes");
        relay.settle();
        assertThat(lines(connection)).containsExactly("yes");
        assertThat(answered).isNotDone();
        engine.store();
        assertThat(TestHub.join(answered)).isEqualTo("answered");
        assertThat(lines(connection)).containsExactly("yes", "renewed dogs", "lost cats");
    }

    @Test
    void aCredentialThatCannotBeStoredIsInForceAllTheSameAndTheClientIsTold() {
        SendQueue queue = relay.connect(client, connection);
        relay.settle();
        engine.storeWhenAsked();
        CompletableFuture<String> answered = renew(queue, permissions(Duration.ofMinutes(5), "dogs"));
        relay.settle();
        engine.fail();
        assertThat(TestHub.join(answered)).isEqualTo("answered");
        assertThat(lines(connection)).containsExactly("not stored: the disk is full", "lost cats");
        relay.hear(connection);
        pass(Duration.ofMinutes(1));
        assertThat(connection.closeReasons()).isEmpty();
        pass(Duration.ofMinutes(4));
        assertThat(connection.closeReasons()).containsExactly(CloseReason.CREDENTIAL_EXPIRED);
    }

    @Test
    void aClientThatCatchesUpGoesOnWithTheTopicsThatItKeepsAndWithNoOther() {
        for (int i = 0; i < 2000; i++) {
            relay.publishLines("cats c" + i, "dogs d" + i);
        }
        connection.takesPerWrite(100);
        SendQueue queue = relay.connect(client, connection, StartPosition.ALL);
        relay.settle();
        CompletableFuture<String> answered = renew(queue, permissions(Duration.ofMinutes(5), "dogs"));
        relay.settle();
        relay.publishLines("cats no", "dogs yes");
        connection.takesTheRestAtOnce();
        connection.takeRest();
        assertThat(TestHub.join(answered)).isEqualTo("answered");
        await().until(() -> lines(connection).contains("yes"));
        List<String> lines = lines(connection);
        assertThat(lines.subList(lines.indexOf("lost cats"), lines.size())).noneMatch(line -> line.startsWith("c"));
        assertThat(lines.stream().filter(line -> line.startsWith("d") || line.equals("yes")))
                .containsExactlyElementsOf(
                        Stream.concat(IntStream.range(0, 2000).mapToObj(i -> "d" + i), Stream.of("yes"))
                                .toList());
    }

    @Test
    void aConnectionThatWasReplacedChangesNothing() {
        SendQueue old = relay.connect(client, connection);
        FakeConnection newer = new FakeConnection();
        relay.connect(client, newer);
        relay.settle();
        Permissions before = client.permissions();
        long bytes = relay.room.bytes();
        assertThat(TestHub.join(renew(old, permissions(Duration.ofMinutes(5), "dogs"))))
                .isEqualTo("answered");
        relay.settle();
        assertThat(client.permissions()).isEqualTo(before);
        assertThat(lines(newer)).isEmpty();
        assertThat(engine.told()).noneMatch(told -> told.startsWith("renewed"));
        assertThat(relay.room.bytes()).isEqualTo(bytes);
    }

    @Test
    void whatANewCredentialTakesOfTheRoomIsGivenBackByTheNextAndByItsEnd() {
        SendQueue queue = relay.connect(client, connection);
        relay.settle();
        long bytes = relay.room.bytes();
        String[] many =
                IntStream.range(0, 100).mapToObj(i -> "news." + i + ".*").toArray(String[]::new);
        TestHub.join(renew(queue, permissions(Duration.ofMinutes(5), many)));
        relay.settle();
        // It has lost its topics, and their room with them.
        assertThat(relay.room.topics()).isZero();
        assertThat(relay.room.bytes()).isGreaterThan(bytes + 10_000);
        TestHub.join(renew(queue, permissions(Duration.ofMinutes(5), many)));
        relay.settle();
        assertThat(relay.room.bytes()).isGreaterThan(bytes + 10_000).isLessThan(bytes + 30_000);
        TestHub.join(renew(queue, permissions(Duration.ofMinutes(5))));
        relay.settle();
        assertThat(relay.room.bytes()).isLessThan(bytes);
        relay.hub.unregister(client);
        relay.settle();
        assertThat(relay.room.bytes()).isZero();
    }

    @Test
    void aRelayThatLeavesClosesConnectionsAtTheTimesThatItHasChosen() {
        Map<Client, FakeConnection> connections = new LinkedHashMap<>();
        Map<Client, SendQueue> queues = new LinkedHashMap<>();
        for (int i = 0; i < 8; i++) {
            Client one = client("cats");
            connections.put(one, new FakeConnection());
            queues.put(one, relay.connect(one, connections.get(one)));
        }
        relay.settle();
        relay.hub.goAway(Duration.ofSeconds(8));
        relay.settle();
        assertThat(connections.values()).anyMatch(one -> one.closeReasons().isEmpty());
        queues.forEach((one, queue) -> TestHub.join(renew(one, queue, permissions(Duration.ofMinutes(5)))));
        relay.advance(Duration.ofSeconds(8));
        assertThat(connections.values())
                .allSatisfy(one -> assertThat(one.closeReasons()).containsExactly(CloseReason.GOING_AWAY));
    }

    private Client client(String... topics) {
        Client one = new Client(
                ClientId.random(),
                Optional.of(new UserId("ann")),
                KEEP,
                new Permissions(
                        TopicFilter.ANY,
                        TopicFilter.ANY,
                        relay.nanos() + Duration.ofMinutes(1).toNanos()));
        TestHub.join(relay.hub.registrar().add(one, TestHub.topics(topics)).toCompletableFuture());
        return one;
    }

    private Permissions permissions(Duration left, String... topics) {
        return Permissions.of(
                client.permissions().own(),
                TopicFilter.of(Stream.of(topics).map(TopicPattern::new).toList()),
                Optional.of(left),
                relay.nanos());
    }

    private CompletableFuture<String> renew(SendQueue queue, Permissions permissions) {
        return renew(client, queue, permissions);
    }

    private CompletableFuture<String> renew(Client one, SendQueue queue, Permissions permissions) {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        relay.hub
                .renewer()
                .renew(
                        one,
                        queue,
                        permissions,
                        new Lines(),
                        () -> outcome.complete("answered"),
                        cause -> outcome.complete(cause.detail()));
        return outcome;
    }

    private static List<String> lines(FakeConnection from) {
        return from.text().lines().toList();
    }

    private void pass(Duration time) {
        relay.hear(connection);
        relay.advance(time);
    }

    private static final class Lines implements Renewer.Answers {
        @Override
        public Optional<ByteBuffer> renewed(Set<Topic> kept) {
            return Optional.of(line("renewed " + names(kept)));
        }

        @Override
        public ByteBuffer lost(Set<Topic> lost) {
            return line("lost " + names(lost));
        }

        @Override
        public ByteBuffer notStored(UnavailableException cause) {
            return line("not stored: " + cause.detail());
        }

        private static String names(Set<Topic> topics) {
            Set<String> names = new TreeSet<>();
            topics.forEach(topic -> names.add(topic.name()));
            return String.join(" ", names);
        }

        private static ByteBuffer line(String text) {
            return ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
