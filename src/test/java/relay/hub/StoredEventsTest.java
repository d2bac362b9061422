package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.hub.JournalingEngine.Disk;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.UserId;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.RecordingOutbox;

/** Who comes and who goes where registrations are stored: in order, only when they are, and over restarts. */
class StoredEventsTest {
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final Disk disk = new Disk();
    private final List<TestHub> killed = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-27T08:00:00Z");
    private RecordingOutbox outbox = new RecordingOutbox();
    private JournalingEngine engine = new JournalingEngine(disk, () -> now);
    private TestHub relay = new TestHub(engine, () -> now, outbox);

    @AfterEach
    void stop() {
        relay.close();
        killed.forEach(TestHub::close);
    }

    @Test
    void nothingIsSaidBeforeItsCauseIsStored() {
        Client client = added(TestHub.KEEP);
        engine.storeWhenAsked();
        connect(client);
        assertThat(outbox.said()).isEmpty();
        engine.store();
        assertThat(outbox.said()).containsExactly("connected " + client.id());
        relay.hub.unregister(client);
        relay.settle();
        assertThat(outbox.said()).hasSize(1);
        engine.store();
        assertThat(outbox.said()).containsExactly("connected " + client.id(), "gone " + client.id());
    }

    @Test
    void whatHappensWhileTheJournalIsSlowIsSaidInItsOrder() {
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            clients.add(added(Duration.ZERO));
        }
        engine.storeWhenAsked();
        List<String> expected = new ArrayList<>();
        for (Client client : clients) {
            SendQueue queue = connect(client);
            relay.hub.disconnect(client, queue);
            relay.settle();
            expected.add("connected " + client.id());
            expected.add("gone " + client.id());
        }
        engine.store();
        assertThat(outbox.said()).containsExactlyElementsOf(expected.subList(0, 1));
        engine.store();
        assertThat(outbox.said()).containsExactlyElementsOf(expected);
        assertThat(engine.told()).filteredOn("settled"::equals).hasSize(2);
    }

    @Test
    void whatTheJournalCannotStoreIsSaidAllTheSame() {
        Client client = added(Duration.ZERO);
        engine.storeWhenAsked();
        SendQueue queue = connect(client);
        engine.fail();
        assertThat(outbox.said()).containsExactly("connected " + client.id());
        relay.hub.disconnect(client, queue);
        relay.settle();
        engine.fail();
        assertThat(outbox.said()).containsExactly("connected " + client.id(), "gone " + client.id());
    }

    @Test
    void whatWaitsWhenTheRelayStopsIsSaidOnce() {
        Client client = added(Duration.ZERO);
        Client other = added(TestHub.KEEP);
        engine.storeWhenAsked();
        SendQueue queue = connect(client);
        relay.hub.disconnect(client, queue);
        connect(other);
        relay.close();
        List<String> all = List.of("connected " + client.id(), "gone " + client.id(), "connected " + other.id());
        assertThat(outbox.said()).containsExactlyElementsOf(all);
        engine.store();
        assertThat(outbox.said()).containsExactlyElementsOf(all);
        engine.store();
        restart();
        assertThat(outbox.said()).containsExactlyElementsOf(all);
    }

    @Test
    void aRestartIsNoNewsForWhoeverIsKept() {
        Client connected = added(TestHub.KEEP);
        Client waiting = added(TestHub.KEEP);
        Client awaited = added(TestHub.KEEP);
        connect(connected);
        SendQueue queue = connect(waiting);
        relay.hub.disconnect(waiting, queue);
        relay.settle();
        List<String> before = outbox.said();
        assertThat(before).hasSize(2);
        relay.hub.goAway(Duration.ZERO);
        relay.advance(TestHub.KEEP.plus(MOMENT));
        assertThat(relay.knows(waiting)).isFalse();
        restart();
        kill();
        for (Client client : List.of(connected, waiting)) {
            connect(found(client));
        }
        assertThat(outbox.said()).isEqualTo(before);
        connect(found(awaited));
        assertThat(outbox.said()).hasSize(3).endsWith("connected " + awaited.id());
        relay.hub.unregister(found(connected));
        relay.settle();
        assertThat(outbox.said()).hasSize(4).endsWith("gone " + connected.id());
    }

    @Test
    void whoeverIsNotKeptIsGoneAfterAKillAndSoAreThoseWhoseTimeWasOver() {
        Client unkept = added(Duration.ZERO);
        Client kept = added(TestHub.KEEP);
        Client never = added(Duration.ZERO);
        connect(unkept);
        SendQueue queue = connect(kept);
        relay.hub.disconnect(kept, queue);
        relay.settle();
        assertThat(outbox.said()).hasSize(2);
        kill();
        assertThat(outbox.said()).hasSize(3).endsWith("gone " + unkept.id());
        now = now.plus(TestHub.KEEP);
        kill();
        assertThat(outbox.said()).hasSize(4).endsWith("gone " + kept.id());
        now = now.plus(TestHub.REGISTER_TTL);
        kill();
        assertThat(engine.stored()).doesNotContain(never.id());
        assertThat(outbox.said()).hasSize(4);
    }

    @Test
    void whoeverIsRestoredAndNeverComesBackIsGone() {
        Client client = added(TestHub.KEEP);
        connect(client);
        kill();
        relay.advance(TestHub.KEEP.plus(MOMENT));
        assertThat(outbox.said()).containsExactly("connected " + client.id(), "gone " + client.id());
    }

    @Test
    void aKillBetweenWhatIsStoredAndWhatIsSaidIsMadeUpForAtTheStart() {
        Client comes = added(TestHub.KEEP);
        Client goes = added(TestHub.KEEP);
        connect(goes);
        RecordingOutbox early = outbox.afterKill();
        connect(comes);
        relay.hub.unregister(goes);
        relay.settle();
        // The journal has it, and the outbox has not.
        engine.kill();
        killed.add(relay);
        outbox = early;
        begin();
        assertThat(outbox.said())
                .hasSize(3)
                .startsWith("connected " + goes.id())
                .contains("connected " + comes.id(), "gone " + goes.id());
    }

    private void restart() {
        relay.close();
        begin();
    }

    /** The relay ends without a word, and another begins. */
    private void kill() {
        engine.kill();
        killed.add(relay);
        outbox = outbox.afterKill();
        begin();
    }

    private void begin() {
        engine = new JournalingEngine(disk, () -> now);
        relay = new TestHub(engine, () -> now, outbox);
    }

    private Client added(Duration keep) {
        Client client = new Client(ClientId.random(), Optional.of(new UserId("1")), keep, Permissions.EVERYTHING);
        TestHub.join(relay.hub.registrar().add(client, TestHub.topics("cats")).toCompletableFuture());
        return client;
    }

    private Client found(Client client) {
        return TestHub.join(relay.hub
                        .registrar()
                        .open(client.id().secret(), StartPosition.NOW)
                        .toCompletableFuture())
                .orElseThrow()
                .client();
    }

    private SendQueue connect(Client client) {
        SendQueue queue = relay.connect(client, new FakeConnection());
        relay.settle();
        return queue;
    }
}
