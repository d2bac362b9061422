package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.client.Overflow;
import relay.engine.IdempotencyKey;
import relay.engine.Registration;
import relay.engine.Registrations.Claim;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.testing.RedisServer;

/** Messages that gather while the server has something else to do, and then go to it in one call. */
class RedisBatchesTest {
    private static final Topic CATS = new Topic("cats");
    private static final Topic DOGS = new Topic("dogs");
    private static final UserId ANNA = new UserId("anna");

    /** As long as the server stands still, nobody doubts it. */
    private static final Timings UNDOUBTING = new Timings(
            TestEngine.PATIENCE.multipliedBy(3),
            TestEngine.PATIENCE.multipliedBy(3),
            TestEngine.QUICK.sweep(),
            TestEngine.QUICK.begin(),
            Duration.ofMinutes(10),
            TestEngine.QUICK.lease(),
            Duration.ofMinutes(10),
            TestEngine.QUICK.hook(),
            TestEngine.QUICK.restoring());

    /** As long as the server stands still, some of them wait: not all fill a call, and two others are under way. */
    private static final int MORE_THAN_LEAVE = 2 * Gathering.MOST_MESSAGES + Gathering.MOST_MESSAGES / 2;

    private RedisServer server;
    private TestEngine one;
    private TestEngine two;

    @BeforeEach
    void start() {
        server = RedisServer.start();
        one = TestEngine.starting(TestEngine.options(server.url(), 10_000), "one", UNDOUBTING);
        two = TestEngine.starting(TestEngine.options(server.url(), 10_000), "two", UNDOUBTING);
        one.awaitWorking();
        two.awaitWorking();
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        server.close();
    }

    private static TestPublication with(IdempotencyKey key, String text) {
        return new TestPublication(CATS, Optional.empty(), text, Optional.of(key), Optional.empty());
    }

    private static TestPublication to(List<Topic> topics, String text) {
        return new TestPublication(
                new Message(topics, Optional.empty(), Text.of(text), MessageOptions.NONE), Optional.empty());
    }

    /** All reach the engine while the server stands still: the first two go there before the others, which go together. */
    private void publishAtOnce(List<TestPublication> all) {
        TestPublication first = TestPublication.of(CATS, "a call under way");
        TestPublication second = TestPublication.of(CATS, "another");
        server.freeze();
        one.engine.publish(first);
        one.engine.publish(second);
        all.forEach(one.engine::publish);
        server.thaw();
        all.forEach(publication -> publication.awaitOutcome(TestEngine.PATIENCE));
        assertThat(first.isStored() && second.isStored()).isTrue();
    }

    private long calls(String command) {
        return String.join("\n", server.ask("INFO", "commandstats"))
                .lines()
                .filter(line -> line.startsWith("cmdstat_" + command + ":calls="))
                .mapToLong(line -> Long.parseLong(
                        line.replaceAll(".*:calls=(\\d+),.*", "$1").strip()))
                .sum();
    }

