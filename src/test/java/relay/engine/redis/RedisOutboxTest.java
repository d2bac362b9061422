package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.client.Overflow;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.engine.Outbox.Batch;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.testing.RedisServer;

/** Events that relays share, in a real server. */
class RedisOutboxTest {
    private static final Topic CATS = new Topic("cats");
    private static final UserId ANNA = new UserId("anna");
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int MOST = 50;

    private RedisServer server;
    private TestEngine one;
    private TestEngine two;

    @BeforeEach
    void start() {
        server = RedisServer.start(RedisServer.APPEND_ALWAYS);
        one = TestEngine.startHeard(server.url(), "one", MOST);
        two = TestEngine.startHeard(server.url(), "two", MOST);
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        server.close();
    }

    @Test
    void aClientHasConnectedWithItsFirstClaimAndIsGoneWithItsSocketWhereItIsNotKept() {
        try (TestEngine three = TestEngine.startHeard(server.url(), "three", MOST, TestEngine.QUICK);
                TestSender sender = TestSender.start(two)) {
            ClientId id = add(Duration.ZERO);
            three.registrations().release(id, claim(three, id), OptionalLong.empty());
            awaitEvents(sender, new Event.Connected(id, ANNA), new Event.Gone(id, ANNA));
        }
    }

    @Test
    void whoComesBackInTimeIsNotGoneAndHasNotConnectedAnewAndWhoDoesNotIs() {
        ClientId back = add(LONG);
        ClientId away = add(Duration.ofMillis(500));
        one.registrations().release(back, claim(one, back), OptionalLong.empty());
        claim(two, back);
        one.registrations().release(away, claim(one, away), OptionalLong.empty());
        try (TestSender sender = TestSender.start(one)) {
            // The first two by their claims; then a whole lease of the one that is served has passed.
            awaitEvents(
                    sender,
                    new Event.Connected(back, ANNA),
                    new Event.Connected(away, ANNA),
                    new Event.Gone(away, ANNA));
            long end = endOf(back);
            server.ask("ZADD", "{relay}:events:present", "0", back.secret() + " anna");
            await().atMost(TestEngine.PATIENCE).until(() -> endOf(back) >= end);
            assertThat(sender.events()).hasSize(3);
        }
    }

    private long endOf(ClientId id) {
        return Long.parseLong(server.ask("ZSCORE", "{relay}:events:present", id.secret() + " anna")
                .get(0));
    }

    @Test
    void whoIsKeptIsGoneWhenThatIsOverThoughALeaseWouldLastLonger() {
        try (TestEngine three = TestEngine.startHeard(server.url(), "three", MOST, TestEngine.QUICK);
                TestSender sender = TestSender.start(three)) {
            ClientId id = add(Duration.ofMillis(100));
            three.registrations().release(id, claim(three, id), OptionalLong.empty());
            awaitEvents(sender, new Event.Connected(id, ANNA), new Event.Gone(id, ANNA));
        }
    }

    @Test
    void whatCannotBeReadIsNotInTheWayOfTheRest() {
        server.ask("XADD", "{relay}:events", "*", "e", "of another version");
        Optional<Batch> nothing = next(one);
        addAll(one, 0, 1);
        server.ask("XADD", "{relay}:events", "*", "e", "of another version");
        addAll(one, 1, 2);
        try (TestSender sender = TestSender.start(one)) {
            await().atMost(TestEngine.PATIENCE).until(() -> sender.events().equals(events(0, 2)));
            assertThat(one.outbox().dropped()).isEqualTo(2);
        }
        assertThat(nothing).isEmpty();
    }

    @Test
    void whoIsRemovedIsGoneOnceAndOnlyIfItHadConnected() {
        ClientId connected = add(LONG);
        ClientId never = add(LONG);
        claim(one, connected);
        assertThat(get(two.registrations().remove(never))).isTrue();
        assertThat(get(two.registrations().remove(connected))).isTrue();
        assertThat(get(two.registrations().remove(connected))).isFalse();
        ClientId last = add(LONG);
        claim(one, last);
        try (TestSender sender = TestSender.start(two)) {
            awaitEvents(
                    sender,
                    new Event.Connected(connected, ANNA),
                    new Event.Gone(connected, ANNA),
                    new Event.Connected(last, ANNA));
        }
    }

    @Test
    void whoseCredentialEndsIsGone() {
        ClientId id = add(LONG);
        one.registrations().end(id, claim(one, id));
        try (TestSender sender = TestSender.start(two)) {
            awaitEvents(sender, new Event.Connected(id, ANNA), new Event.Gone(id, ANNA));
        }
    }

