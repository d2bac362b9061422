package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;
import relay.testing.CuttableProxy;
import relay.testing.RecordedLog;
import relay.testing.RedisServer;

/** What becomes of messages when the real server, or the way to it, fails. */
class RedisFaultsTest {
    private static final Topic CATS = new Topic("cats");
    private static final UserId ANNA = new UserId("anna");

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T closing(T closeable) {
        open.add(closeable);
        return closeable;
    }

    @Test
    void aRelayStartsWithoutAServerAndWorksWhenItComes() {
        RedisServer server = closing(RedisServer.start());
        server.kill();
        TestEngine one = closing(TestEngine.starting(TestEngine.options(server.url(), 100), "one", TestEngine.QUICK));
        one.awaitTrouble("cannot be reached");
        assertThat(one.publish(CATS, "early").first().detail()).contains("was not published");
        assertThat(one.engine.follow(Set.of(CATS), Optional.empty()).toCompletableFuture())
                .isCompletedExceptionally();
        server.startAgain();
        one.awaitWorking();
        assertThat(one.publish(CATS, "late").first().what()).isEqualTo("stored");
    }

    @Test
    void aServerThatKeptEverythingGoesOnInAnotherEpoch() {
        RedisServer server = closing(RedisServer.start(RedisServer.APPEND_ALWAYS));
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        one.follow(CATS);
        MessageId before = one.store(CATS, "before");
        server.kill();
        one.awaitTrouble();
        server.startAgain();
        one.awaitWorking();
        MessageId after = one.store(CATS, "after");
        assertThat(after.epoch()).isNotEqualTo(before.epoch());
        assertThat(after.sequence()).isGreaterThan(before.sequence() + 1_000_000_000L - 1);
        one.awaitMessages(2);
        assertThat(one.receiver.texts()).containsExactly("before", "after");
        assertThat(one.receiver.lost).isEmpty();
        assertThat(one.receiver.epochs.get(1).epochs())
                .satisfiesExactly(
                        old -> assertThat(old.last()).isEqualTo(before.sequence()),
                        now -> assertThat(now.name()).isEqualTo(after.epoch()));
    }

    @Test
    void aServerThatForgotEverythingMakesAllRelaysSaySo() {
        RedisServer server = closing(RedisServer.start());
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        TestEngine two = closing(TestEngine.start(server.url(), "two"));
        one.follow(CATS);
        two.follow(CATS);
        MessageId before = one.store(CATS, "before");
        two.awaitMessages(1);
        server.restart();
        one.awaitWorking();
        two.awaitWorking();
        await().atMost(TestEngine.PATIENCE).until(() -> !one.receiver.lost.isEmpty() && !two.receiver.lost.isEmpty());
        assertThat(one.receiver.lost).containsExactly(before);
        assertThat(two.receiver.lost).containsExactly(before);
        await().atMost(TestEngine.PATIENCE).until(() -> one.engine.trouble().isEmpty());
        MessageId after = one.store(CATS, "after");
        assertThat(after.sequence()).isGreaterThan(before.sequence());
        two.awaitMessages(2);
        assertThat(two.receiver.texts()).containsExactly("before", "after");
    }

    @Test
    void aServerThatForgotItsLastMessagesMarksTheEpochAsLossy() {
        RedisServer server = closing(RedisServer.start());
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        one.follow(CATS);
        MessageId kept = one.store(CATS, "kept");
        server.ask("SAVE");
        one.publish(CATS, "forgotten");
        server.restart();
        await().atMost(TestEngine.PATIENCE).until(() -> !one.receiver.lost.isEmpty());
        assertThat(one.receiver.lost).containsExactly(kept);
        one.awaitWorking();
        // A relay that comes later learns it from the list.
        TestEngine two = closing(TestEngine.start(server.url(), "two"));
        assertThat(two.receiver.epochs.get(0).epochs().get(0).lossy()).isTrue();
        assertThat(two.receiver.lost).isEmpty();
    }

    @Test
    void nothingIsMissingOrRepeatedWhenTheLineIsCutWhileMessagesCome() {
        RedisServer server = closing(RedisServer.start());
        CuttableProxy line = closing(CuttableProxy.to(server.port()));
        TestEngine one =
                closing(TestEngine.starting(TestEngine.options(server.url(), 50_000), "one", TestEngine.QUICK));
        TestEngine two = closing(TestEngine.starting(
                TestEngine.options(line.along(server.url() + "/"), 50_000), "two", TestEngine.QUICK));
        one.awaitWorking();
        two.awaitWorking();
        two.follow(Optional.of(ANNA), CATS);
        List<String> stored = new ArrayList<>();
        for (int cut = 0; cut < 5; cut++) {
            stored.addAll(publishBatch(one, stored.size()));
            line.cut();
            while (two.engine.trouble().isEmpty()) {
                stored.addAll(publishBatch(one, stored.size()));
            }
            line.mend();
            while (two.engine.trouble().isPresent()) {
                stored.addAll(publishBatch(one, stored.size()));
            }
            stored.addAll(publishBatch(one, stored.size()));
        }
        two.awaitMessages(stored.size());
        assertThat(two.receiver.texts()).isEqualTo(stored);
        assertThat(two.receiver.missed).isEmpty();
        assertThat(two.receiver.lost).isEmpty();
    }