    private static List<TestPublication> numbered(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> TestPublication.of(CATS, "m" + i))
                .toList();
    }

    private static MessageId id(TestPublication publication) {
        return publication.first().id().orElseThrow();
    }

    @Test
    void whatGathersIsStoredByOneCallAndComesByOneMessageEachWithItsOwnId() {
        one.follow(CATS);
        two.follow(CATS);
        long scripts = calls("evalsha");
        long messages = calls("publish");
        List<TestPublication> all = numbered(Gathering.MOST_MESSAGES);
        publishAtOnce(all);
        // The two that keep the connection busy may go together.
        assertThat(calls("evalsha") - scripts).isLessThanOrEqualTo(3);
        assertThat(calls("publish") - messages).isLessThanOrEqualTo(3);
        for (int i = 1; i < all.size(); i++) {
            assertThat(id(all.get(i)).sequence()).isEqualTo(id(all.get(i - 1)).sequence() + 1);
        }
        one.awaitMessages(all.size() + 2);
        two.awaitMessages(all.size() + 2);
        assertThat(one.receiver.texts()).isEqualTo(two.receiver.texts());
        assertThat(two.receiver.came.subList(2, two.receiver.came.size()))
                .extracting(RecordingReceiver.Came::id)
                .isEqualTo(all.stream().map(RedisBatchesTest::id).toList());
        assertThat(all).allSatisfy(publication -> {
            assertThat(publication.outcomes).hasSize(1);
            assertThat(publication.first().relays()).isEqualTo(2);
        });
    }

    @Test
    void aLoneMessageLeavesAtOnce() {
        long scripts = calls("evalsha");
        for (int i = 0; i < 3; i++) {
            one.store(CATS, "m" + i);
        }
        assertThat(calls("evalsha") - scripts).isEqualTo(3);
    }

    @Test
    void thePastOfWhatCameTogetherIsWholeAndTrimmedAsIfItHadComeOneByOne() {
        TestEngine few = TestEngine.starting(TestEngine.options(server.url(), 100), "few", UNDOUBTING);
        try (few) {
            few.awaitWorking();
            List<TestPublication> all = numbered(1000);
            few.storeAll(all);
            two.follow(Optional.of(ANNA), CATS);
            RecordingReceiver.Loaded loaded = two.loaded(CATS, Optional.empty());
            assertThat(loaded.messages())
                    .extracting(past -> past.message().text().toString())
                    .isEqualTo(IntStream.range(900, 1000).mapToObj(i -> "m" + i).toList());
            assertThat(loaded.trimmedThrough()).isEqualTo(id(all.get(899)).sequence());
        }
    }

    @Test
    void aStreamThatBeginsAnewWithSeveralMessagesSaysWhatIsMissing() {
        MessageId dropped = one.store(DOGS, "dropped");
        server.ask("DEL", "{relay}:h:dogs");
        publishAtOnce(Stream.of("a", "b", "c")
                .map(text -> TestPublication.of(DOGS, text))
                .toList());
        two.follow(Optional.of(ANNA), DOGS);
        RecordingReceiver.Loaded loaded = two.loaded(DOGS, Optional.empty());
        assertThat(loaded.messages()).hasSize(3);
        assertThat(loaded.trimmedThrough()).isEqualTo(dropped.sequence());
    }

    @Test
    void whatCannotBeStoredTakesNothingFromTheOthersAndEachIsToldTheTruth() {
        two.follow(CATS);
        server.ask("SET", "{relay}:h:dogs", "no stream");
        TestPublication before = TestPublication.of(CATS, "before");
        TestPublication wrong = TestPublication.of(DOGS, "wrong");
        TestPublication half = to(List.of(CATS, DOGS), "half");
        TestPublication after = TestPublication.of(CATS, "after");
        publishAtOnce(List.of(before, wrong, half, after));
        assertThat(wrong.first().detail()).contains("the message was not published");
        assertThat(half.first().detail()).contains("it is not known whether the message was published");
        assertThat(id(after).sequence()).isEqualTo(id(before).sequence() + 3);
        two.awaitMessages(4);
        assertThat(two.receiver.texts()).containsExactly("a call under way", "another", "before", "after");
        assertThat(two.receiver.came.get(3).id()).isEqualTo(id(after));
        assertThat(one.engine.trouble()).isEmpty();
    }

    @Test
    void eachHasAnIdempotencyKeyOfItsOwnAlsoTwiceInOneCall() {
        IdempotencyKey key = new IdempotencyKey("key", "print");
        TestPublication first = with(key, "first");
        TestPublication again = with(key, "first");
        TestPublication conflict = with(new IdempotencyKey("key", "another"), "conflict");
        TestPublication other = with(new IdempotencyKey("other", "print"), "other");
        publishAtOnce(List.of(first, again, conflict, other));
        assertThat(again.first().what()).isEqualTo("repeated");
        assertThat(id(again)).isEqualTo(id(first));
        assertThat(conflict.first().what()).isEqualTo("refused");
        assertThat(id(other).sequence()).isEqualTo(id(first).sequence() + 1);
        TestPublication later = two.publish(with(key, "first"));
        assertThat(later.first().what()).isEqualTo("repeated");
        assertThat(id(later)).isEqualTo(id(first));
        assertThat(server.ask("XLEN", "{relay}:h:cats")).containsExactly("4");
    }

    @Test
    void whatSharesAKeyWithAMessageThatCannotBeStoredIsNotStoredEither() {
        server.ask("SET", "{relay}:h:cats", "no stream");
        IdempotencyKey key = new IdempotencyKey("key", "print");
        TestPublication first = with(key, "text");
        TestPublication again = with(key, "text");
        server.freeze();
        Stream.of(TestPublication.of(DOGS, "one"), TestPublication.of(DOGS, "two"), first, again)
                .forEach(one.engine::publish);
        server.thaw();
        first.awaitOutcome(TestEngine.PATIENCE);
        again.awaitOutcome(TestEngine.PATIENCE);
        assertThat(again.first().detail()).isEqualTo(first.first().detail()).contains("was not published");
        server.ask("DEL", "{relay}:h:cats");
        assertThat(one.publish(with(key, "text")).first().what()).isEqualTo("stored");
    }

    @Test
    void whatAClientPublishesBeforeItsConnectionEndsIsStored() throws Exception {
        ClientId id = ClientId.random();
        Registration registration = new Registration(
                id,
                ANNA,
                Map.of(CATS, 0L),
                TopicFilter.ANY,
                TopicFilter.ANY,
                TopicFilter.ANY,
                Duration.ofMinutes(1),
                Overflow.CLOSE,
                Optional.empty());
        one.registrations()
                .add(registration, Duration.ofMinutes(1))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        Claim claim = one.registrations()
                .claim(id)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .orElseThrow();
        List<TestPublication> all = numbered(MORE_THAN_LEAVE);
        all.forEach(publication -> publication.by(id));
        TestPublication late = TestPublication.of(CATS, "late").by(id);
        server.freeze();
        all.forEach(one.engine::publish);
        one.registrations().release(id, claim.number(), OptionalLong.empty());
        one.engine.publish(late);
        server.thaw();
        late.awaitOutcome(TestEngine.PATIENCE);
        assertThat(all).allMatch(TestPublication::isStored);
        assertThat(late.first().detail()).contains("was not published", "served elsewhere");
    }

    @Test
    void whenTheServerDiesOnlyWhatWasSentToItMayHaveBeenPublished() {
        server.freeze();
        List<TestPublication> all = numbered(MORE_THAN_LEAVE);
        all.forEach(one.engine::publish);
        server.kill();
        all.forEach(publication -> publication.awaitOutcome(TestEngine.PATIENCE));
        assertThat(all.get(0).first().detail()).contains("not known whether");
        assertThat(all.get(1).first().detail()).contains("not known whether");
        assertThat(all.get(all.size() - 1).first().detail()).contains("was not published");
        assertThat(all)
                .allSatisfy(publication -> assertThat(publication.outcomes).hasSize(1));
    }

    @Test
    void whatIsSaidNotToBePublishedIsNotWhenAServerThatWasTakenForDeadGoesOn() {
        try (TestEngine quick = TestEngine.start(server.url(), "quick")) {
            server.freeze();
            List<TestPublication> all = numbered(MORE_THAN_LEAVE);
            all.forEach(quick.engine::publish);
            all.forEach(publication -> publication.awaitOutcome(TestEngine.PATIENCE));
            server.thaw();
            quick.awaitWorking();
            quick.store(CATS, "at last");
            String stream = String.join("\n", server.ask("XRANGE", "{relay}:h:cats", "-", "+"));
            assertThat(stream).contains("at last");
            List<TestPublication> refused = all.stream()
                    .filter(publication -> publication.first().detail().contains("was not published"))
                    .toList();
            assertThat(refused).isNotEmpty();
            assertThat(stream.lines())
                    .doesNotContainAnyElementsOf(refused.stream()
                            .map(publication -> publication.message().text().toString())
                            .toList());
        }
    }

    @Test
    void whatIsTooMuchIsRefusedAndAllElseIsStoredInItsOrder() {
        two.follow(CATS);
        // More than may be under way and wait together.
        List<TestPublication> all = numbered(2 * Gathering.MOST_WAITING);
        server.freeze();
        all.forEach(one.engine::publish);
        server.thaw();
        all.forEach(publication -> publication.awaitOutcome(TestEngine.PATIENCE));
        List<TestPublication> stored =
                all.stream().filter(TestPublication::isStored).toList();
        assertThat(stored).hasSizeGreaterThanOrEqualTo(Gathering.MOST_WAITING).hasSizeLessThan(all.size());
        assertThat(all)
                .filteredOn(publication -> !publication.isStored())
                .allSatisfy(
                        publication -> assertThat(publication.first().detail()).contains("was not published"));
        two.awaitMessages(stored.size());
        assertThat(two.receiver.texts())
                .isEqualTo(stored.stream()
                        .map(publication -> publication.message().text().toString())
                        .toList());
    }

    @Test
    void whatEachThreadPublishesComesInItsOrderAndEverywhereInTheSameOne() throws Exception {
        one.follow(CATS, DOGS);
        two.follow(CATS, DOGS);
        int threads = 4;
        int each = 1000;
        List<Thread> publishers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int number = t;
            TestEngine by = t % 2 == 0 ? one : two;
            publishers.add(new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    by.engine.publish(TestPublication.of((i + number) % 3 == 0 ? DOGS : CATS, number + " " + i));
                }
            }));
        }
        publishers.forEach(Thread::start);
        for (Thread publisher : publishers) {
            publisher.join();
        }
        one.awaitMessages(threads * each);
        two.awaitMessages(threads * each);
        assertThat(one.receiver.texts()).isEqualTo(two.receiver.texts()).hasSize(threads * each);
        for (int t = 0; t < threads; t++) {
            String mine = t + " ";
            assertThat(one.receiver.texts())
                    .filteredOn(text -> text.startsWith(mine))
                    .isEqualTo(IntStream.range(0, each).mapToObj(i -> mine + i).toList());
        }
        await().until(() -> one.engine.trouble().isEmpty());
    }
}
