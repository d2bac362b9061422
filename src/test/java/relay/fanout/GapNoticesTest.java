package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.hub.StressEncoding;
import relay.message.ClientId;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.ConnectionTotals;
import relay.outbound.SendQueue;
import relay.schedule.Ticker;
import relay.testing.FakeConnection;

/** Each is told once, and before its next message, whatever comes in between. */
class GapNoticesTest {
    private static final Optional<UserId> EVERYBODY = Optional.empty();
    private static final int MANY = 60;

    private final ClientTable clients = new ClientTable();
    private final TopicTable topics = new TopicTable(1, Ticker.system());
    private final TopicIndex index = new TopicIndex(topics, 0);
    private final FrameBuffer frames = new FrameBuffer(new StressEncoding(), 1, 1);
    private final CatchUpQueue catchingUp = new CatchUpQueue((client, queue) -> {});
    private final Map<Subscriber, List<String>> told = new HashMap<>();
    private final GapNotices notices = new GapNotices(clients, index, catchingUp, this::tell);
    private final List<Subscriber> everybody = new ArrayList<>();

    @Test
    void allAreToldOnceAFewAtATime() {
        connect(MANY, "u1", "cats");
        announce(7, "cats");
        notices.tellSome();
        assertThat(told.size()).isBetween(1, MANY - 1);
        tellAll();
        assertThat(everybody).allSatisfy(one -> assertThat(told.get(one)).containsExactly("cats 7"));
    }

    @Test
    void whoeverGetsAMessageIsToldFirstAndNotAgain() {
        connect(MANY, "u1", "cats");
        announce(7, "cats");
        List<Subscriber> early = List.of(everybody.get(0), everybody.get(31), everybody.get(MANY - 1));
        early.forEach(notices::tellNow);
        assertThat(early).allSatisfy(one -> assertThat(told.get(one)).containsExactly("cats 7"));
        tellAll();
        assertThat(everybody).allSatisfy(one -> assertThat(told.get(one)).containsExactly("cats 7"));
    }

    @Test
    void whoeverLeavesIsNotToldAndWhoeverComesIsNot() {
        connect(MANY, "u1", "cats");
        announce(7, "cats");
        List<Subscriber> gone = List.of(everybody.get(0), everybody.get(31), everybody.get(MANY - 1));
        gone.forEach(this::disconnect);
        Subscriber late = connect("u1", "cats");
        tellAll();
        assertThat(told).doesNotContainKey(late).doesNotContainKeys(gone.toArray(Subscriber[]::new));
        assertThat(told).hasSize(MANY - gone.size());
        assertThat(told.values()).allSatisfy(gaps -> assertThat(gaps).containsExactly("cats 7"));
    }

    @Test
    void aKeptClientThatLeavesUntoldIsNotUpToDate() {
        connect(MANY, "u1", "cats");
        Subscriber kept = everybody.get(3);
        AckTracker acks = kept.trackAcks(6);
        announce(7, "cats");
        notices.forget(kept);
        acks.upToDate(9);
        assertThat(acks.acknowledged()).isEqualTo(6);
    }

    @Test
    void thoseForOneUserAndForEverybodyAreToldInTheirOrder() {
        connect(MANY, "u1", "cats", "dogs");
        Subscriber other = connect("u2", "cats");
        announce(7, "cats", Optional.of(new UserId("u1")));
        announce(8, "cats");
        announce(9, "dogs");
        notices.tellNow(everybody.get(40));
        tellAll();
        assertThat(told.remove(other)).containsExactly("cats 8");
        assertThat(told).hasSize(MANY);
        assertThat(told.values()).allSatisfy(gaps -> assertThat(gaps).containsExactly("cats 7", "cats 8", "dogs 9"));
    }

    @Test
    void aSecondGapOfATopicDoesNotBringItsFirstInFrontOfAnEarlierOneOfAnotherTopic() {
        connect(MANY, "u1", "cats", "dogs");
        announce(7, "cats");
        announce(8, "dogs");
        announce(9, "dogs");
        tellAll();
        assertThat(told).hasSize(MANY);
        assertThat(told.values()).allSatisfy(gaps -> assertThat(gaps).containsExactly("cats 7", "dogs 8", "dogs 9"));
    }

    @Test
    void whoeverKnowsOfALossOfAnythingIsToldOfTheNextAndWhoeverDoesNotOfTheFirst() {
        connect(2, "u1", "cats");
        notices.announceToAll(7, everybody.iterator(), id(7), Gap.Reason.EPOCH);
        notices.tellNow(everybody.get(0));
        notices.announceToAll(8, everybody.iterator(), id(8), Gap.Reason.EPOCH);
        Subscriber late = connect("u1", "cats");
        notices.announceToAll(9, List.copyOf(everybody).iterator(), id(9), Gap.Reason.EPOCH);
        notices.tellNow(late);
        tellAll();
        assertThat(told.get(everybody.get(0))).containsExactly("cats 7", "cats 8");
        assertThat(told.get(everybody.get(1))).containsExactly("cats 7");
        assertThat(told.get(late)).containsExactly("cats 9");
    }

