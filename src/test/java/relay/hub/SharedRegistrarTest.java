package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.client.Client;
import relay.client.RegistrationChange;
import relay.client.Room;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.testing.FakeConnection;

/** Claims of one registration that overtake each other, and such that fail half-way. */
class SharedRegistrarTest {
    private static final ClientId ID = ClientId.random();

    private final SharedEngine engine = new SharedEngine(new Registration(
            ID,
            new UserId("1"),
            Map.of(new Topic("cats"), 0L),
            TopicFilter.ANY,
            TopicFilter.ANY,
            Duration.ofMinutes(1),
            Optional.empty()));

    @AutoClose
    private final TestHub relay = new TestHub(engine);

    /** The connection of each claim, once that is admitted. */
    private final List<FakeConnection> connections = new ArrayList<>();

    private void claim() {
        FakeConnection connection = new FakeConnection();
        connections.add(connection);
        CompletionStage<Optional<Registrar.Opening>> opened =
                relay.hub.registrar().open(ID.secret(), StartPosition.NOW);
        opened.thenAccept(opening -> relay.connect(opening.orElseThrow().client(), connection));
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 3", "1, 3, 2", "2, 1, 3", "2, 3, 1", "3, 1, 2", "3, 2, 1"})
    void whicheverClaimIsReadyFirstTheNewestIsServed(int first, int second, int third) {
        for (int i = 0; i < 3; i++) {
            claim();
        }
        engine.follow(first);
        engine.follow(second);
        engine.follow(third);
        relay.settle();
        assertThat(connections.get(0).closeReasons()).containsExactly(CloseReason.REPLACED);
        assertThat(connections.get(1).closeReasons()).containsExactly(CloseReason.REPLACED);
        assertThat(connections.get(2).closeReasons()).isEmpty();
        assertThat(relay.publishAndWait("cats", "to the newest")).isEqualTo(1);
        assertThat(connections.get(2).text()).isEqualTo("to the newest\n");
        assertThat(engine.told())
                .as("every hold, and no claim that another has overtaken")
                .containsExactlyInAnyOrder("hold 1 released", "hold 2 released", "hold 3 released");
        assertThat(relay.registry.size()).isEqualTo(1);
    }

    @Test
    void onlyTheFirstClaimOfARegistrationCountsAsItsFirstConnection() {
        engine.cursor(7);
        Map<Topic, Long> starts = Map.of(new Topic("cats"), 7L);
        assertThat(opened(1)).isEqualTo(new StartPosition.Resume(starts, true));
        assertThat(opened(2)).isEqualTo(new StartPosition.Resume(starts, false));
    }

    private StartPosition opened(int request) {
        CompletionStage<Optional<Registrar.Opening>> opened =
                relay.hub.registrar().open(ID.secret(), StartPosition.NOW);
        engine.follow(request);
        return TestHub.join(opened.toCompletableFuture()).orElseThrow().start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"claim", "follow"})
    void aConnectionWhoseOpeningThrowsLeavesItsPlaceAndItsClaim(String failing) {
        Admission admission = new Admission(relay.hub, 1, new Room(4000, 1));
        Visitor visitor = new Visitor();
        engine.beforeCall(call -> {
            if (call.equals(failing)) {
                throw new IllegalStateException("no " + call);
            }
        });
        admission.admit(ID.secret(), StartPosition.NOW, visitor);
        admission.admit(ID.secret(), StartPosition.NOW, visitor);
        assertThat(visitor.told).hasSize(2).allMatch(told -> told.contains("no " + failing));
        assertThat(admission.open()).isZero();
        assertThat(engine.told())
                .isEqualTo(failing.equals("claim") ? List.of() : List.of("claim 1 released", "claim 2 released"));
    }

