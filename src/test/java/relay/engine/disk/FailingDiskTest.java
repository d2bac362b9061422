package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.engine.IdempotencyKey;
import relay.engine.Registration;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/** Disks that are full, that fail, that are somebody else's; and what is given back of them. */
class FailingDiskTest {
    private static final Topic CATS = new Topic("cats");

    @TempDir
    private Path directory;

    private Instant now = Instant.ofEpochSecond(1_800_000_000);
    private final TestDisk disk = new TestDisk("boot", 1);
    private final List<DiskEngine> engines = new ArrayList<>();
    private Witness witness = new Witness();

    @AfterEach
    void stop() {
        engines.forEach(DiskEngine::stop);
    }

    @Test
    void aFullDiskRefusesAllUntilThereIsRoom() {
        DiskEngine engine = start(8 << 20);
        ClientId client = add(engine);
        assertThat(publish(engine, "one")).isEqualTo("stored 1");
        disk.capacity(disk.used() + 10);
        assertThat(publish(engine, "two"))
                .startsWith("refused the disk of the relay takes nothing (No space left on device)");
        assertThat(engine.trouble()).hasValueSatisfying(text -> assertThat(text).contains("make room there"));
        assertThat(engine.figures().takesMessages()).isFalse();
        assertThat(publish(engine, "three")).startsWith("refused");
        assertThat(fails(engine.journal().orElseThrow().settled())).isTrue();
        assertThat(witness.texts(engine)).containsExactly("one");
        // What nobody waits for is kept meanwhile.
        engine.journal().orElseThrow().connected(client, Map.of(new Topic("dogs"), 5L));
        engine.journal().orElseThrow().acknowledged(client, 1);

        disk.capacity(Long.MAX_VALUE);
        now = now.plusSeconds(2);
        settle(engine);
        assertThat(engine.trouble()).isEmpty();
        assertThat(publish(engine, "four")).isEqualTo("stored 2");
        restart(engine);
        assertThat(witness.texts(engines.get(0))).containsExactly("one", "four");
        assertThat(witness.damaged()).isEmpty();
        assertThat(witness.entries().get(client).registration().topics()).isEqualTo(Map.of(new Topic("dogs"), 5L));
    }

    @Test
    void aKeyOfARefusedMessageIsFree() {
        DiskEngine engine = start(8 << 20);
        disk.capacity(disk.used());
        assertThat(outcome(engine, Outcomes.keyed("k", "f", "one"))).startsWith("refused");
        disk.capacity(Long.MAX_VALUE);
        now = now.plusSeconds(2);
        settle(engine);
        assertThat(outcome(engine, Outcomes.keyed("k", "f", "one"))).isEqualTo("stored 1");
        assertThat(outcome(engine, Outcomes.keyed("k", "f", "one"))).isEqualTo("repeated 1 ?");
    }

    @Test
    void aRegistrationThatCouldNotBeRemovedIsStillThere() {
        DiskEngine engine = start(8 << 20);
        ClientId client = add(engine);
        disk.capacity(disk.used());
        assertThat(fails(engine.journal().orElseThrow().remove(client))).isTrue();
        disk.capacity(Long.MAX_VALUE);
        now = now.plusSeconds(2);
        restart(engine);
        assertThat(witness.entries()).containsOnlyKeys(client);
    }

    @Test
    void aFailedSyncIsFinal() {
        DiskEngine engine = start(8 << 20);
        assertThat(publish(engine, "one")).isEqualTo("stored 1");
        disk.failsSyncs(true);
        assertThat(publish(engine, "two")).startsWith("refused the disk of the relay has failed: it is not known");
        disk.failsSyncs(false);
        now = now.plusSeconds(10);
        assertThat(publish(engine, "three"))
                .startsWith("refused the disk of the relay has failed: this was not stored");
        assertThat(fails(engine.journal().orElseThrow().settled())).isTrue();
        assertThat(engine.trouble()).hasValueSatisfying(text -> assertThat(text).contains("start the relay anew"));
        assertThat(witness.messages()).containsOnlyKeys(1L);
        assertThat(witness.texts(engine)).containsExactly("one");
        int syncs = disk.syncs();
        engine.stop();
        engines.clear();
        // It does not say that it ended well, nor is a sync tried again.
        assertThat(disk.syncs()).isEqualTo(syncs);
        assertThat(new String(disk.content(LockFile.NAME), StandardCharsets.UTF_8))
                .contains("state=running");
    }