    @Test
    void whoWasServedByARelayThatDiedIsGoneWithTheLease() {
        ClientId id = add(Duration.ofMillis(100));
        claim(one, id);
        try (TestSender sender = TestSender.start(two)) {
            awaitEvents(sender, new Event.Connected(id, ANNA));
            one.close();
            awaitEvents(sender, new Event.Connected(id, ANNA), new Event.Gone(id, ANNA));
        }
    }

    @Test
    void whatTheServerHasLostAndARelayPutsBackIsGoneWhenItEnds() {
        ClientId id = add(LONG);
        claim(one, id);
        server.ask("DEL", "{relay}:c:" + id.secret(), "{relay}:events", "{relay}:events:present");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> !server.ask("ZRANGE", "{relay}:events:present", "0", "-1")
                        .isEmpty());
        assertThat(get(two.registrations().remove(id))).isTrue();
        try (TestSender sender = TestSender.start(two)) {
            awaitEvents(sender, new Event.Gone(id, ANNA));
        }
    }

    @Test
    void aMessageForOneUserThatNoneOfItsClientsHasReceivedInTimeIsUndelivered() {
        MessageId received = publish(Optional.of(ANNA), Optional.of(Duration.ofSeconds(1)));
        MessageId missed = publish(Optional.of(ANNA), Optional.of(Duration.ofSeconds(1)));
        publish(Optional.of(ANNA), Optional.empty());
        publish(Optional.empty(), Optional.of(Duration.ofSeconds(1)));
        assertThat(server.ask("ZCARD", "{relay}:events:watched")).containsExactly("2");
        two.outbox().received(received.sequence());
        two.outbox().received(received.sequence());
        try (TestSender sender = TestSender.start(two)) {
            awaitEvents(
                    sender,
                    new Event.Undelivered(
                            missed, List.of(CATS, new Topic("dogs")), Optional.of(ANNA), Optional.empty()));
        }
        assertThat(server.ask("EXISTS", "{relay}:events:watched", "{relay}:events:missed"))
                .containsExactly("0");
    }

    @Test
    void atTheBoundTheMessageWhoseTimeIsOverFirstIsWatchedNoMoreAndCounted() {
        MessageId forgotten = publish(Optional.of(ANNA), Optional.of(Duration.ofSeconds(60)));
        for (int i = 0; i < MOST; i++) {
            publish(Optional.of(ANNA), Optional.of(Duration.ofSeconds(100 + i)));
        }
        assertThat(server.ask("ZCARD", "{relay}:events:watched")).containsExactly(String.valueOf(MOST));
        assertThat(server.ask("HLEN", "{relay}:events:missed")).containsExactly(String.valueOf(MOST));
        assertThat(server.ask("HEXISTS", "{relay}:events:missed", String.valueOf(forgotten.sequence())))
                .containsExactly("0");
        two.outbox().add(event(1));
        Batch batch = next(two).orElseThrow();
        assertThat(batch.entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.dropped()).isEqualTo(1));
    }

    @Test
    void beyondTheBoundTheOldestAreDroppedThatAreNotUnderWayAndTheNextOneSaysSo() {
        addAll(one, 0, 1);
        Batch first = next(two).orElseThrow();
        addAll(one, 1, MOST + 8);
        await().atMost(TestEngine.PATIENCE).until(() -> two.outbox().dropped() == 7);
        assertThat(two.outbox().waiting()).isEqualTo(MOST + 1);
        assertThat(next(two)).contains(first);
        get(two.outbox().taken(first));
        Batch rest = next(two).orElseThrow();
        assertThat(rest.entries()).extracting(Outbox.Entry::event).containsExactlyElementsOf(events(8, MOST + 8));
        assertThat(rest.entries())
                .extracting(Outbox.Entry::dropped)
                .startsWith(7L, 0L)
                .endsWith(0L);
        get(two.outbox().taken(rest));
        addAll(one, 100, 101);
        assertThat(next(two).orElseThrow().entries())
                .extracting(Outbox.Entry::dropped)
                .containsExactly(0L);
        assertThat(two.outbox().dropped()).isEqualTo(7);
        // The other one does not count them again, but knows how many wait.
        assertThat(one.outbox().dropped()).isZero();
        assertThat(next(one)).isEmpty();
        assertThat(one.outbox().waiting()).isEqualTo(1);
    }

    @Test
    void aBatchIsTheSameUntilItIsTakenAndHasAHundredAtMost() {
        TestEngine three = TestEngine.startHeard(server.url(), "three", 1000);
        addAll(three, 0, 150);
        Batch first = next(three).orElseThrow();
        assertThat(first.entries()).extracting(Outbox.Entry::event).containsExactlyElementsOf(events(0, 100));
        addAll(three, 150, 160);
        assertThat(next(three)).contains(first);
        get(three.outbox().taken(first));
        get(three.outbox().taken(first));
        Batch second = next(three).orElseThrow();
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(second.entries()).extracting(Outbox.Entry::event).containsExactlyElementsOf(events(100, 160));
        // One that is taken late takes nothing of another.
        get(three.outbox().taken(first));
        assertThat(next(three)).contains(second);
        three.close();
    }

    @Test
    void whileOneRelayTakesTheEventsAnotherGetsNoneAndGoesOnWithTheSameBatchWhenThatDies() {
        addAll(one, 0, 3);
        Batch batch = next(one).orElseThrow();
        addAll(two, 3, 5);
        assertThat(next(two)).isEmpty();
        one.close();
        await().atMost(TestEngine.PATIENCE)
                .untilAsserted(() -> assertThat(next(two)).contains(batch));
        get(two.outbox().taken(batch));
        assertThat(next(two).orElseThrow().entries())
                .extracting(Outbox.Entry::event)
                .containsExactlyElementsOf(events(3, 5));
    }

    @Test
    void whoOnlyKeepsTheLeaseKeepsOthersAway() {
        addAll(one, 0, 1);
        assertThat(next(one)).isPresent();
        // It is given anew, and not only found there.
        server.ask("PEXPIRE", "{relay}:events:lease", "100000");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> Long.parseLong(
                                server.ask("PTTL", "{relay}:events:lease").get(0))
                        <= 1000);
        // Longer than the lease.
        for (int i = 0; i < 5; i++) {
            assertThat(next(two)).isEmpty();
        }
        assertThat(server.ask("GET", "{relay}:events:lease")).containsExactly("one");
    }

    @Test
    void aRelayThatStopsLeavesTheEventsToAnotherAtOnce() {
        try (TestEngine three = TestEngine.startHeard(server.url(), "three", MOST, TestEngine.LONG_HOOK_LEASE)) {
            addAll(three, 0, 1);
            Batch batch = next(three).orElseThrow();
            three.outbox().stop();
            await().atMost(TestEngine.PATIENCE)
                    .until(() -> server.ask("EXISTS", "{relay}:events:lease").equals(List.of("0")));
            assertThat(next(two)).contains(batch);
            assertThat(next(three)).isEmpty();
            get(three.outbox().taken(batch));
            assertThat(next(two)).contains(batch);
        }
    }

    @Test
    void whatWasAddedWhileTheServerWasAwayIsThereOnceAndInOrder() {
        server.freeze();
        // What is under way is answered when nobody waits for it any more, and sent again.
        addLater(one, 0, 2);
        one.awaitTrouble();
        addLater(one, 2, 4);
        server.thaw();
        one.awaitWorking();
        try (TestSender sender = TestSender.start(two)) {
            await().atMost(TestEngine.PATIENCE).until(() -> sender.events().size() >= 4);
            addAll(one, 4, 5);
            await().atMost(TestEngine.PATIENCE).until(() -> sender.events().contains(event(4)));
            assertThat(sender.events()).isEqualTo(events(0, 5));
        }
    }

    @Test
    void whatCannotWaitHereIsCountedWhenTheServerIsBack() {
        server.kill();
        one.awaitTrouble();
        addLater(one, 0, MOST + 5);
        server.startAgain();
        one.awaitWorking();
        Batch batch = await().atMost(TestEngine.PATIENCE)
                .until(() -> next(two), Optional::isPresent)
                .orElseThrow();
        assertThat(batch.entries()).extracting(Outbox.Entry::event).containsExactlyElementsOf(events(5, MOST + 5));
        assertThat(batch.entries().get(0).dropped()).isEqualTo(5);
    }

    @Test
    void longEventsArePassedOnThoughTheyDoNotGoTogether() {
        server.freeze();
        one.outbox().add(event(0));
        List<Topic> topics = IntStream.range(0, 100)
                .mapToObj(number -> new Topic(number + "x".repeat(250)))
                .toList();
        Event longOne = new Event.Undelivered(new MessageId("epoch", 1), topics, Optional.empty(), Optional.empty());
        for (int i = 0; i < MOST; i++) {
            one.outbox().add(longOne);
        }
        server.thaw();
        one.awaitWorking();
        try (TestSender sender = TestSender.start(one)) {
            await().atMost(TestEngine.PATIENCE).until(() -> sender.events().size() == MOST + 1);
            assertThat(sender.entries()).extracting(Outbox.Entry::dropped).containsOnly(0L);
        }
    }

    @Test
    void aBatchOutlivesTheServerAndIsMarkedAsTakenWhenThatIsBack() {
        addAll(one, 0, 1);
        Batch batch = next(one).orElseThrow();
        server.kill();
        one.awaitTrouble();
        assertThat(next(one)).isEmpty();
        CompletionStage<Void> taken = one.outbox().taken(batch);
        server.startAgain();
        get(taken);
        assertThat(server.ask("EXISTS", "{relay}:events:batch")).containsExactly("0");
        addAll(two, 1, 3);
        assertThat(next(one).orElseThrow().entries())
                .extracting(Outbox.Entry::dropped)
                .containsExactly(0L, 0L);
        assertThat(one.outbox().dropped()).isZero();
    }

    @Test
    void aFullServerStillHandsOnWhatItHas() {
        addAll(one, 0, 3);
        Batch first = next(one).orElseThrow();
        addAll(two, 3, 5);
        await().atMost(TestEngine.PATIENCE).until(() -> one.outbox().waiting() == 5);
        server.ask("CONFIG", "SET", "maxmemory", "1");
        get(one.outbox().taken(first));
        Batch second = await().atMost(TestEngine.PATIENCE)
                .until(() -> next(one), Optional::isPresent)
                .orElseThrow();
        assertThat(second.entries()).extracting(Outbox.Entry::event).containsExactlyElementsOf(events(3, 5));
        // Another relay may go on too, though that is new to the server.
        one.outbox().stop();
        Batch again = await().atMost(TestEngine.PATIENCE)
                .until(() -> next(two), Optional::isPresent)
                .orElseThrow();
        assertThat(again).isEqualTo(second);
        get(two.outbox().taken(again));
    }

    @Test
    void withoutAHookTheServerHoldsNothingOfAllThis() {
        try (TestEngine plain = TestEngine.start(server.url(), "plain")) {
            assertThat(plain.engine.outbox()).isEmpty();
            ClientId id = ClientId.random();
            get(plain.registrations().add(registration(id, Duration.ZERO), LONG));
            plain.registrations().release(id, claim(plain, id), OptionalLong.empty());
            plain.publish(new TestPublication(message(Optional.of(ANNA), Optional.of(LONG)), Optional.empty()));
            await().atMost(TestEngine.PATIENCE)
                    .until(() -> get(plain.registrations().find(id)).isEmpty());
            assertThat(server.ask("KEYS", "*events*")).isEmpty();
        }
    }

    /** Adds them, no more at a time than may wait here, and waits until the server has them. */
    private void addAll(TestEngine engine, int from, int to) {
        String number = "{relay}:events:of:" + engine.relay;
        int before =
                server.ask("GET", number).stream().mapToInt(Integer::parseInt).sum() - from;
        for (int begin = from; begin < to; begin += MOST) {
            int end = Math.min(begin + MOST, to);
            addLater(engine, begin, end);
            await().atMost(TestEngine.PATIENCE)
                    .until(() -> server.ask("GET", number).equals(List.of(String.valueOf(before + end))));
        }
    }

    private static void addLater(TestEngine engine, int from, int to) {
        events(from, to).forEach(engine.outbox()::add);
    }

    private static List<Event> events(int from, int to) {
        List<Event> all = new ArrayList<>();
        IntStream.range(from, to).forEach(number -> all.add(event(number)));
        return all;
    }

    private static Event event(int number) {
        return new Event.Undelivered(
                new MessageId("epoch", number), List.of(CATS), Optional.empty(), Optional.of(new Event.Confirm(1, 0)));
    }

    private static void awaitEvents(TestSender sender, Event... events) {
        await().atMost(TestEngine.PATIENCE)
                .untilAsserted(() -> assertThat(sender.events()).containsExactly(events));
    }

    private static Optional<Batch> next(TestEngine engine) {
        return get(engine.outbox().next());
    }

    private MessageId publish(Optional<UserId> user, Optional<Duration> ttl) {
        return one.publish(new TestPublication(message(user, ttl), Optional.empty()))
                .first()
                .id()
                .orElseThrow();
    }

    private static Message message(Optional<UserId> user, Optional<Duration> ttl) {
        return new Message(
                List.of(CATS, new Topic("dogs")),
                user,
                Text.of("hello"),
                new MessageOptions(ttl, Optional.empty(), MessageOptions.Retain.NO));
    }

    private ClientId add(Duration keep) {
        ClientId id = ClientId.random();
        get(one.registrations().add(registration(id, keep), LONG));
        return id;
    }

    private static Registration registration(ClientId id, Duration keep) {
        return new Registration(
                id,
                ANNA,
                Map.of(CATS, 0L),
                TopicFilter.ANY,
                TopicFilter.ANY,
                TopicFilter.NONE,
                keep,
                Overflow.CLOSE,
                Optional.empty());
    }

    private static long claim(TestEngine engine, ClientId id) {
        return get(engine.registrations().claim(id)).orElseThrow().number();
    }

    private static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(TestEngine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
