package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.client.Client;
import relay.client.Permissions;
import relay.client.RegistrationChange;
import relay.client.TopicInfo;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UnavailableException;
import relay.message.UserId;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;
import relay.testing.ManualClock;

/** Clients that a backend changes: while they are connected, catch up or wait, and while the engine is slow. */
@Timeout(60)
class HubChangeTest {
    private final Instant now = Instant.parse("2026-11-27T08:00:00Z");
    private final JournalingEngine.Disk disk = new JournalingEngine.Disk();
    private JournalingEngine engine = new JournalingEngine(disk, () -> now);
    private TestHub relay = new TestHub(engine, 100, 100, new ManualClock(), () -> now);

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aClientThatCatchesUpIsSentNothingMoreOfARemovedTopicAndOfAnAddedOneWhatIsNew() {
        Client client = client(TestHub.KEEP, "cats", "dogs");
        for (int i = 0; i < 2000; i++) {
            relay.publishLines("cats c" + i, "dogs d" + i, "birds b" + i);
        }
        FakeConnection connection = new FakeConnection().takesPerWrite(100);
        relay.connect(client, connection);
        relay.settle();
        assertThat(topics(change(client, add("birds"), remove("cats")))).containsExactlyInAnyOrder("birds", "dogs");
        int before = lines(connection).size();
        relay.publishLines("birds new", "cats no", "dogs last");
        connection.takesTheRestAtOnce();
        connection.takeRest();
        await().until(() -> lines(connection).contains("last"));
        List<String> lines = lines(connection);
        assertThat(lines.stream().filter(line -> line.startsWith("c")).count()).isLessThan(2000);
        assertThat(lines.stream().filter(line -> !line.startsWith("c")))
                .containsExactlyElementsOf(
                        Stream.concat(IntStream.range(0, 2000).mapToObj(i -> "d" + i), Stream.of("new", "last"))
                                .toList());
        assertThat(before).isLessThan(1000);
    }

    @Test
    void theRetainedValuesOfAddedTopicsComeToAConnectedClientAtOnceAndToOthersWhenTheyConnect() {
        Client connected = client(TestHub.KEEP, "cats");
        Client waiting = client(TestHub.KEEP, "cats");
        Client fresh = client(TestHub.KEEP, "cats");
        FakeConnection first = new FakeConnection();
        relay.connect(connected, first);
        SendQueue queue = relay.connect(waiting, new FakeConnection());
        relay.hub.disconnect(waiting, queue);
        retain("birds", "held");
        relay.publishLines("birds not held");
        for (Client client : List.of(connected, waiting, fresh)) {
            change(client, add("birds"), remove());
        }
        relay.publishLines("birds new");
        relay.settle();
        assertThat(lines(first)).containsExactly("held", "new");
        for (Client client : List.of(waiting, fresh)) {
            FakeConnection connection = new FakeConnection();
            relay.connect(client, connection);
            relay.settle();
            assertThat(lines(connection)).containsExactly("held", "new");
        }
    }

    @Test
    void addedTopicsBeginThereAlsoForWhoHasNeverConnectedAndAlsoAfterARestart() {
        Client client = client(TestHub.KEEP, "cats");
        relay.publishLines("cats 1", "birds no");
        change(client, add("birds", "fish"), remove());
        relay.publishLines("birds 2", "fish 3");
        // Again: it begins anew.
        change(client, add(), remove("fish"));
        change(client, add("fish"), remove());
        relay.publishLines("fish 4");
        restart();
        relay.publishLines("cats 5", "birds 6");
        FakeConnection connection = new FakeConnection();
        relay.connect(found(client), connection);
        relay.settle();
        assertThat(lines(connection)).containsExactly("1", "2", "4", "5", "6");
    }