    /** Some for everybody and some for one user; returns when all are stored. */
    private static List<String> publishBatch(TestEngine engine, int first) {
        List<TestPublication> batch = IntStream.range(first, first + 20)
                .mapToObj(i -> i % 3 == 0
                        ? TestPublication.of(CATS, ANNA, String.valueOf(i))
                        : TestPublication.of(CATS, String.valueOf(i)))
                .toList();
        batch.forEach(engine.engine::publish);
        await().atMost(TestEngine.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> batch.stream().allMatch(TestPublication::isStored));
        return batch.stream()
                .map(publication -> publication.message().text().toString())
                .toList();
    }

    @Test
    void thousandsOfTopicsAreReadAgainInTheOrderOfTheirMessages() {
        RedisServer server = closing(RedisServer.start());
        CuttableProxy line = closing(CuttableProxy.to(server.port()));
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        TestEngine two = closing(TestEngine.start(line.along(server.url() + "/"), "two"));
        Topic[] topics =
                IntStream.range(0, 5000).mapToObj(i -> new Topic("t" + i)).toArray(Topic[]::new);
        two.follow(topics);
        line.cut();
        two.awaitTrouble();
        List<TestPublication> all = Stream.of(topics)
                .map(topic -> TestPublication.of(topic, topic.name()))
                .toList();
        one.storeAll(all);
        line.mend();
        two.awaitWorking();
        assertThat(two.receiver.texts())
                .isEqualTo(all.stream()
                        .map(publication -> publication.message().text().toString())
                        .toList());
        assertThat(two.receiver.missed).isEmpty();
    }

    @Test
    void whatWasTrimmedMeanwhileIsSaidToBeMissing() {
        RedisServer server = closing(RedisServer.start());
        CuttableProxy line = closing(CuttableProxy.to(server.port()));
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        TestEngine two = closing(TestEngine.start(line.along(server.url() + "/"), "two"));
        two.follow(CATS);
        MessageId last = one.store(CATS, "last");
        two.awaitMessages(1);
        line.cut();
        two.awaitTrouble();
        List<TestPublication> meanwhile = IntStream.range(0, 150)
                .mapToObj(i -> TestPublication.of(CATS, "m" + i))
                .toList();
        one.storeAll(meanwhile);
        line.mend();
        two.awaitWorking();
        assertThat(two.receiver.texts()).hasSize(101).startsWith("last", "m50").endsWith("m149");
        assertThat(two.receiver.missed)
                .containsExactly(new RecordingReceiver.Missed(
                        CATS,
                        Optional.empty(),
                        last,
                        meanwhile.get(49).first().id().orElseThrow().sequence()));
    }

    @Test
    void subscriptionsThatHaveGoneQuietAreFound() {
        RedisServer server = closing(RedisServer.start());
        CuttableProxy line = closing(CuttableProxy.to(server.port()));
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        TestEngine two = closing(TestEngine.start(line.along(server.url() + "/"), "two"));
        two.follow(CATS);
        line.silence("SUBSCRIBE");
        one.publish(CATS, "unheard");
        two.awaitMessages(1);
        assertThat(two.receiver.texts()).containsExactly("unheard");
    }

    @Test
    void aMessageOfItsOwnThatComesOnlyByThePastIsAnybodysAndItsPublicationIsToldSo() {
        RedisServer server = closing(RedisServer.start());
        CuttableProxy line = closing(CuttableProxy.to(server.port()));
        TestEngine one = closing(TestEngine.start(line.along(server.url() + "/"), "one"));
        one.follow(CATS);
        line.silence("SUBSCRIBE");
        TestPublication publication = one.publish(CATS, "unheard");
        assertThat(publication.first().here()).isTrue();
        one.awaitMessages(1);
        assertThat(one.receiver.came).extracting(RecordingReceiver.Came::how).containsExactly("elsewhere");
        assertThat(publication.outcomes)
                .extracting(TestPublication.Outcome::what)
                .containsExactly("stored", "refused");
    }