    @Test
    void whatIsLostOfATopicWhileAnythingMayBeMissingIsNotNews() {
        connect(2, "u1", "cats");
        notices.announceToAll(7, everybody.iterator(), id(7), Gap.Reason.EPOCH);
        announce(7, "cats");
        tellAll();
        assertThat(told.values()).allSatisfy(gaps -> assertThat(gaps).containsExactly("cats 7"));
    }

    @Test
    void whoeverCatchesUpIsToldOnceThoughItJoinsMeanwhile() {
        Subscriber late = subscriber("u1", "cats");
        catchingUp.begin(late);
        announce(7, "cats");
        catchingUp.end(late);
        late.caughtUp(index);
        notices.tellNow(late);
        tellAll();
        assertThat(told.get(late)).containsExactly("cats 7");
    }

    @Test
    void manyRandomStepsTellEachOfEachGapJustOnce() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        connect(MANY, "u1", "cats", "dogs");
        Map<Subscriber, Set<String>> owed = new HashMap<>();
        for (int sequence = 1; sequence < 3000; sequence++) {
            Subscriber one = everybody.get(random.nextInt(everybody.size()));
            switch (random.nextInt(12)) {
                case 0 -> {
                    String topic = random.nextBoolean() ? "cats" : "dogs";
                    announce(sequence, topic);
                    String gap = topic + " " + sequence;
                    everybody.stream()
                            .filter(Subscriber::isUpToDate)
                            .forEach(member -> owed(owed, member).add(gap));
                }
                case 1, 2 -> notices.tellSome();
                case 3, 4 -> {
                    disconnect(one);
                    owed(owed, one).removeIf(gap -> !gaps(one).contains(gap));
                    reconnect(one);
                }
                default -> {
                    notices.tellNow(one);
                    assertThat(gaps(one)).as("seed %d", seed).containsAll(owed(owed, one));
                }
            }
        }
        tellAll();
        for (Subscriber one : everybody) {
            assertThat(gaps(one)).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(owed(owed, one));
        }
    }

    private static Set<String> owed(Map<Subscriber, Set<String>> owed, Subscriber one) {
        return owed.computeIfAbsent(one, first -> new HashSet<>());
    }

    private List<String> gaps(Subscriber one) {
        return told.getOrDefault(one, List.of());
    }

    private void tell(Subscriber subscriber, List<Gap> gaps) {
        told.computeIfAbsent(subscriber, first -> new ArrayList<>())
                .addAll(gaps.stream()
                        .map(gap -> gap.topic().name() + " " + gap.after().sequence())
                        .toList());
        takesAWhile();
    }

    /** So that not all are told in one go. */
    private static void takesAWhile() {
        long began = System.nanoTime();
        while (System.nanoTime() - began < 20_000) {
            Thread.onSpinWait();
        }
    }

    private void announce(long after, String topic) {
        announce(after, topic, EVERYBODY);
    }

    private void announce(long after, String topic, Optional<UserId> recipient) {
        notices.announce(after, new Topic(topic), recipient, id(after), after + 1, Gap.Reason.EPOCH);
    }

    private void tellAll() {
        while (notices.arePending()) {
            notices.tellSome();
        }
    }

    private void connect(int count, String user, String... names) {
        for (int i = 0; i < count; i++) {
            connect(user, names);
        }
    }

    private Subscriber connect(String user, String... names) {
        Subscriber subscriber = subscriber(user, names);
        subscriber.caughtUp(index);
        return subscriber;
    }

    private Subscriber subscriber(String user, String... names) {
        Client client =
                new Client(ClientId.random(), Optional.of(new UserId(user)), Duration.ZERO, Permissions.EVERYTHING);
        Subscriber subscriber = new Subscriber(
                client, topics.enter(Arrays.stream(names).map(Topic::new).collect(Collectors.toUnmodifiableSet())), 0);
        subscriber.connected(new SendQueue(new FakeConnection(), 1000, new ConnectionTotals()), frames);
        clients.add(subscriber);
        everybody.add(subscriber);
        notices.begin(subscriber);
        return subscriber;
    }

    private void disconnect(Subscriber subscriber) {
        notices.forget(subscriber);
        subscriber.leave(index);
    }

    private void reconnect(Subscriber subscriber) {
        notices.begin(subscriber);
        subscriber.caughtUp(index);
    }

    private static MessageId id(long sequence) {
        return new MessageId("e", sequence);
    }
}
