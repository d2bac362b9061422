package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import relay.client.Client;
import relay.client.ClientInfo;
import relay.client.Permissions;
import relay.hub.JournalingEngine.Disk;
import relay.message.ClientId;
import relay.message.MessageId;
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
import relay.testing.RecordedLog;

/** Registrations that are stored: what happens before they are, where they cannot be, and after a restart. */
class JournaledRegistrarTest {
    private static final Duration KEEP = TestHub.KEEP;
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final Disk disk = new Disk();
    private Instant now = Instant.parse("2026-11-27T08:00:00Z");
    private JournalingEngine engine = new JournalingEngine(disk, () -> now);
    private int maxClients = 10;
    private int maxOfUser = 3;
    private TestHub relay = new TestHub(engine, maxClients, maxOfUser, new ManualClock(), () -> now);

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void nobodyFindsAClientBeforeItIsStored() {
        engine.storeWhenAsked();
        Client client = client(KEEP, "1");
        CompletableFuture<MessageId> added = add(client, "cats");
        assertThat(added).isNotDone();
        assertThat(opens(client)).isFalse();
        assertThat(relay.registry.after(Optional.empty(), 10)).isEmpty();
        engine.store();
        assertThat(TestHub.join(added)).isEqualTo(NumberingEngine.id(0));
        assertThat(opens(client)).isTrue();
        assertThat(engine.stored()).containsExactly(client.id());
    }

    @Test
    void itsFirstCursorIsThatWithWhichItWasStored() {
        relay.publishLines("cats before");
        engine.storeWhenAsked();
        Client client = client(KEEP, "1");
        CompletableFuture<MessageId> added = add(client, "cats");
        relay.publishLines("cats meanwhile");
        engine.store();
        relay.publishLines("cats after");
        long first = TestHub.join(added).sequence();
        FakeConnection connection = connect(client);
        assertThat(lines(connection)).isEqualTo(first == 1 ? List.of("meanwhile", "after") : List.of("after"));
    }

    @Test
    void whatCannotBeStoredIsRefusedAndTakesNoRoom() {
        engine.storeWhenAsked();
        List<CompletableFuture<MessageId>> added = new ArrayList<>();
        for (int i = 0; i < maxOfUser; i++) {
            added.add(add(client(KEEP, "1"), "cats", "dogs"));
        }
        assertThatThrownBy(() -> add(client(KEEP, "1"), "cats"))
                .isInstanceOfSatisfying(
                        UnavailableException.class,
                        refused -> assertThat(refused.isOnlyForOne()).isTrue());
        assertThat(relay.registry.size()).isEqualTo(maxOfUser);
        engine.fail();
        assertThat(added).allSatisfy(one -> assertThat(refusal(one)).contains("the disk is full"));
        assertThat(relay.registry.size()).isZero();
        assertThat(relay.room.bytes()).isZero();
        assertThat(relay.room.topics()).isZero();
        assertThat(relay.hub.directory().topic(new Topic("cats"))).isEmpty();
        CompletableFuture<MessageId> again = add(client(KEEP, "1"), "cats");
        engine.store();
        assertThat(again).isCompleted();
    }

    @Test
    void aRegistrationThatIsStoredWhileTheRelayBeginsToLeaveIsAnsweredAndThereAfterTheRestart() {
        engine.storeWhenAsked();
        Client client = client(Duration.ZERO, "1");
        CompletableFuture<MessageId> added = add(client, "cats");
        relay.hub.refuseNewcomers();
        engine.store();
        assertThat(added).isCompleted();
        assertThatThrownBy(() -> add(client(KEEP, "1"), "cats")).isInstanceOf(UnavailableException.class);
        restart();
        assertThat(opens(client)).isTrue();
    }

    @Test
    void aClientIsRemovedWhenThatIsStored() {
        Client client = added(KEEP, "1", "cats");
        FakeConnection connection = connect(client);
        engine.storeWhenAsked();
        CompletableFuture<Void> removed = remove(client);
        relay.settle();
        assertThat(removed).isNotDone();
        assertThat(connection.closeReasons()).isEmpty();
        engine.store();
        assertThat(removed).isCompleted();
        relay.settle();
        assertThat(connection.closeReasons()).containsExactly(CloseReason.DELETED);
        assertThat(relay.knows(client)).isFalse();
        engine.store();
        restart();
        assertThat(opens(client)).isFalse();
    }