    @Test
    void aConnectionThatCannotBeServedLeavesItsPlace() {
        Admission admission = new Admission(relay.hub, 1, new Room(4000, 1));
        Visitor visitor = new Visitor();
        visitor.atTheDoor = () -> {
            throw new IllegalStateException("cannot be served");
        };
        admission.admit(ID.secret(), StartPosition.NOW, visitor);
        engine.follow(1);
        assertThat(visitor.told).containsExactly("failed: cannot be served");
        assertThat(admission.open()).isZero();
        visitor.atTheDoor = () -> {};
        admission.admit(ID.secret(), StartPosition.NOW, visitor);
        engine.follow(2);
        assertThat(visitor.told).endsWith("admitted");
        assertThat(admission.open()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void topicsThatAClientDoesNotGetTakeNoRoom(boolean itsConnectionIsReplaced) {
        claim();
        engine.follow(1);
        Client client = relay.registry.find(ID).orElseThrow();
        SendQueue queue = relay.connect(client, new FakeConnection());
        Subscription wanted = new Subscription(TestHub.topics("cats", "dogs", "birds"), StartPosition.NOW);
        List<String> refused = new ArrayList<>();
        relay.hub.subscribe(
                client, queue, wanted, SubscribeAnswer.NONE, () -> {}, cause -> refused.add(cause.detail()));
        assertThat(relay.room.topics()).isEqualTo(3);
        if (itsConnectionIsReplaced) {
            relay.connect(client, new FakeConnection());
            engine.follow(2);
        } else {
            engine.cannotFollow(2);
            assertThat(refused).containsExactly("cannot follow");
        }
        relay.settle();
        assertThat(relay.room.topics()).isEqualTo(1);
    }

    @Test
    void aClientThatIsHereChangesBehindAllThatWasPublishedBefore() {
        claim();
        engine.follow(1);
        relay.settle();
        RegistrationChange change =
                new RegistrationChange(Set.of(), TestHub.topics("cats"), Optional.empty(), Optional.empty());
        CompletableFuture<Optional<Registrar.Changed>> changed =
                relay.hub.registrar().change(ID.secret(), change).toCompletableFuture();
        relay.settle();
        relay.settle();
        assertThat(changed).isNotDone();
        assertThat(relay.publishAndWait("cats", "on its way")).isEqualTo(1);
        engine.follow(2);
        assertThat(TestHub.join(changed).orElseThrow().topics()).isEmpty();
        assertThat(relay.publishAndWait("cats", "no")).isZero();
        assertThat(connections.get(0).text()).isEqualTo("on its way\n");
    }

    @Test
    void aConnectionThatIsAnnouncedAndDoesNotComeKeepsNobodyFromChangingItsClient() {
        claim();
        RegistrationChange change = new RegistrationChange(
                TestHub.topics("dogs"), TestHub.topics("cats"), Optional.empty(), Optional.empty());
        CompletionStage<Optional<Registrar.Changed>> changed =
                relay.hub.registrar().change(ID.secret(), change);
        assertThat(TestHub.join(changed.toCompletableFuture()).orElseThrow().topics())
                .isEqualTo(TestHub.topics("dogs"));
        assertThat(engine.told()).containsExactly("claim 1 taken for [dogs]");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoseClaimIsTakenIsSentAwayWhetherItIsThereOrIsYetToBeAdmitted(boolean isThere) {
        claim();
        if (isThere) {
            engine.follow(1);
            relay.settle();
        }
        ((SharedRegistrar) relay.hub.registrar()).taken(ID, 1);
        if (!isThere) {
            engine.follow(1);
        }
        relay.settle();
        assertThat(connections.get(0).closeReasons()).containsExactly(CloseReason.GOING_AWAY);
        assertThat(relay.registry.size()).isZero();
        claim();
        engine.follow(2);
        relay.settle();
        assertThat(connections.get(1).closeReasons()).isEmpty();
        assertThat(engine.told()).containsExactly("hold 1 released", "hold 2 released");
    }

    private static final class Visitor implements Admission.Newcomer {
        private final List<String> told = new ArrayList<>();
        private Runnable atTheDoor = () -> {};

        @Override
        public void admitted(Registrar.Opening opening) {
            atTheDoor.run();
            told.add("admitted");
        }

        @Override
        public void unknown() {
            told.add("unknown");
        }

        @Override
        public void refused(UnavailableException cause) {
            told.add("refused: " + cause.detail());
        }

        @Override
        public void failed(RuntimeException cause) {
            told.add("failed: " + cause.getMessage());
        }
    }
}