    @Test
    void whoIsNotKeptAndHasNeverConnectedBeginsWithItsFirstConnection() {
        Client client = client(Duration.ZERO, "cats");
        change(client, add("birds"), remove("cats"));
        relay.publishLines("birds no");
        restart();
        FakeConnection connection = new FakeConnection();
        relay.connect(found(client), connection);
        relay.settle();
        relay.publishLines("cats no", "birds yes");
        relay.settle();
        assertThat(lines(connection)).containsExactly("yes");
        change(found(client), add("cats"), remove());
        relay.publishLines("cats too");
        relay.settle();
        assertThat(lines(connection)).containsExactly("yes", "too");
    }

    @Test
    void whoIsChangedHasNoMoreTimeToConnectThanBefore() {
        Client client = client(TestHub.KEEP, "cats");
        relay.advance(TestHub.REGISTER_TTL.minusMillis(1));
        change(client, add("birds"), remove());
        assertThat(relay.knows(client)).isTrue();
        relay.advance(Duration.ofMillis(1));
        assertThat(relay.knows(client)).isFalse();
        assertThat(TestHub.join(relay.hub
                        .registrar()
                        .change(client.id().secret(), change(add("x"), remove()))
                        .toCompletableFuture()))
                .isEmpty();
    }

    @Test
    void topicsAreCountedWhetherOrNotItsClientIsConnected() {
        Client waiting = client(TestHub.KEEP, "cats");
        Client connected = client(TestHub.KEEP, "cats");
        SendQueue queue = relay.connect(connected, new FakeConnection());
        for (Client client : List.of(waiting, connected)) {
            change(client, add("birds"), remove("cats"));
        }
        assertThat(counted("birds")).isEqualTo(new TopicInfo(new Topic("birds"), 2, 1));
        assertThat(relay.hub.directory().topic(new Topic("cats"))).isEmpty();
        relay.connect(waiting, new FakeConnection());
        relay.hub.disconnect(connected, queue);
        relay.settle();
        assertThat(counted("birds")).isEqualTo(new TopicInfo(new Topic("birds"), 2, 1));
        relay.hub.unregister(connected);
        relay.hub.unregister(waiting);
        relay.settle();
        assertThat(relay.hub.directory().topic(new Topic("birds"))).isEmpty();
        assertThat(relay.room.topics()).isZero();
        assertThat(relay.room.bytes()).isZero();
    }

    @Test
    void itTakesTheRoomThatItNeedsAndLeavesWhatACommandHasReserved() {
        Client client = client(TestHub.KEEP, "cats");
        relay.settle();
        long bytes = relay.room.bytes();
        change(client, add("birds"), remove(), Optional.of(filter("**")), Optional.of(filter("a", "b.*")));
        assertThat(relay.room.topics()).isEqualTo(2);
        assertThat(relay.room.bytes()).isGreaterThan(bytes);
        relay.registry.reserveMore(client, TestHub.topics("x", "y"));
        change(client, add("fish"), remove());
        assertThat(relay.room.topics()).isEqualTo(5);
        change(client, add(), remove("birds", "fish"), Optional.of(TopicFilter.ANY), Optional.of(TopicFilter.NONE));
        assertThat(relay.room.topics()).isEqualTo(3);
        relay.registry.settle(client, TestHub.topics("cats"));
        assertThat(relay.room.topics()).isEqualTo(1);
        assertThat(relay.room.bytes()).isEqualTo(bytes);
    }

    @Test
    void aCommandOfTheClientInBetweenLosesNothingOfEither() {
        Client client = client(TestHub.KEEP, "cats");
        SendQueue queue = relay.connect(client, new FakeConnection());
        CountDownLatch gate = block(client);
        CompletableFuture<Registrar.Changed> changed = begin(client, change(add("birds"), remove("cats")));
        subscribe(client, queue, "dogs");
        gate.countDown();
        assertThat(topics(TestHub.join(changed))).containsExactlyInAnyOrder("birds", "dogs");
    }