    @Test
    void aRemovalThatCannotBeStoredChangesNothing() {
        Client client = added(KEEP, "1", "cats");
        FakeConnection connection = connect(client);
        engine.storeWhenAsked();
        CompletableFuture<Void> removed = remove(client);
        engine.fail();
        assertThat(refusal(removed)).contains("the disk is full");
        relay.publishLines("cats still here");
        assertThat(lines(connection)).containsExactly("still here");
        assertThat(connection.closeReasons()).isEmpty();
    }

    @Test
    void anIdThatNobodyHasIsRemovedAtOnce() {
        engine.storeWhenAsked();
        assertThat(remove(client(KEEP, "1"))).isCompleted();
        assertThat(relay.hub.registrar().remove("no id").toCompletableFuture()).isCompleted();
    }

    @Test
    void allOfAUserAreRemovedAtOnceAndTheAnswerComesWhenThatIsStored() {
        List<Client> own = List.of(added(KEEP, "1", "cats"), added(Duration.ZERO, "1", "cats"));
        Client other = added(KEEP, "2", "cats");
        FakeConnection connection = connect(own.get(0));
        engine.storeWhenAsked();
        CompletableFuture<Integer> removed = removeAllOf("1");
        relay.settle();
        assertThat(connection.closeReasons()).containsExactly(CloseReason.DELETED);
        assertThat(removed).isNotDone();
        engine.store();
        assertThat(TestHub.join(removed)).isEqualTo(2);
        restart();
        assertThat(own).noneMatch(this::opens);
        assertThat(opens(other)).isTrue();
    }

    @Test
    void whereTheRemovalOfAllCannotBeStoredTheyAreGoneAndTheAnswerSaysWhatToDo() {
        Client client = added(KEEP, "1", "cats");
        engine.storeWhenAsked();
        CompletableFuture<Integer> removed = removeAllOf("1");
        relay.settle();
        engine.fail();
        assertThat(refusal(removed))
                .contains("a restart may bring them back", "send the request again", "disk is full");
        assertThat(opens(client)).isFalse();
        CompletableFuture<Integer> again = removeAllOf("1");
        relay.settle();
        engine.store();
        assertThat(TestHub.join(again)).isZero();
        restart();
        assertThat(opens(client)).isFalse();
    }

    /** Does something with a client by which its registration ends. */
    private record End(
            String how, Duration keep, Optional<Duration> credential, BiConsumer<JournaledRegistrarTest, Client> does) {
        @Override
        public String toString() {
            return how;
        }
    }

