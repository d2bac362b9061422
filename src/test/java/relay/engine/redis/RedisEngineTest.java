package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.engine.IdempotencyKey;
import relay.engine.Peers.ReplyTo;
import relay.engine.Receiver;
import relay.message.Topic;
import relay.message.UserId;
import relay.testing.RedisServer;

/** Two relays' engines on one real server that works. */
class RedisEngineTest {
    private static final Topic CATS = new Topic("cats");
    private static final Topic DOGS = new Topic("dogs");
    private static final UserId ANNA = new UserId("anna");

    private static RedisServer server;

    private TestEngine one;
    private TestEngine two;

    @BeforeAll
    static void startServer() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void start() {
        server.ask("FLUSHALL");
        one = TestEngine.start(server.url(), "one");
        two = TestEngine.start(server.url(), "two");
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
    }

    @Test
    void bothHearTheSameMessagesInTheSameOrder() {
        one.follow(CATS, DOGS);
        two.follow(CATS, DOGS);
        List<TestPublication> all = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            TestEngine from = i % 2 == 0 ? one : two;
            TestPublication publication = TestPublication.of(i % 3 == 0 ? CATS : DOGS, "m" + i);
            from.engine.publish(publication);
            all.add(publication);
        }
        one.awaitMessages(500);
        two.awaitMessages(500);
        await().atMost(TestEngine.PATIENCE).until(() -> all.stream().allMatch(TestPublication::isStored));
        assertThat(one.receiver.texts()).isEqualTo(two.receiver.texts());
        assertThat(one.receiver.came)
                .extracting(RecordingReceiver.Came::id)
                .isEqualTo(two.receiver.came.stream()
                        .map(RecordingReceiver.Came::id)
                        .toList());
        assertThat(one.receiver.came)
                .filteredOn(came -> came.how().equals("own"))
                .hasSize(250);
        assertThat(all).allSatisfy(publication -> {
            assertThat(publication.outcomes).hasSize(1);
            assertThat(publication.first().relays()).isEqualTo(2);
            assertThat(publication.first().here()).isTrue();
        });
    }

    @Test
    void aTopicThatNobodyFollowsHereComesNotHere() {
        two.follow(CATS);
        TestPublication publication = one.publish(CATS, "hello");
        assertThat(publication.first().here()).isFalse();
        assertThat(publication.first().relays()).isEqualTo(1);
        two.awaitMessages(1);
        assertThat(one.receiver.came).isEmpty();
    }

    @Test
    void everyTextComesAsItWas() {
        one.follow(CATS);
        List<String> texts = List.of("", " ", "\n", "- 0 1\n2", "\u0000\u0001", "\ud83d\ude00", "x".repeat(300_000));
        texts.forEach(text -> two.publish(CATS, text));
        one.awaitMessages(texts.size());
        assertThat(one.receiver.texts()).isEqualTo(texts);
        two.follow(Optional.of(ANNA), CATS);
        assertThat(texts(two.loaded(CATS, Optional.empty()).messages())).isEqualTo(texts);
    }

    @Test
    void thePastIsLoadedUpToThePresent() {
        List<String> texts = publishMany(one, 250);
        two.follow(Optional.of(ANNA), CATS);
        RecordingReceiver.Loaded loaded = two.loaded(CATS, Optional.empty());
        assertThat(texts(loaded.messages())).isEqualTo(texts.subList(150, 250));
        assertThat(loaded.trimmedThrough()).isEqualTo(loaded.messages().get(0).sequence() - 1);
        assertThat(two.receiver.reached)
                .isGreaterThanOrEqualTo(loaded.messages().get(99).sequence());
        assertThat(loaded.messages())
                .allSatisfy(past ->
                        assertThat(Duration.ofNanos(past.ageNanos())).isBetween(Duration.ZERO, TestEngine.PATIENCE));
    }

    @Test
    void whatWasTrimmedIsKnownThoughOtherTopicsHaveMessagesInBetween() {
        TestPublication first = one.publish(CATS, "first");
        one.publish(DOGS, "dog");
        publishMany(one, 100);
        two.follow(Optional.of(ANNA), CATS);
        assertThat(two.loaded(CATS, Optional.empty()).trimmedThrough())
                .isEqualTo(first.first().id().orElseThrow().sequence());
    }

    @Test
    void ofATopicNoMoreIsReadThanItsShareOfTheHistory() {
        String large = "x".repeat(400_000);
        List<TestPublication> all = List.of(one.publish(CATS, "1" + large), one.publish(CATS, "2" + large));
        one.publish(CATS, "3" + large);
        one.publish(CATS, "4" + large);
        two.follow(Optional.of(ANNA), CATS);
        RecordingReceiver.Loaded loaded = two.loaded(CATS, Optional.empty());
        assertThat(texts(loaded.messages())).containsExactly("3" + large, "4" + large);
        assertThat(loaded.trimmedThrough())
                .isEqualTo(all.get(1).first().id().orElseThrow().sequence());
    }

    @Test
    void whatIsTooOldIsLetGo() {
        RedisOptions options = new RedisOptions(
                EngineUrl.parse(server.url()),
                "relay",
                10_000,
                Duration.ofMillis(50),
                8 << 20,
                1 << 20,
                TestEngine.KEY_LIFE,
                20,
                0);
        try (TestEngine three = TestEngine.starting(options, "three", TestEngine.QUICK)) {
            three.awaitWorking();
            three.publish(CATS, "old");
            await().atMost(TestEngine.PATIENCE).until(() -> {
                three.publish(CATS, "young");
                return !server.ask("XRANGE", "{relay}:h:cats", "-", "+").contains("old");
            });
        }
    }

    @Test
    void aPastThatWasNotTrimmedIsKnownToBeWhole() {
        publishMany(one, 10);
        two.follow(Optional.of(ANNA), CATS, DOGS);
        assertThat(two.loaded(CATS, Optional.empty()).trimmedThrough()).isZero();
        assertThat(two.loaded(DOGS, Optional.empty()).trimmedThrough()).isZero();
    }

    @Test
    void aUsersPastIsOfThatUserOnly() {
        one.publish(TestPublication.of(CATS, ANNA, "for anna"));
        one.publish(TestPublication.of(CATS, new UserId("ben"), "for ben"));
        one.publish(CATS, "for all");
        two.follow(Optional.of(ANNA), CATS);
        assertThat(texts(two.loaded(CATS, Optional.of(ANNA)).messages())).containsExactly("for anna");
        assertThat(texts(two.loaded(CATS, Optional.empty()).messages())).containsExactly("for all");
        one.publish(TestPublication.of(CATS, ANNA, "now"));
        two.awaitMessages(1);
        assertThat(two.receiver.texts()).containsExactly("now");
    }

    @Test
    void aRequestThatIsSentAgainIsPublishedOnce() {
        one.follow(CATS);
        two.follow(CATS);
        IdempotencyKey key = new IdempotencyKey("k", "print");
        TestPublication first = one.publish(withKey(key));
        one.engine.remember(key, "{\"queued\":3}");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> two.publish(withKey(key)).first().detail().equals("{\"queued\":3}"));
        assertThat(Long.parseLong(server.ask("PTTL", "{relay}:k:k").get(0)))
                .isBetween(TestEngine.KEY_LIFE.toMillis() / 2, TestEngine.KEY_LIFE.toMillis());
        one.engine.remember(new IdempotencyKey("k", "other"), "{\"queued\":4}");
        assertThat(one.publish(withKey(key)).first().detail()).isEqualTo("{\"queued\":3}");
        TestPublication again = two.publish(withKey(key));
        assertThat(again.first().what()).isEqualTo("repeated");
        assertThat(again.first().id()).isEqualTo(first.first().id());
        TestPublication other = two.publish(withKey(new IdempotencyKey("k", "other")));
        assertThat(other.first().what()).isEqualTo("refused");
        assertThat(other.first().detail()).contains("Idempotency-Key");
        two.awaitMessages(1);
        assertThat(one.receiver.came).hasSize(1);
    }

    @Test
    void whoConfirmsIsToldWhereToReport() {
        two.follow(CATS);
        TestPublication publication = one.publish(new TestPublication(
                CATS, Optional.empty(), "hello", Optional.empty(), Optional.of(Duration.ofSeconds(7))));
        two.awaitMessages(1);
        ReplyTo replyTo = two.receiver.came.get(0).report().orElseThrow();
        assertThat(replyTo.within()).isEqualTo(Duration.ofSeconds(7));
        two.engine.peers().orElseThrow().report(replyTo, 3, 2);
        await().atMost(TestEngine.PATIENCE).until(() -> publication.reports.equals(List.of("two 3 2")));
    }

    @Test
    void aTopicThatNobodyWantsIsLeftAndCanBeFollowedAgain() {
        one.follow(CATS).release();
        assertThat(one.receiver.following).containsKey(CATS);
        one.receiver.wanted.clear();
        await().atMost(TestEngine.PATIENCE).until(() -> one.receiver.following.isEmpty());
        two.publish(CATS, "unheard");
        one.follow(Optional.of(ANNA), CATS);
        assertThat(texts(one.loaded(CATS, Optional.empty()).messages())).containsExactly("unheard");
        two.publish(CATS, "heard");
        one.awaitMessages(1);
        assertThat(one.receiver.texts()).containsExactly("heard");
    }

    @Test
    void aTopicThatIsHeldIsNotLeft() {
        one.follow(CATS);
        one.receiver.wanted.clear();
        one.follow(DOGS).release();
        one.receiver.wanted.clear();
        await().atMost(TestEngine.PATIENCE).until(() -> !one.receiver.following.containsKey(DOGS));
        assertThat(one.receiver.following).containsKey(CATS);
    }

    private static TestPublication withKey(IdempotencyKey key) {
        return new TestPublication(CATS, Optional.empty(), "once", Optional.of(key), Optional.empty());
    }

    private static List<String> publishMany(TestEngine engine, int count) {
        List<String> texts = IntStream.range(0, count).mapToObj(i -> "m" + i).toList();
        List<TestPublication> all =
                texts.stream().map(text -> TestPublication.of(CATS, text)).toList();
        engine.storeAll(all);
        return texts;
    }

    private static List<String> texts(List<Receiver.Past> messages) {
        return messages.stream().map(past -> past.message().text().toString()).toList();
    }
}