    @Test
    void anotherCredentialAndAChangeInBetweenLoseNothingOfEither() {
        for (boolean changeFirst : List.of(true, false)) {
            Client client = new Client(
                    ClientId.random(),
                    Optional.of(new UserId("ann")),
                    TestHub.KEEP,
                    new Permissions(
                            TopicFilter.ANY,
                            TopicFilter.ANY,
                            relay.nanos() + Duration.ofMinutes(1).toNanos()));
            add(client, "cats", "dogs");
            SendQueue queue = relay.connect(client, new FakeConnection());
            CountDownLatch gate = block(client);
            CompletableFuture<Void> renewed = new CompletableFuture<>();
            Runnable renewing = () -> relay.hub
                    .renewer()
                    .renew(
                            client,
                            queue,
                            Permissions.of(
                                    TopicFilter.NONE,
                                    filter("dogs", "birds"),
                                    Optional.of(Duration.ofMinutes(5)),
                                    relay.nanos()),
                            new Silent(),
                            () -> renewed.complete(null),
                            renewed::completeExceptionally);
            if (!changeFirst) {
                renewing.run();
            }
            CompletableFuture<Registrar.Changed> changed = begin(
                    client,
                    change(add("birds"), remove(), Optional.of(filter("cats", "birds")), Optional.of(filter("p"))));
            if (changeFirst) {
                renewing.run();
            }
            gate.countDown();
            TestHub.join(renewed);
            TestHub.join(changed);
            relay.settle();
            assertThat(client.permissions().own().lists())
                    .isEqualTo(filter("cats", "birds").lists());
            assertThat(client.permissions().granted().lists())
                    .isEqualTo(filter("dogs", "birds").lists());
            assertThat(client.permissions().publish().lists())
                    .isEqualTo(filter("p").lists());
            assertThat(topics(change(client, add(), remove()))).containsExactly("birds");
        }
    }

