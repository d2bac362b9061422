package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Overflow;
import relay.client.Permissions;
import relay.engine.Event;
import relay.engine.memory.MemoryEngine;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.RecordingOutbox;

/** Who comes and who goes, in a relay that keeps its registrations in memory. */
class HeardRegistrationsTest {
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final RecordingOutbox outbox = new RecordingOutbox();
    private final TestHub relay = new TestHub(new MemoryEngine(InstantSource.system()), InstantSource.system(), outbox);

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aClientThatIsNotKeptComesWithItsConnectionAndGoesWithIt() {
        Client client = relay.register("1", "cats");
        settle();
        assertThat(outbox.said()).isEmpty();
        SendQueue queue = relay.connect(client, new FakeConnection());
        settle();
        assertThat(outbox.said()).containsExactly("connected " + client.id());
        relay.hub.disconnect(client, queue);
        settle();
        assertThat(outbox.said()).containsExactly("connected " + client.id(), "gone " + client.id());
    }

    @Test
    void theUserIsSaidToo() {
        Client client = relay.register("7", "cats");
        relay.connect(client, new FakeConnection());
        settle();
        assertThat(outbox.events()).containsExactly(new Event.Connected(client.id(), new UserId("7")));
    }

    @Test
    void aConnectionThatReplacesAnotherIsNoNews() {
        Client client = relay.register("1", "cats");
        relay.connect(client, new FakeConnection());
        SendQueue second = relay.connect(client, new FakeConnection());
        settle();
        assertThat(outbox.said()).containsExactly("connected " + client.id());
        relay.hub.disconnect(client, second);
        settle();
        assertThat(outbox.said()).endsWith("gone " + client.id()).hasSize(2);
    }

    @Test
    void aPageThatIsReloadedWithinKeepIsNoNews() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        for (int i = 0; i < 3; i++) {
            SendQueue queue = relay.connect(client, new FakeConnection());
            relay.hub.disconnect(client, queue);
            settle();
            relay.advance(TestHub.KEEP.minus(MOMENT));
        }
        assertThat(outbox.said()).containsExactly("connected " + client.id());
        relay.advance(MOMENT);
        assertThat(outbox.said()).containsExactly("connected " + client.id(), "gone " + client.id());
    }

    @Test
    void whoeverNeverConnectedGoesUnheard() {
        Client late = relay.register("1", "cats");
        Client deleted = relay.register(TestHub.KEEP, "2", "cats");
        relay.hub.unregister(deleted);
        relay.advance(TestHub.REGISTER_TTL);
        assertThat(relay.knows(late)).isFalse();
        assertThat(outbox.said()).isEmpty();
    }

    @Test
    void aClientThatIsDeletedIsGoneOnceWhetherConnectedOrNot() {
        Client connected = relay.register("1", "cats");
        Client waiting = relay.register(TestHub.KEEP, "2", "cats");
        SendQueue queue = relay.connect(connected, new FakeConnection());
        SendQueue other = relay.connect(waiting, new FakeConnection());
        relay.hub.disconnect(waiting, other);
        settle();
        relay.hub.unregister(connected);
        settle();
        relay.hub.unregister(waiting);
        relay.hub.disconnect(connected, queue);
        relay.advance(TestHub.KEEP);
        assertThat(outbox.said().subList(2, 4)).containsExactly("gone " + connected.id(), "gone " + waiting.id());
        assertThat(outbox.said()).hasSize(4);
    }

    @Test
    void allClientsOfAUserThatAreRemovedAreGone() {
        Client one = relay.register(TestHub.KEEP, "1", "cats");
        Client other = relay.register("1", "cats");
        Client bystander = relay.register("2", "cats");
        for (Client client : new Client[] {one, other, bystander}) {
            relay.connect(client, new FakeConnection());
        }
        TestHub.join(relay.hub.registrar().removeAllOf(new UserId("1")).toCompletableFuture());
        settle();
        assertThat(outbox.said())
                .contains("gone " + one.id(), "gone " + other.id())
                .doesNotContain("gone " + bystander.id());
    }

    @Test
    void aClientWhoseCredentialExpiresIsGone() {
        Permissions hour =
                Permissions.of(TopicFilter.ANY, TopicFilter.ANY, Optional.of(Duration.ofHours(1)), relay.nanos());
        Client client = new Client(ClientId.random(), Optional.of(new UserId("1")), TestHub.KEEP, Overflow.CLOSE, hour);
        relay.hub.register(client, TestHub.topics("cats"));
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        settle();
        relay.hear(connection);
        relay.letPass(Duration.ofHours(1));
        relay.hear(connection);
        settle();
        assertThat(connection.closeReasons()).containsExactly(CloseReason.CREDENTIAL_EXPIRED);
        assertThat(outbox.said()).containsExactly("connected " + client.id(), "gone " + client.id());
    }

    @Test
    void aClientWithoutARegistrationComesAndGoesUnheard() {
        Client direct = Client.direct(Optional.of(new UserId("1")), Permissions.EVERYTHING);
        CompletableFuture<Registrar.Opening> opening =
                relay.hub.add(direct, TestHub.topics("cats"), StartPosition.NOW).toCompletableFuture();
        TestHub.join(opening);
        SendQueue queue = relay.connect(direct, new FakeConnection());
        settle();
        relay.hub.disconnect(direct, queue);
        settle();
        assertThat(relay.knows(direct)).isFalse();
        assertThat(outbox.said()).isEmpty();
    }

    @Test
    void aRelayThatLeavesEndsTheRegistrationsThatNobodyKeeps() {
        Client client = relay.register("1", "cats");
        relay.connect(client, new FakeConnection());
        settle();
        relay.hub.goAway(Duration.ZERO);
        settle();
        assertThat(outbox.said()).containsExactly("connected " + client.id(), "gone " + client.id());
    }

    private void settle() {
        relay.settle();
    }
}