    @Test
    void whatCannotBeCutOffAgainIsFinalToo() {
        DiskEngine engine = start(8 << 20);
        disk.capacity(disk.used() + 10);
        disk.failsTruncates(true);
        assertThat(publish(engine, "one")).startsWith("refused the disk of the relay has failed: it is not known");
        disk.capacity(Long.MAX_VALUE);
        disk.failsTruncates(false);
        now = now.plusSeconds(10);
        assertThat(publish(engine, "two")).startsWith("refused");
        assertThat(engine.trouble()).isPresent();
    }

    @Test
    void anAnswerThatCannotBeStoredHoldsNobodyUp() {
        DiskEngine engine = start(8 << 20);
        assertThat(outcome(engine, Outcomes.keyed("k", "f", "one"))).isEqualTo("stored 1");
        disk.capacity(disk.used());
        engine.remember(new IdempotencyKey("k", "f"), "answer")
                .toCompletableFuture()
                .join();
    }

    @Test
    void spaceIsGivenBackAndWhatLivesOnIsCarriedAlong() {
        DiskEngine engine = start(8 << 20);
        ClientId client = add(engine);
        ClientId gone = add(engine);
        engine.journal().orElseThrow().acknowledged(client, 7);
        assertThat(outcome(engine, Outcomes.keyed("k", "f", "first"))).isEqualTo("stored 1");
        engine.remember(new IdempotencyKey("k", "f"), "answer")
                .toCompletableFuture()
                .join();
        engine.journal().orElseThrow().remove(gone).toCompletableFuture().join();
        String text = "x".repeat(300_000);
        for (int i = 0; i < 60; i++) {
            publish(engine, text);
        }
        settle(engine);
        assertThat(disk.used()).isLessThan(10 << 20);
        assertThat(witness.trimmed()).isBetween(20L, 50L);
        assertThat(engine.figures().segments()).isLessThan(11);
        restart(engine);
        assertThat(witness.entries()).containsOnlyKeys(client);
        assertThat(witness.entries().get(client).cursor()).isEqualTo(7);
        assertThat(outcome(engines.get(0), Outcomes.keyed("k", "f", "first"))).isEqualTo("repeated 1 answer");
        assertThat(witness.trimmed()).isGreaterThan(20);
    }

    @Test
    void oldMessagesAreTrimmedAndTheirSpaceIsGivenBackWithoutAnyNewOnes() {
        DiskEngine engine = start(8 << 20);
        publish(engine, "x".repeat(100_000));
        now = now.plus(Duration.ofMinutes(30));
        publish(engine, "young");
        now = now.plus(Duration.ofMinutes(31));
        settle(engine);
        settle(engine);
        assertThat(witness.trimmed()).isEqualTo(1);
        assertThat(disk.used()).isLessThan(100_000);
        now = now.plus(Duration.ofMinutes(30));
        settle(engine);
        settle(engine);
        assertThat(witness.trimmed()).isEqualTo(2);
        assertThat(engine.figures().messages()).isZero();
    }

    /** Nobody waits for what is written of a client that connects, so nothing else syncs it. */
    @Test
    void theDiskHasWhatReplacesASegmentBeforeThatIsDeleted() {
        DiskEngine engine = start(8 << 20);
        ClientId client = add(engine);
        publish(engine, "x".repeat(100_000));
        now = now.plus(Duration.ofMinutes(30));
        publish(engine, "young");
        now = now.plus(Duration.ofMinutes(31));
        engine.journal().orElseThrow().connected(client, Map.of(new Topic("dogs"), 1L));
        await().until(() -> disk.used() < 100_000);
        for (int cut = 0; cut < 10; cut++) {
            start(disk.afterPowerCut("another boot", cut), 8 << 20);
            assertThat(witness.entries()).containsOnlyKeys(client);
        }
    }

