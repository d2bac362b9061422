package relay.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static relay.hook.OutboxFixture.client;
import static relay.hook.OutboxFixture.connected;
import static relay.hook.OutboxFixture.expired;
import static relay.hook.OutboxFixture.gone;
import static relay.hook.OutboxFixture.next;
import static relay.hook.OutboxFixture.store;
import static relay.hook.OutboxFixture.takeAll;
import static relay.hook.OutboxFixture.user;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.engine.Event;
import relay.engine.Outbox.Batch;
import relay.engine.Outbox.Entry;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;
import relay.testing.RecordedLog;

class OutboxFileTest {
    private static final int MOST = 1000;

    private final OutboxFixture time = new OutboxFixture();
    private final MemoryDisk disk = new MemoryDisk();

    /** What a relay finds that starts after this one was killed. */
    private LocalOutbox restarted() {
        return restarted(MOST);
    }

    private LocalOutbox restarted(int most) {
        return time.onDisk(most, new MemoryDisk(disk.content()));
    }

    @Test
    void eventsOfEachKindSurviveAKill() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        Event.Undelivered confirmed = new Event.Undelivered(
                new MessageId("epoch.1", 12),
                List.of(new Topic("ä \"quoted\" \\"), new Topic("b")),
                Optional.empty(),
                Optional.of(new Event.Confirm(3, 0)));
        List<Event> events = List.of(
                connected(1),
                gone(1),
                confirmed,
                expired(3),
                new Event.Gone(client(9), new UserId("line\nfeed \u2028")));
        events.forEach(outbox::add);
        List<Entry> before = outbox.state().entries();
        store(outbox);
        List<Entry> after = takeAll(restarted());
        assertThat(after).isEqualTo(before);
        assertThat(after).extracting(Entry::event).isEqualTo(events);
    }

    @Test
    void aBatchIsGivenOnlyOnceItIsInTheFileAndIsTheSameAfterAKill() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        IntStream.range(0, 5).forEach(i -> outbox.add(connected(i)));
        CompletableFuture<Optional<Batch>> asked = outbox.next().toCompletableFuture();
        outbox.add(connected(5));
        outbox.turn();
        assertThat(asked).isNotDone();
        store(outbox);
        outbox.turn();
        Batch batch = asked.join().orElseThrow();
        outbox.add(connected(6));
        store(outbox);
        LocalOutbox after = restarted();
        assertThat(next(after)).contains(batch);
        assertThat(batch.entries()).hasSize(5);
    }

    @Test
    void whatWasTakenDoesNotComeAgainAfterAKill() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        IntStream.range(0, 150).forEach(i -> outbox.add(connected(i)));
        CompletableFuture<Void> taken = outbox.taken(next(outbox).orElseThrow()).toCompletableFuture();
        outbox.turn();
        assertThat(taken).isNotDone();
        store(outbox);
        outbox.turn();
        assertThat(taken).isDone();
        LocalOutbox after = restarted();
        assertThat(after.waiting()).isEqualTo(50);
        assertThat(next(after).orElseThrow().entries().get(0).event()).isEqualTo(connected(100));
    }

    @Test
    void whatWasDroppedIsSaidAfterAKill() {
        LocalOutbox outbox = time.onDisk(3, disk);
        outbox.add(connected(0));
        next(outbox);
        IntStream.range(1, 10).forEach(i -> outbox.add(connected(i)));
        store(outbox);
        List<Entry> before = outbox.state().entries();
        assertThat(before).extracting(Entry::dropped).containsExactly(0L, 7L, 0L);
        assertThat(restarted(3).state().entries()).isEqualTo(before);
    }

    @Test
    void aSmallerQueueThanBeforeTheRestartDropsTheOldest() {
        LocalOutbox outbox = time.onDisk(10, disk);
        IntStream.range(0, 10).forEach(i -> outbox.add(connected(i)));
        store(outbox);
        LocalOutbox after = restarted(2);
        assertThat(after.dropped()).isEqualTo(8);
        assertThat(takeAll(after)).extracting(Entry::dropped).containsExactly(8L, 0L);
    }

    @Test
    void idsGoOnGrowingAfterARestartEvenIfTheClockIsBehind() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        outbox.add(connected(1));
        String before = takeAll(outbox).get(0).id();
        store(outbox);
        time.advance(Duration.ofDays(-1));
        LocalOutbox second = restarted();
        second.add(connected(2));
        assertThat(second.state().entries().get(0).id()).isGreaterThan(before);
    }

    @Test
    void idsGoOnGrowingAlsoIfTheFileWasWrittenAnewAndNothingWaits() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        loseTheFile(outbox);
        String before = takeAll(outbox).get(0).id();
        store(outbox);
        disk.failsSyncs(true);
        time.advance(Duration.ofMinutes(1));
        store(outbox);
        disk.failsSyncs(false);
        time.advance(Duration.ofSeconds(1));
        store(outbox);
        assertThat(disk.copies()).isEqualTo(3);
        time.advance(Duration.ofDays(-1));
        LocalOutbox second = restarted();
        second.add(connected(2));
        assertThat(second.state().entries().get(0).id()).isGreaterThan(before);
    }

    @Test
    void aWatchedMessageGoesOnBeingWatchedForTheTimeThatIsLeft() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        outbox.watch(expired(1), Duration.ofSeconds(10));
        outbox.watch(expired(2), Duration.ofSeconds(10));
        outbox.watch(expired(3), Duration.ofSeconds(5));
        outbox.received(2);
        time.advance(Duration.ofSeconds(5));
        outbox.turn();
        store(outbox);
        time.advance(Duration.ofSeconds(4));
        LocalOutbox after = restarted();
        after.turn();
        assertThat(after.state().entries()).extracting(Entry::event).containsExactly(expired(3));
        time.advance(Duration.ofSeconds(1));
        after.turn();
        assertThat(after.state().entries()).extracting(Entry::event).containsExactly(expired(3), expired(1));
    }

    @Test
    void aMessageWhoseTimeEndsWhileTheRelayIsDownIsAnEventAtTheStart() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        outbox.watch(expired(1), Duration.ofSeconds(10));
        store(outbox);
        time.advance(Duration.ofHours(1));
        LocalOutbox after = restarted();
        after.turn();
        assertThat(after.state().entries()).extracting(Entry::event).containsExactly(expired(1));
    }

    @Test
    void watchesThatWereDroppedAreSaidAfterAKill() {
        LocalOutbox outbox = time.onDisk(2, disk);
        IntStream.rangeClosed(1, 5).forEach(i -> outbox.watch(expired(i), Duration.ofSeconds(10)));
        store(outbox);
        LocalOutbox after = restarted(2);
        after.add(connected(1));
        assertThat(after.state().entries().get(0).dropped()).isEqualTo(3);
    }

    @Test
    void aRestartTellsOfNobodyWhoIsStillThere() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        outbox.add(connected(1));
        outbox.add(connected(2));
        outbox.add(gone(1));
        takeAll(outbox);
        store(outbox);
        LocalOutbox after = restarted();
        after.restored(Map.of(client(2), user(2)));
        assertThat(after.waiting()).isZero();
    }

    @Test
    void aRestartTellsOfThoseWhoWentOrCameUnheard() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        IntStream.range(0, 3).forEach(i -> outbox.add(connected(i)));
        takeAll(outbox);
        store(outbox);
        LocalOutbox after = restarted();
        after.restored(Map.of(client(1), user(1), client(7), user(7)));
        assertThat(after.state().entries())
                .extracting(Entry::event)
                .containsExactlyInAnyOrder(gone(0), gone(2), connected(7))
                .last()
                .isEqualTo(connected(7));
    }

    @Test
    void aFileThatHasGrownIsWrittenAnewAndSaysTheSame() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        outbox.watch(expired(1), Duration.ofDays(1));
        for (int i = 0; disk.copies() < 3; i++) {
            outbox.add(connected(i));
            if (i % 3 > 0) {
                outbox.add(gone(i));
            }
            if (i % 100 == 0) {
                next(outbox).ifPresent(outbox::taken);
                store(outbox);
            }
        }
        assertThat(disk.content().length).isLessThan(16 << 20);
        LocalOutbox after = restarted();
        assertThat(after.state().entries()).isEqualTo(outbox.state().entries());
        assertThat(after.state().present()).isEqualTo(outbox.state().present());
        assertThat(after.state().watching()).isOne();
    }

    @Test
    void afterAFileWasWrittenAnewTheBatchIsStillTheSame() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        IntStream.range(0, 3).forEach(i -> outbox.add(connected(i)));
        Batch batch = next(outbox).orElseThrow();
        outbox.add(connected(3));
        loseTheFile(outbox);
        assertThat(disk.copies()).isEqualTo(2);
        assertThat(next(restarted())).contains(batch);
    }

    @Test
    void whatChangesBehindACopyIsMadeOnce() {
        LocalOutbox outbox = time.onDisk(2, disk);
        IntStream.range(0, 4).forEach(i -> outbox.add(connected(i)));
        loseTheFile(outbox);
        outbox.add(connected(4));
        outbox.add(gone(4));
        store(outbox);
        assertThat(restarted(2).state().entries()).isEqualTo(outbox.state().entries());
        assertThat(restarted(2).state().present()).isEqualTo(outbox.state().present());
    }

    @Test
    void aFullDiskCostsNothingAndIsWrittenAnewWhenThereIsRoom() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        try (RecordedLog log = RecordedLog.start()) {
            disk.failsWrites(true);
            IntStream.range(0, 10).forEach(i -> outbox.add(connected(i)));
            Batch first = next(outbox).orElseThrow();
            outbox.taken(first);
            outbox.turn();
            assertThat(outbox.waiting()).isZero();
            outbox.add(gone(1));
            time.advance(Duration.ofSeconds(1));
            store(outbox);
            assertThat(log.warnings()).singleElement().asString().contains("hook-events", "No space left");
        }
        disk.failsWrites(false);
        store(outbox);
        assertThat(restarted().state().entries()).as("it is not tried yet").isEmpty();
        time.advance(Duration.ofSeconds(2));
        store(outbox);
        assertThat(restarted().state().entries())
                .isEqualTo(outbox.state().entries())
                .hasSize(1);
    }

    @Test
    void whatWaitsForAFullDiskIsBounded() {
        LocalOutbox outbox = LocalOutbox.onDisk(
                new OutboxBounds(50, 50 * 400), 1_000_000, disk, "hook-events", time.ticker(), time::now);
        outbox.open();
        store(outbox);
        disk.failsWrites(true);
        IntStream.range(0, 10_000).forEach(i -> outbox.add(connected(i)));
        store(outbox);
        assertThat(outbox.file().orElseThrow().pending()).isLessThanOrEqualTo(50);
        disk.failsWrites(false);
        time.advance(Duration.ofSeconds(1));
        store(outbox);
        assertThat(restarted(50).state().entries()).isEqualTo(outbox.state().entries());
        assertThat(disk.copies()).isEqualTo(2);
    }

    @Test
    void aFileThatCannotBeCutBackIsWrittenAnew() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        disk.failsWrites(true);
        disk.failsTruncates(true);
        outbox.add(connected(1));
        store(outbox);
        disk.failsWrites(false);
        time.advance(Duration.ofSeconds(1));
        store(outbox);
        assertThat(disk.copies()).isEqualTo(2);
        try (RecordedLog log = RecordedLog.start()) {
            assertThat(restarted().state().entries()).isEqualTo(outbox.state().entries());
            assertThat(log.warnings()).isEmpty();
        }
    }

    @Test
    void afterAFailedSyncTheFileIsNotTrustedAnyMore() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        disk.failsSyncs(true);
        outbox.add(connected(1));
        time.advance(Duration.ofSeconds(1));
        store(outbox);
        assertThat(disk.copies()).isOne();
        disk.failsSyncs(false);
        time.advance(Duration.ofSeconds(1));
        store(outbox);
        assertThat(disk.copies()).isEqualTo(2);
    }

    @Test
    void itIsSyncedOnceASecondAtMost() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        time.advance(Duration.ofSeconds(1));
        int before = disk.syncs();
        for (int i = 0; i < 100; i++) {
            outbox.add(connected(i));
            store(outbox);
            time.advance(Duration.ofMillis(100));
        }
        assertThat(disk.syncs() - before).isEqualTo(10);
    }

    @Test
    void aDiskWithLittleRoomIsNotFilledUp() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        disk.capacity(disk.content().length + 200_000);
        loseTheFile(outbox);
        assertThat(disk.copies()).isOne();
        disk.capacity(10 << 20);
        time.advance(Duration.ofMinutes(1));
        store(outbox);
        assertThat(disk.copies()).isEqualTo(2);
    }

    @Test
    void noRoomIsTakenFromOthersByEventsThatAreLong() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        List<Topic> topics = IntStream.range(0, 100)
                .mapToObj(i -> new Topic("t".repeat(250) + i))
                .toList();
        IntStream.range(0, 20)
                .forEach(i -> outbox.add(new Event.Undelivered(
                        new MessageId("0123456789abcdef", i),
                        topics,
                        Optional.empty(),
                        Optional.of(new Event.Confirm(1, 0)))));
        store(outbox);
        disk.capacity(disk.content().length + (5 << 18));
        loseTheFile(outbox);
        assertThat(disk.copies()).isOne();
        disk.capacity(10 << 20);
        time.advance(Duration.ofMinutes(1));
        store(outbox);
        assertThat(disk.copies()).isEqualTo(2);
    }

    @Test
    void aDiskThatDoesNotAnswerHoldsABatchBackForTwoSecondsOnly() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        outbox.add(connected(1));
        CompletableFuture<Optional<Batch>> asked = outbox.next().toCompletableFuture();
        time.advance(Duration.ofMillis(1999));
        assertThat(outbox.turn()).isEqualTo(Duration.ofMillis(1));
        assertThat(asked).isNotDone();
        time.advance(Duration.ofMillis(1));
        outbox.turn();
        assertThat(asked.join()).isPresent();
    }

    @Test
    void aDamagedLineIsLeftOutAndLoggedOnce() {
        LocalOutbox outbox = time.onDisk(MOST, disk);
        IntStream.range(0, 5).forEach(i -> outbox.add(connected(i)));
        store(outbox);
        byte[] content = disk.content();
        int third = nthLine(content, 3);
        content[third + 30] ^= 1;
        MemoryDisk damaged = new MemoryDisk(content);
        try (RecordedLog log = RecordedLog.start()) {
            assertThat(time.onDisk(MOST, damaged).state().entries())
                    .extracting(Entry::event)
                    .containsExactly(connected(0), connected(1), connected(3), connected(4));
            assertThat(log.warnings()).singleElement().asString().contains("1 lines are damaged");
            assertThat(time.onDisk(MOST, damaged).state().entries()).hasSize(4);
            assertThat(log.warnings()).hasSize(1);
        }
        LocalOutbox after = time.onDisk(MOST, damaged);
        after.add(gone(1));
        assertThat(after.state().entries().get(4).dropped())
                .as("the backend hears that something is missing")
                .isOne();
    }

    /** Where the line of an event begins, from 1: the first line of the file is its format. */
    private static int nthLine(byte[] content, int event) {
        int at = 0;
        for (int line = 0; line < event; line++) {
            while (content[at] != '\n') {
                at++;
            }
            at++;
        }
        return at;
    }

    @Test
    void aLineThatIsTooLongIsLeftOut() {
        byte[] rubbish = new byte[1 << 20];
        Arrays.fill(rubbish, (byte) 'x');
        rubbish[rubbish.length - 1] = '\n';
        byte[] added = new ChangeText()
                .lines(List.of(new Change.Added(new Entry("0193a2b4c5d60000-9f3a61c2", time.now(), connected(1), 0))));
        byte[] content = Arrays.copyOf(rubbish, rubbish.length + added.length);
        System.arraycopy(added, 0, content, rubbish.length, added.length);
        assertThat(time.onDisk(MOST, new MemoryDisk(content)).waiting()).isOne();
    }

    @Test
    void aFileOfANewerRelayEndsTheStart() {
        ChangeText text = new ChangeText();
        String head = new String(text.head(), StandardCharsets.UTF_8);
        assertThat(head).contains("{\"format\":1}");
        byte[] newer = text.headOf(2);
        assertThatThrownBy(() -> time.onDisk(MOST, new MemoryDisk(newer)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("newer relay");
    }

    /** Wherever a kill has cut the file, there is what was there before or after the step that was being written. */
    @Test
    void aFileThatIsCutAnywhereHasAllThatWasWrittenBeforeTheCut() {
        LocalOutbox outbox = time.onDisk(4, disk);
        List<Integer> sizes = new ArrayList<>(List.of(0, disk.content().length));
        List<Seen> seen = new ArrayList<>(List.of(Seen.of(outbox), Seen.of(outbox)));
        for (Runnable step : steps(outbox)) {
            step.run();
            store(outbox);
            outbox.turn();
            sizes.add(disk.content().length);
            seen.add(Seen.of(outbox));
        }
        byte[] all = disk.content();
        for (int step = 1; step < sizes.size(); step++) {
            for (int cut = sizes.get(step - 1); cut <= sizes.get(step); cut++) {
                MemoryDisk left = new MemoryDisk(Arrays.copyOf(all, cut));
                LocalOutbox after = time.onDisk(4, left);
                assertThat(Seen.of(after))
                        .as("cut at byte %s, in step %s", cut, step)
                        .isIn(cut == sizes.get(step) ? List.of(seen.get(step)) : seen.subList(step - 1, step + 1));
                after.add(gone(99));
                store(after);
                assertThat(Seen.of(time.onDisk(4, new MemoryDisk(left.content()))))
                        .as("goes on behind a cut at byte %s", cut)
                        .isEqualTo(Seen.of(after));
            }
        }
    }

    /** What can be seen of an outbox. */
    private record Seen(List<Entry> entries, List<Entry> batch, List<Event> watched, Map<ClientId, UserId> present) {
        static Seen of(LocalOutbox outbox) {
            OutboxState state = outbox.state();
            return new Seen(
                    state.entries(),
                    state.batch(),
                    state.watched().stream()
                            .<Event>map(OutboxState.Watch::event)
                            .toList(),
                    Map.copyOf(state.present()));
        }
    }

    private static List<Runnable> steps(LocalOutbox outbox) {
        List<Runnable> steps = new ArrayList<>();
        List<Batch> batches = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            int number = i;
            steps.add(() -> outbox.watch(expired(number), Duration.ofMinutes(1)));
            steps.add(() -> outbox.add(connected(number)));
            steps.add(() -> outbox.received(number - 2));
            steps.add(() -> outbox.add(number % 2 == 0 ? gone(number) : connected(100 + number)));
            if (i % 3 == 0) {
                steps.add(() -> batches.add(next(outbox).orElseThrow()));
            } else if (i % 3 == 2) {
                steps.add(() -> batches.forEach(outbox::taken));
            }
        }
        return steps;
    }

    @Test
    void aRealFileIsForItsOwnerOnlyAndReadAgain(@TempDir Path directory) throws IOException {
        OutboxBounds bounds = OutboxBounds.of(MOST);
        LocalOutbox outbox = LocalOutbox.onDisk(bounds, 10, directory, System::nanoTime, InstantSource.system());
        outbox.start();
        outbox.add(connected(1));
        Batch batch = outbox.next().toCompletableFuture().join().orElseThrow();
        outbox.add(gone(1));
        outbox.stop();
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(directory.resolve("hook-events"));
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("hook-events"))))
                .isEqualTo("rw-------");
        LocalOutbox second = LocalOutbox.onDisk(bounds, 10, directory, System::nanoTime, InstantSource.system());
        second.start();
        assertThat(second.next().toCompletableFuture().join()).contains(batch);
        second.taken(batch).toCompletableFuture().join();
        assertThat(second.next().toCompletableFuture().join().orElseThrow().entries())
                .extracting(Entry::event)
                .containsExactly(gone(1));
        second.stop();
    }

    @Test
    void aDirectoryThatIsNotThereEndsTheStart(@TempDir Path directory) {
        LocalOutbox outbox = LocalOutbox.onDisk(
                OutboxBounds.of(MOST), 10, directory.resolve("none"), System::nanoTime, InstantSource.system());
        assertThatThrownBy(outbox::start)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("hook-events cannot be used");
    }

    @Test
    void aDiskThatHangsDelaysNeitherEventsNorTheEndForLong() {
        LocalOutbox outbox =
                LocalOutbox.onDisk(OutboxBounds.of(MOST), 10_000, disk, "hook-events", time.ticker(), time::now);
        outbox.start();
        disk.hang();
        IntStream.range(0, 2000).forEach(i -> outbox.add(connected(i)));
        CompletableFuture<Optional<Batch>> asked = outbox.next().toCompletableFuture();
        time.advance(Duration.ofSeconds(2));
        outbox.turn();
        assertThat(asked.join()).isPresent();
        outbox.stop();
        disk.answer();
    }

    private void loseTheFile(LocalOutbox outbox) {
        disk.failsSyncs(true);
        outbox.add(connected(1000));
        time.advance(Duration.ofSeconds(1));
        store(outbox);
        disk.failsSyncs(false);
        time.advance(Duration.ofSeconds(1));
        store(outbox);
    }
}