    static Stream<End> ends() {
        Optional<Duration> never = Optional.empty();
        return Stream.of(
                new End("never connected", KEEP, never, (test, client) -> test.pass(TestHub.REGISTER_TTL)),
                new End("connected and not kept", Duration.ZERO, never, JournaledRegistrarTest::connect),
                new End("not connected again in time", KEEP, never, (test, client) -> {
                    test.disconnect(client, test.connectedBy(client));
                    test.pass(KEEP);
                }),
                new End("credential expired", KEEP, Optional.of(MOMENT), (test, client) -> {
                    test.connect(client);
                    test.pass(MOMENT);
                }),
                new End(
                        "credential expired before any connection",
                        KEEP,
                        Optional.of(MOMENT),
                        (test, client) -> test.pass(MOMENT)),
                new End("removed", KEEP, never, (test, client) -> TestHub.join(test.remove(client))),
                new End("removed while connected", KEEP, never, (test, client) -> {
                    test.connect(client);
                    TestHub.join(test.remove(client));
                }),
                new End("all of its user removed", KEEP, never, (test, client) -> TestHub.join(test.removeAllOf("1"))));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void whicheverWayARegistrationEndsItIsNotThereAfterARestart(End end) {
        Client client = client(end.keep(), "1", end.credential());
        TestHub.join(add(client, "cats"));
        Client other = added(KEEP, "2", "cats");
        connect(other);
        assertThat(engine.stored()).contains(client.id());
        end.does().accept(this, client);
        relay.settle();
        assertThat(engine.stored()).containsExactly(other.id());
        restart();
        assertThat(opens(client)).isFalse();
        assertThat(opens(other)).isTrue();
    }

    @Test
    void whoeverIsNotKeptAndIsStillAwaitedIsThereAndBeginsWithWhatIsNew() {
        Client client = added(Duration.ZERO, "1", "cats");
        relay.publishLines("cats before");
        restart();
        relay.publishLines("cats after the restart");
        FakeConnection connection = connect(client);
        relay.publishLines("cats now");
        assertThat(lines(connection)).containsExactly("now");
    }

    @Test
    void whoeverIsKeptAndStillAwaitedGetsAllSinceItWasRegistered() {
        relay.publishLines("cats too old");
        Client client = added(KEEP, "1", "cats");
        relay.publishLines("cats before");
        restart();
        relay.publishLines("cats after");
        assertThat(lines(connect(client))).containsExactly("before", "after");
    }

    @Test
    void eachTopicGoesOnWhereItWasAsFarAsThatIsAcknowledged() {
        Client client = added(KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.publishLines("cats 1", "dogs too early", "cats 3");
        relay.subscribe(client, queue, "cats", "dogs");
        relay.publishLines("dogs 4", "cats 5");
        // It has had all, and acknowledged the first message only.
        relay.hub.acknowledge(
                client, queue, Long.parseLong(connection.pingPayloads().get(0)));
        relay.settle();
        engine.kill();
        restart();
        relay.publishLines("dogs 6");
        assertThat(lines(connect(client))).containsExactly("3", "4", "5", "6");
    }

    /** Its program pings the relay by itself, so the relay does not ask; yet it is not to seem to have missed what others were sent. */
    @Test
    void theCursorOfAClientWithQuietTopicsMovesOnWhileItIsHeardOf() {
        Client client = added(KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        relay.publishLines("dogs 1", "dogs 2");
        connection.hears(relay.nanos() + MOMENT.toNanos());
        pass(TestHub.PING_INTERVAL);
        relay.settle();
        assertThat(connection.pingPayloads()).isEmpty();
        assertThat(engine.cursor(client.id())).isGreaterThanOrEqualTo(2);
    }

    @Test
    void whoeverMayHaveHadWhatTheLogHasLostIsToldOfAGap() {
        Client kept = added(KEEP, "1", "cats");
        Client awaited = added(KEEP, "2", "cats");
        SendQueue queue = connectedBy(kept);
        relay.publishLines("cats 1");
        disconnect(kept, queue);
        disk.loseEnd();
        restart();
        relay.publishLines("cats 2");
        assertThat(lines(connect(kept))).containsExactly("gap cats 0 epoch", "1", "2");
        assertThat(lines(connect(awaited))).containsExactly("gap cats 0 epoch", "1", "2");
    }

    @Test
    void whoeverWentBackAndIsCutOffByARestartGoesOnFromThere() {
        Client client = added(KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        MessageId first = relay.publishLines("cats 1");
        relay.hub.acknowledge(client, queue, first.sequence());
        relay.publishLines("cats 2");
        relay.hub.disconnect(client, queue);
        relay.connect(client, new FakeConnection(), new StartPosition.After(NumberingEngine.id(0)));
        relay.settle();
        engine.kill();
        restart();
        assertThat(lines(connect(client))).containsExactly("1", "2");
    }

    @Test
    void whoeverWasConnectedWhenTheRelayLeftHasItsWholeTimeAfterTheRestart() throws InterruptedException {
        Client client = added(KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.publishLines("cats 1", "cats 2");
        Client upToDate = added(KEEP, "2", "dogs");
        connect(upToDate);
        long newest = relay.publishLines("emus -").sequence();
        relay.hub.refuseNewcomers();
        relay.hub.goAway(Duration.ZERO);
        relay.settle();
        assertThat(connection.closeReasons()).containsExactly(CloseReason.GOING_AWAY);
        assertThat(engine.told())
                .as("whoever has had all has had what others got too")
                .anyMatch(told -> told.startsWith("acknowledged " + JournalingEngine.name(upToDate.id()))
                        && Long.parseLong(told.substring(told.lastIndexOf(' ') + 1)) >= newest);
        List<String> asked = connection.pingPayloads();
        relay.hub.acknowledge(client, queue, Long.parseLong(asked.get(asked.size() - 1)));
        relay.hub.gone(client, queue);
        relay.settle();
        // Nobody can come back before the restart.
        pass(KEEP.plus(MOMENT));
        relay.close();
        now = now.plus(Duration.ofDays(1));
        restart();
        pass(KEEP.minus(MOMENT));
        assertThat(opens(client)).isTrue();
        relay.publishLines("cats 3");
        assertThat(lines(connect(client))).containsExactly("3");
    }

    @Test
    void timeGoesOnWhileNoRelayRunsForWhoeverHadNoConnection() {
        Client awaited = added(Duration.ZERO, "1", "cats");
        Client kept = added(KEEP, "2", "cats");
        Client late = added(Duration.ZERO, "3", "cats");
        disconnect(kept, connectedBy(kept));
        now = now.plus(KEEP.minus(MOMENT));
        restart();
        assertThat(Stream.of(awaited, kept, late)).allMatch(this::opens);
        assertThat(info(kept).timeWithoutConnection()).contains(KEEP.minus(MOMENT));
        assertThat(info(awaited).timeWithoutConnection()).contains(KEEP.minus(MOMENT));
        pass(MOMENT);
        assertThat(opens(kept)).isFalse();
        assertThat(engine.stored()).containsExactly(awaited.id(), late.id());
        now = now.plus(TestHub.REGISTER_TTL.minus(KEEP));
        restart();
        assertThat(Stream.of(awaited, late)).noneMatch(this::opens);
        assertThat(engine.stored()).isEmpty();
        assertThat(relay.room.bytes()).isZero();
    }

    @Test
    void whatAClientMayAskForAndUntilWhenIsTheSameAfterARestart() {
        TopicFilter allowed = TopicFilter.of(List.of(new TopicPattern("cats"), new TopicPattern("news.*")));
        long end = relayNanos(Duration.ofMinutes(3));
        Client client = new Client(
                ClientId.random(), Optional.of(new UserId("1")), KEEP, new Permissions(TopicFilter.ANY, allowed, end));
        TestHub.join(add(client, "cats"));
        now = now.plus(Duration.ofMinutes(2));
        restart();
        Client restored = relay.registry.find(client.id()).orElseThrow();
        assertThat(restored.user()).isEqualTo(client.user());
        assertThat(restored.keep()).isEqualTo(KEEP);
        assertThat(restored.permissions().topics().allows(new Topic("news.today")))
                .isTrue();
        assertThat(restored.permissions().topics().allows(new Topic("dogs"))).isFalse();
        FakeConnection connection = connect(client);
        pass(Duration.ofMinutes(1).minus(MOMENT));
        assertThat(connection.closeReasons()).isEmpty();
        pass(MOMENT);
        assertThat(connection.closeReasons()).containsExactly(CloseReason.CREDENTIAL_EXPIRED);
    }

    @Test
    void aCredentialThatExpiredWhileNoRelayRanEndsItsRegistration() {
        Client client = client(KEEP, "1", Optional.of(MOMENT));
        TestHub.join(add(client, "cats"));
        now = now.plus(MOMENT);
        restart();
        assertThat(opens(client)).isFalse();
        assertThat(engine.stored()).isEmpty();
    }

    @Test
    void nobodyIsRefusedBecauseALimitWasLoweredButNewOnesAre() {
        List<Client> clients = List.of(added(KEEP, "1", "cats"), added(KEEP, "1", "cats"), added(KEEP, "2", "cats"));
        maxClients = 2;
        maxOfUser = 1;
        try (RecordedLog log = RecordedLog.start()) {
            restart();
            assertThat(log.warnings()).singleElement().asString().contains("2 of 3 restored registrations");
        }
        assertThat(clients).allMatch(this::opens);
        assertThatThrownBy(() -> add(client(KEEP, "2"), "cats")).isInstanceOf(UnavailableException.class);
        assertThatThrownBy(() -> add(client(KEEP, "3"), "cats")).isInstanceOf(UnavailableException.class);
        clients.subList(0, 2).forEach(client -> TestHub.join(remove(client)));
        relay.settle();
        added(KEEP, "1", "cats");
    }

    @Test
    void restoredClientsAreCountedAndListedAsTheyWere() {
        Client client = added(KEEP, "1", "cats", "dogs");
        connect(client);
        restart();
        assertThat(info(client).topics()).isEqualTo(TestHub.topics("cats", "dogs"));
        assertThat(info(client).timeWithoutConnection()).contains(Duration.ZERO);
        assertThat(relay.hub
                        .directory()
                        .topic(new Topic("cats"))
                        .orElseThrow()
                        .entry()
                        .subscribers())
                .isEqualTo(1);
        assertThat(relay.room.topics()).isEqualTo(2);
        assertThat(relay.registry.size()).isEqualTo(1);
    }

    @Test
    void ofAClientThatCameWithoutARegistrationNothingIsStored() {
        for (int i = 0; i < 3; i++) {
            Client client = Client.direct(
                    Optional.of(new UserId("1")),
                    Permissions.of(
                            TopicFilter.ANY, TopicFilter.ANY, Optional.of(Duration.ofMinutes(1)), relay.nanos()));
            TestHub.join(relay.hub
                    .add(client, TestHub.topics("cats"), StartPosition.NOW)
                    .toCompletableFuture());
            FakeConnection connection = new FakeConnection();
            SendQueue queue = relay.connect(client, connection);
            relay.settle();
            relay.publishLines("cats " + i);
            assertThat(lines(connection)).containsExactly(String.valueOf(i));
            switch (i) {
                case 0 -> disconnect(client, queue);
                case 1 -> assertThat(TestHub.join(removeAllOf("1"))).isOne();
                default -> {
                    pass(Duration.ofMinutes(1).minus(MOMENT));
                    pass(MOMENT);
                }
            }
            relay.settle();
            assertThat(relay.registry.size()).isZero();
            assertThat(engine.told()).allMatch("settled"::equals);
            assertThat(engine.stored()).isEmpty();
        }
    }

    private static Client client(Duration keep, String user) {
        return new Client(ClientId.random(), Optional.of(new UserId(user)), keep, Permissions.EVERYTHING);
    }

    private Client client(Duration keep, String user, Optional<Duration> credential) {
        return credential
                .map(time -> new Client(
                        ClientId.random(),
                        Optional.of(new UserId(user)),
                        keep,
                        new Permissions(TopicFilter.ANY, TopicFilter.ANY, relayNanos(time))))
                .orElseGet(() -> client(keep, user));
    }

    private long relayNanos(Duration later) {
        return relay.nanos() + later.toNanos();
    }

    private CompletableFuture<MessageId> add(Client client, String... topics) {
        return relay.hub.registrar().add(client, TestHub.topics(topics)).toCompletableFuture();
    }

    private Client added(Duration keep, String user, String... topics) {
        Client client = client(keep, user);
        TestHub.join(add(client, topics));
        return client;
    }

    private CompletableFuture<Void> remove(Client client) {
        return relay.hub.registrar().remove(client.id().secret()).toCompletableFuture();
    }

    private CompletableFuture<Integer> removeAllOf(String user) {
        return relay.hub.registrar().removeAllOf(new UserId(user)).toCompletableFuture();
    }

    private boolean opens(Client client) {
        return TestHub.join(relay.hub
                        .registrar()
                        .open(client.id().secret(), StartPosition.NOW)
                        .toCompletableFuture())
                .isPresent();
    }

    /** Connects by the client's id, as after a restart only that is known. */
    private FakeConnection connect(Client client) {
        FakeConnection connection = new FakeConnection();
        relay.connect(relay.registry.find(client.id()).orElseThrow(), connection);
        relay.settle();
        return connection;
    }

    private SendQueue connectedBy(Client client) {
        return relay.connect(client, new FakeConnection());
    }

    private void disconnect(Client client, SendQueue queue) {
        relay.hub.disconnect(client, queue);
        relay.settle();
    }

    private ClientInfo info(Client client) {
        CompletableFuture<Directory.ClientPage> page = new CompletableFuture<>();
        relay.hub.directory().clientsOf(client.user().orElseThrow(), Optional.empty(), 1, page::complete);
        return TestHub.join(page).clients().get(0);
    }

    private void pass(Duration time) {
        now = now.plus(time);
        relay.advance(time);
    }

    /** Another process begins on the same disk, whose ticker counts from elsewhere. */
    private void restart() {
        relay.close();
        engine = new JournalingEngine(disk, () -> now);
        relay = new TestHub(engine, maxClients, maxOfUser, new ManualClock(TimeUnit.DAYS.toNanos(3)), () -> now);
        relay.settle();
    }

    private static List<String> lines(FakeConnection connection) {
        return connection.text().lines().toList();
    }

    private static String refusal(CompletableFuture<?> failed) {
        try {
            throw new AssertionError("not refused: " + TestHub.join(failed));
        } catch (CompletionException e) {
            return UnavailableException.of(e).detail();
        }
    }
}