    @Test
    void itIsInForceAtOnceAndAnsweredWhenItIsStored() {
        Client client = client(TestHub.KEEP, "cats");
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection);
        relay.settle();
        engine.storeWhenAsked();
        CompletableFuture<Registrar.Changed> changed = begin(client, change(add("birds"), remove("cats")));
        relay.settle();
        relay.publishLines("cats no", "birds yes");
        relay.settle();
        assertThat(lines(connection)).containsExactly("yes");
        assertThat(changed).isNotDone();
        engine.store();
        assertThat(topics(TestHub.join(changed))).containsExactly("birds");
    }

    @Test
    void whatCannotBeStoredIsInForceAndItsBackendIsToldThat() {
        Client client = client(TestHub.KEEP, "cats");
        engine.storeWhenAsked();
        CompletableFuture<Registrar.Changed> alone = begin(client, change(add("birds"), remove("cats")));
        relay.settle();
        engine.fail();
        assertThatThrownBy(() -> TestHub.join(alone))
                .cause()
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("in force")
                .hasMessageContaining("send it again")
                .hasMessageContaining("the disk is full");
        CompletableFuture<List<Registrar.Changed>> all = relay.hub
                .registrar()
                .changeAllOf(new UserId("ann"), change(add("fish"), remove()))
                .toCompletableFuture();
        relay.settle();
        engine.fail();
        assertThat(TestHub.join(all)).singleElement().satisfies(one -> {
            assertThat(topics(one)).containsExactlyInAnyOrder("birds", "fish");
            assertThat(one.refused()).get().asString().contains("in force", "the disk is full");
        });
    }

    @Test
    void whatIsAnsweredHoldsAfterARestart() {
        Client waiting = client(TestHub.KEEP, "cats", "dogs");
        Client connected = client(TestHub.KEEP, "cats", "dogs");
        relay.connect(connected, new FakeConnection());
        for (Client client : List.of(waiting, connected)) {
            change(client, add("news.a"), remove("cats"), Optional.of(filter("news.*")), Optional.of(filter("chat.*")));
        }
        engine.kill();
        restart();
        for (Client client : List.of(waiting, connected)) {
            Client after = found(client);
            assertThat(after.permissions().own().lists())
                    .isEqualTo(filter("news.*").lists());
            assertThat(after.permissions().publish().lists())
                    .isEqualTo(filter("chat.*").lists());
            assertThat(topics(change(after, add(), remove()))).containsExactly("news.a");
        }
    }

    /** Makes the client's worker stop until the latch is counted down. */
    private CountDownLatch block(Client client) {
        CountDownLatch gate = new CountDownLatch(1);
        relay.hub.afterAllFor(client, () -> {
            try {
                assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return gate;
    }

    private void restart() {
        relay.settle();
        relay.close();
        engine = new JournalingEngine(disk, () -> now);
        relay = new TestHub(engine, 100, 100, new ManualClock(), () -> now);
    }

    private Client found(Client client) {
        return relay.registry.find(client.id()).orElseThrow();
    }

    private Client client(Duration keep, String... topics) {
        Client client = new Client(ClientId.random(), Optional.of(new UserId("ann")), keep, Permissions.EVERYTHING);
        add(client, topics);
        return client;
    }

    private void add(Client client, String... topics) {
        TestHub.join(relay.hub.registrar().add(client, TestHub.topics(topics)).toCompletableFuture());
    }

    private void retain(String topic, String text) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        relay.hub.publish(
                new Message(
                        List.of(new Topic(topic)),
                        Optional.empty(),
                        Text.of(text),
                        new MessageOptions(Optional.empty(), Optional.empty(), MessageOptions.Retain.VALUE)),
                Optional.empty(),
                HandedOver.to((id, queued) -> done.complete(null)));
        TestHub.join(done);
    }

    private void subscribe(Client client, SendQueue queue, String topic) {
        relay.hub.subscribe(
                client,
                queue,
                new Subscription(Subscription.Change.REPLACE, TestHub.topics(topic, "cats"), StartPosition.NOW),
                SubscribeAnswer.NONE,
                () -> {},
                cause -> {
                    throw cause;
                });
    }

    private TopicInfo counted(String topic) {
        return relay.hub.directory().topic(new Topic(topic)).orElseThrow().entry();
    }

    private Registrar.Changed change(Client client, String[] add, String[] remove) {
        return change(client, add, remove, Optional.empty(), Optional.empty());
    }

    private Registrar.Changed change(
            Client client, String[] add, String[] remove, Optional<TopicFilter> allow, Optional<TopicFilter> publish) {
        return TestHub.join(begin(client, change(add, remove, allow, publish)));
    }

    private CompletableFuture<Registrar.Changed> begin(Client client, RegistrationChange change) {
        return relay.hub
                .registrar()
                .change(client.id().secret(), change)
                .thenApply(Optional::orElseThrow)
                .toCompletableFuture();
    }

    private static RegistrationChange change(String[] add, String[] remove) {
        return change(add, remove, Optional.empty(), Optional.empty());
    }

    private static RegistrationChange change(
            String[] add, String[] remove, Optional<TopicFilter> allow, Optional<TopicFilter> publish) {
        return new RegistrationChange(TestHub.topics(add), TestHub.topics(remove), allow, publish);
    }

    private static String[] add(String... topics) {
        return topics;
    }

    private static String[] remove(String... topics) {
        return topics;
    }

    private static TopicFilter filter(String... patterns) {
        return TopicFilter.of(Stream.of(patterns).map(TopicPattern::new).toList());
    }

    private static List<String> topics(Registrar.Changed changed) {
        return changed.topics().stream().map(Topic::name).toList();
    }

    private static List<String> lines(FakeConnection from) {
        return from.text().lines().toList();
    }

    /** Tells nothing. */
    private static final class Silent implements Renewer.Answers {
        @Override
        public Optional<ByteBuffer> renewed(Set<Topic> kept) {
            return Optional.empty();
        }

        @Override
        public ByteBuffer lost(Set<Topic> lost) {
            return ByteBuffer.allocate(0);
        }

        @Override
        public ByteBuffer notStored(UnavailableException cause) {
            return ByteBuffer.allocate(0);
        }
    }
}
