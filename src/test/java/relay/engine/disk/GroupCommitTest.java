package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.client.Overflow;
import relay.engine.IdempotencyKey;
import relay.engine.Journal;
import relay.engine.Registration;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/** What is written when, who waits for what, and how messages are read back. */
@Timeout(60)
class GroupCommitTest {
    private static final Topic CATS = new Topic("cats");

    private Instant now = Instant.ofEpochSecond(1_800_000_000);
    private final TestDisk disk = new TestDisk("boot", 1);
    private final Witness witness = new Witness();
    private final List<DiskEngine> engines = new ArrayList<>();

    @AfterEach
    void stop() {
        disk.holdSyncs(new Semaphore(Integer.MAX_VALUE));
        engines.forEach(DiskEngine::stop);
    }

    @Test
    void nothingIsAnsweredOrHandedOutBeforeTheDiskHasItAndMeanwhileTheNextGroupGathers() {
        DiskEngine engine = start(Sync.BATCH);
        int syncs = disk.syncs();
        Semaphore permits = new Semaphore(0);
        disk.holdSyncs(permits);
        Outcomes first = Outcomes.of("cats", "first");
        engine.publish(first);
        awaitWaiter(permits);
        CompletableFuture<MessageId> added = engine.journal()
                .orElseThrow()
                .add(registration(Map.of(CATS, 0L)))
                .toCompletableFuture();
        List<Outcomes> more = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            more.add(Outcomes.of("cats", "text " + i));
            engine.publish(more.get(i));
        }
        assertThat(first.outcome).isNotDone();
        assertThat(witness.messages()).isEmpty();
        permits.release();
        assertThat(first.outcome.join()).isEqualTo("stored 1");
        awaitWaiter(permits);
        assertThat(added).isNotDone();
        assertThat(witness.messages()).containsOnlyKeys(1L);
        permits.release();
        assertThat(added.join().sequence()).isEqualTo(1);
        assertThat(more.get(99).outcome.join()).isEqualTo("stored 101");
        assertThat(disk.syncs()).isEqualTo(syncs + 2);
        assertThat(engine.figures().groups().count()).isEqualTo(2);
        assertThat(engine.figures().groups().sumSeconds()).isEqualTo(101);
    }

    @Test
    void withoutSyncsNobodyWaitsForTheDisk() {
        DiskEngine engine = start(Sync.NONE);
        int syncs = disk.syncs();
        assertThat(publish(engine, "one")).isEqualTo(1);
        assertThat(disk.syncs()).isEqualTo(syncs);
    }

    @Test
    void aCursorIsWrittenOnceASecondAndWithoutASync() {
        DiskEngine engine = start(Sync.BATCH);
        Journal journal = engine.journal().orElseThrow();
        Registration registration = registration(Map.of(CATS, 0L));
        journal.add(registration).toCompletableFuture().join();
        long message = grows(engine, () -> {});
        for (int i = 0; i < 1000; i++) {
            journal.acknowledged(registration.id(), i);
        }
        assertThat(grows(engine, () -> {})).isEqualTo(message);
        now = now.plusSeconds(1);
        long cursor = grows(engine, () -> {}) - message;
        assertThat(cursor).isBetween(1L, Layout.PAYLOAD_AT + 12L);
        journal.acknowledged(registration.id(), 2000);
        assertThat(grows(engine, () -> {})).isEqualTo(message);
    }

    @Test
    void whoConnectsAgainWithTheSameTopicsHasThemNotWrittenAgain() {
        DiskEngine engine = start(Sync.BATCH);
        Journal journal = engine.journal().orElseThrow();
        Map<Topic, Long> topics = Map.of(new Topic("a".repeat(200)), 0L, new Topic("b".repeat(200)), 7L);
        Registration registration = registration(topics);
        journal.add(registration).toCompletableFuture().join();
        long message = grows(engine, () -> {});
        long same = grows(engine, () -> journal.connected(registration.id(), Map.copyOf(topics))) - message;
        assertThat(same).isBetween(1L, 100L);
        long left = grows(engine, () -> journal.disconnected(registration.id(), OptionalLong.empty())) - message;
        assertThat(left).isBetween(1L, 100L);
        long other = grows(engine, () -> journal.connected(registration.id(), Map.of(new Topic("c".repeat(250)), 1L)))
                - message;
        assertThat(other).isBetween(250L, 450L);
    }

    @Test
    void aMessageMayBeLargerThanTheBuffer() {
        DiskEngine engine = start(Sync.BATCH);
        String large = "x".repeat(9 << 20);
        assertThat(publish(engine, large)).isEqualTo(1);
        assertThat(publish(engine, "small")).isEqualTo(2);
        assertThat(read(engine, 1)).containsExactly(large);
        assertThat(read(engine, 10 << 20)).containsExactly(large, "small");
    }

    @Test
    void aReadStopsAtTheBytesAskedFor() {
        DiskEngine engine = start(Sync.BATCH);
        for (int i = 0; i < 10; i++) {
            publish(engine, "0123456789");
        }
        assertThat(read(engine, 35)).hasSize(3);
        assertThat(read(engine, 30)).hasSize(3);
        assertThat(read(engine, 1)).hasSize(1);
        assertThat(read(engine, 1000)).hasSize(10);
    }

    @Test
    void aMessageThatHasBecomeUnreadableIsLeftOut() {
        DiskEngine engine = start(Sync.BATCH);
        publish(engine, "one");
        publish(engine, "two");
        long[] locations = locations();
        disk.cannotRead(Segment.name(0), locations[1] + 20);
        assertThat(read(engine, 1)).containsExactly("one");
        disk.cannotRead(Segment.name(0), locations[0] + 20);
        assertThat(engine.archive()
                        .orElseThrow()
                        .read(locations, 100)
                        .toCompletableFuture()
                        .join())
                .extracting(Optional::isPresent)
                .containsExactly(false, true);
        assertThat(engine.archive()
                        .orElseThrow()
                        .read(new long[] {locations[1] + 1, Long.MAX_VALUE}, 100)
                        .toCompletableFuture()
                        .join())
                .containsExactly(Optional.empty(), Optional.empty());
    }

    @Test
    void whatIsReadHasItsRecipientAndItsTopic() {
        DiskEngine engine = start(Sync.BATCH);
        Outcomes message = new Outcomes(
                "caf\u00e9",
                Optional.of("zo\u00eb"),
                "gr\u00fc\u00dfe \ud83d\ude00",
                Optional.of(new IdempotencyKey("k", "f")));
        engine.publish(message);
        message.outcome.join();
        Message read = engine.archive()
                .orElseThrow()
                .read(locations(), 100)
                .toCompletableFuture()
                .join()
                .get(0)
                .orElseThrow()
                .message();
        assertThat(read.topic()).isEqualTo(message.message().topic());
        assertThat(read.recipient()).contains(new UserId("zo\u00eb"));
        assertThat(read.text()).hasToString("gr\u00fc\u00dfe \ud83d\ude00");
    }

    @Test
    void whatWaitsWhenItStopsIsRefusedAndWhatHasChangedIsWritten() {
        DiskEngine engine = start(Sync.BATCH);
        Journal journal = engine.journal().orElseThrow();
        Registration registration = registration(Map.of(CATS, 0L));
        journal.add(registration).toCompletableFuture().join();
        journal.acknowledged(registration.id(), 17);
        engine.stop();
        engines.clear();
        Outcomes late = Outcomes.of("cats", "late");
        engine.publish(late);
        assertThat(late.outcome.join()).startsWith("refused the relay is going away");
        Witness next = new Witness();
        start(Sync.BATCH, next);
        assertThat(next.entries().get(registration.id()).cursor()).isEqualTo(17);
    }

    private DiskEngine start(Sync sync) {
        return start(sync, witness);
    }

    private DiskEngine start(Sync sync, Witness receiver) {
        DiskOptions options = TestOptions.of(Path.of("dir"), sync, 256 << 20);
        DiskEngine engine = new DiskEngine(options, () -> now, () -> disk);
        engine.start(receiver);
        engines.add(engine);
        return engine;
    }

    private static void awaitWaiter(Semaphore permits) {
        while (!permits.hasQueuedThreads()) {
            Thread.onSpinWait();
        }
    }

    /** By how many bytes the log grows with a change and a message behind it. */
    private long grows(DiskEngine engine, Runnable change) {
        long before = disk.used();
        change.run();
        publish(engine, "text");
        return disk.used() - before;
    }

    private static Registration registration(Map<Topic, Long> topics) {
        return new Registration(
                ClientId.random(),
                new UserId("ann"),
                topics,
                TopicFilter.ANY,
                TopicFilter.ANY,
                TopicFilter.NONE,
                Duration.ofDays(1),
                Overflow.CLOSE,
                Optional.empty());
    }

    private static long publish(DiskEngine engine, String text) {
        Outcomes message = Outcomes.of(CATS.name(), text);
        engine.publish(message);
        return message.id.join().sequence();
    }

    private long[] locations() {
        return witness.messages().values().stream()
                .mapToLong(Witness.Restored::location)
                .toArray();
    }

    private List<String> read(DiskEngine engine, int mostBytes) {
        return engine.archive().orElseThrow().read(locations(), mostBytes).toCompletableFuture().join().stream()
                .map(message -> message.orElseThrow().message().text().toString())
                .toList();
    }
}