    @Test
    void aSegmentThatCannotBeDeletedStopsNothing() {
        disk.failsDeletes(true);
        DiskEngine engine = start(8 << 20);
        String text = "x".repeat(300_000);
        for (int i = 0; i < 60; i++) {
            assertThat(publish(engine, text)).startsWith("stored");
        }
        disk.failsDeletes(false);
        now = now.plusSeconds(61);
        settle(engine);
        for (int i = 0; i < 20; i++) {
            settle(engine);
        }
        assertThat(disk.used()).isLessThan(10 << 20);
    }

    @Test
    void registrationsTakeHalfOfTheSpaceAtMost() {
        DiskEngine engine = start(1 << 20);
        int added = 0;
        CompletionStage<?> last;
        do {
            Registration large = registration("topic ".repeat(40));
            last = engine.journal().orElseThrow().add(large);
            added++;
        } while (!fails(last));
        assertThat(added).isBetween(1500, 2000);
        assertThatThrownBy(() -> engine.journal()
                        .orElseThrow()
                        .add(registration("topic ".repeat(40)))
                        .toCompletableFuture()
                        .join())
                .hasMessageContaining("as many registrations on its disk as it may");
        assertThat(publish(engine, "one")).isEqualTo("stored 1");
    }

    @Test
    void aSecondRelayIsTurnedAway() {
        DiskOptions options = TestOptions.of(directory, Sync.BATCH, 8 << 20);
        DiskEngine first = new DiskEngine(options, () -> now);
        first.start(witness);
        engines.add(first);
        assertThatThrownBy(() -> new DiskEngine(options, () -> now).start(new Witness()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("--data " + directory + ": another relay uses it; each needs a directory of its own");
        assertThat(publish(first, "one")).isEqualTo("stored 1");
    }

    @Test
    void whatIsNoDirectoryIsTurnedAway() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "text");
        assertThatThrownBy(
                        () -> new DiskEngine(TestOptions.of(file, Sync.BATCH, 8 << 20), () -> now).start(new Witness()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("--data " + file + ": it cannot be used");
    }

    @Test
    void filesAreForTheirOwnerOnly() throws IOException {
        Path inside = directory.resolve("a/b");
        DiskEngine engine = new DiskEngine(TestOptions.of(inside, Sync.BATCH, 8 << 20), () -> now);
        engine.start(witness);
        engines.add(engine);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(inside)))
                .isEqualTo("rwx------");
        try (var files = Files.list(inside)) {
            assertThat(files.toList())
                    .hasSize(2)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    private DiskEngine start(long bytes) {
        return start(disk, bytes);
    }

    private DiskEngine start(TestDisk on, long bytes) {
        DiskEngine engine = new DiskEngine(TestOptions.of(Path.of("dir"), Sync.BATCH, bytes), () -> now, () -> on);
        witness = new Witness();
        engine.start(witness);
        engines.add(engine);
        return engine;
    }

    private void restart(DiskEngine engine) {
        engine.stop();
        engines.clear();
        start(disk, 8 << 20);
    }

    private static Registration registration(String topic) {
        return new Registration(
                ClientId.random(),
                new UserId("ann"),
                Map.of(new Topic(topic), 0L),
                TopicFilter.ANY,
                TopicFilter.ANY,
                Duration.ofDays(1),
                Optional.empty());
    }

    private static ClientId add(DiskEngine engine) {
        Registration registration = registration("cats");
        engine.journal().orElseThrow().add(registration).toCompletableFuture().join();
        return registration.id();
    }

    private static void settle(DiskEngine engine) {
        // The first makes the writer look around, the second comes when it has.
        for (int i = 0; i < 2; i++) {
            engine.journal().orElseThrow().settled().toCompletableFuture().join();
        }
    }

    private static boolean fails(CompletionStage<?> stage) {
        return stage.handle((result, failure) -> failure != null)
                .toCompletableFuture()
                .join();
    }

    private static String publish(DiskEngine engine, String text) {
        return outcome(engine, Outcomes.of(CATS.name(), text));
    }

    private static String outcome(DiskEngine engine, Outcomes message) {
        engine.publish(message);
        return message.outcome.join();
    }
}