    @Test
    void whatIsUnderWayWhenTheServerFreezesIsRefusedAsUnknown() {
        RedisServer server = closing(RedisServer.start());
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        one.follow(CATS);
        server.freeze();
        TestPublication publication = one.publish(CATS, "perhaps");
        assertThat(publication.first().what()).isEqualTo("refused");
        assertThat(publication.first().detail()).contains("not known", "Idempotency-Key");
        server.thaw();
        one.awaitWorking();
        one.publish(CATS, "after");
        await().atMost(TestEngine.PATIENCE).until(() -> one.receiver.texts().contains("after"));
        // If it was published after all, it is anybody's.
        assertThat(one.receiver.came)
                .hasSize(Integer.parseInt(server.ask("XLEN", "{relay}:h:cats").get(0)))
                .noneMatch(came -> came.how().equals("own") && came.text().equals("perhaps"));
        assertThat(publication.outcomes).hasSize(1);
    }

    @Test
    void aFullServerRefusesAndTheConnectionGoesOn() {
        RedisServer server = closing(RedisServer.start());
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        one.follow(CATS);
        server.ask("CONFIG", "SET", "maxmemory", "1");
        try (RecordedLog log = RecordedLog.start()) {
            for (int i = 0; i < 3; i++) {
                TestPublication refused = one.publish(CATS, "no room");
                assertThat(refused.first().what()).isEqualTo("refused");
                assertThat(refused.first().detail()).contains("not published", "full");
            }
            assertThat(log.warnings())
                    .filteredOn(warning -> warning.contains("full"))
                    .hasSize(1);
        }
        server.ask("CONFIG", "SET", "maxmemory", "0");
        one.awaitWorking();
        assertThat(one.publish(CATS, "room").first().what()).isEqualTo("stored");
        one.awaitMessages(1);
        assertThat(one.receiver.texts()).containsExactly("room");
    }

    @Test
    void aServerThatBecomesAReplicaIsLeft() {
        RedisServer server = closing(RedisServer.start());
        RedisServer other = closing(RedisServer.start());
        TestEngine one = closing(TestEngine.start(server.url(), "one"));
        server.ask("REPLICAOF", "127.0.0.1", String.valueOf(other.port()));
        one.awaitTrouble("READONLY");
        assertThat(one.publish(CATS, "no").first().detail()).contains("was not published");
        server.ask("REPLICAOF", "NO", "ONE");
        one.awaitWorking();
        assertThat(one.publish(CATS, "yes").first().what()).isEqualTo("stored");
    }

    @Test
    void nothingIsPublishedIntoALogThatHasEnded() {
        RedisServer server = closing(RedisServer.start());
        TestEngine one = closing(TestEngine.startSeldomProbing(server.url(), "one"));
        one.publish(CATS, "before");
        server.ask(
                "EVAL",
                "redis.call('HDEL', KEYS[1], redis.call('HGET', KEYS[1], 'current'))"
                        + " redis.call('HSET', KEYS[1], 'current', 'other epoch', 'other epoch', '5')",
                "1",
                "{relay}:log");
        assertThat(one.publish(CATS, "no").first().detail()).contains("was not published");
        assertThat(server.ask("XLEN", "{relay}:h:cats")).containsExactly("1");
        Optional<MessageId> after = await().atMost(TestEngine.PATIENCE)
                .until(() -> one.publish(CATS, "yes").first().id(), Optional::isPresent);
        assertThat(after.orElseThrow().sequence()).isGreaterThan(1_000_000_000L);
    }

    @Test
    void aServerKnowsTheScriptsBeforeTheFirstMessageAndIsToldThemAgainOnAnotherConnection() {
        RedisServer server = closing(RedisServer.start());
        TestEngine one = closing(TestEngine.startSeldomProbing(server.url(), "one"));
        for (Script script : Script.values()) {
            assertThat(server.ask("SCRIPT", "EXISTS", script.digest())).containsExactly("1");
        }
        server.ask("SCRIPT", "FLUSH");
        // What is refused and sent again with its script would come behind what was published after it.
        assertThat(one.publish(CATS, "hello").first().detail()).contains("was not published");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> one.publish(CATS, "again").first().what().equals("stored"));
        assertThat(server.ask("XLEN", "{relay}:h:cats")).containsExactly("1");
    }

    @Test
    void theSameServerIsFollowedOnWithoutAnotherEpochWhenOnlyTheWayToItFails() {
        RedisServer server = closing(RedisServer.start());
        CuttableProxy line = closing(CuttableProxy.to(server.port()));
        TestEngine one = closing(TestEngine.start(line.along(server.url() + "/"), "one"));
        one.follow(CATS);
        line.cut();
        one.awaitTrouble();
        line.mend();
        one.awaitWorking();
        assertThat(new HashSet<>(one.receiver.epochs)).hasSize(1);
        one.publish(CATS, "hello");
        one.awaitMessages(1);
    }
}
