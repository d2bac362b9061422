package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import relay.engine.IdempotencyKey;
import relay.engine.Receiver;
import relay.engine.Registration;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/** What a start makes of files that are not as they were written. */
class DamageTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);
    private static final String FIRST = Segment.name(0);
    private static final int MESSAGES = 4;

    private final TestDisk disk = new TestDisk("boot", 1);
    private final Map<Long, String> written = new HashMap<>();
    private Witness witness = new Witness();

    @Test
    void aLogThatIsCutAnywhereGivesItsBeginning() {
        write();
        byte[] whole = disk.content(FIRST);
        for (int length = 0; length < whole.length; length += length < Header.BYTES - 63 ? 63 : 1) {
            TestDisk cut = copyWith(Arrays.copyOf(whole, length));
            Map<Long, String> found = messages(cut);
            assertThat(found.keySet()).as("cut at " + length).isEqualTo(firstOnes(found.size()));
            assertThat(written).containsAllEntriesOf(found);
            assertThat(witness.damaged()).isEmpty();
            boolean hadHeader = length >= Header.BYTES;
            // It was stopped well, so its end is known: what is missing was seen by clients.
            assertThat(witness.epochs().epochs()).hasSize(hadHeader ? 2 : 1);
        }
    }

    @Test
    void aLogWithAnyBitWrongGivesAllButWhatIsSaidToBeDamaged() {
        write();
        byte[] whole = disk.content(FIRST);
        // The padding of the header's copies does not differ from byte to byte.
        for (int at = 0; at < whole.length; at += at % 4096 > 100 && at < Header.BYTES - 8 ? 91 : 1) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                byte[] wrong = whole.clone();
                wrong[at] ^= (byte) (1 << bit);
                Map<Long, String> found = messages(copyWith(wrong));
                assertThat(written).as("bit " + bit + " of " + at).containsAllEntriesOf(found);
                boolean newEpoch = witness.epochs().epochs().size() > 1;
                for (long sequence : written.keySet()) {
                    boolean said = newEpoch
                            || witness.damaged().stream()
                                    .anyMatch(range -> range.after() < sequence && sequence <= range.through());
                    assertThat(found.containsKey(sequence) || said)
                            .as("message " + sequence + ", bit " + bit + " of " + at)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void ofTwoCopiesOfAHeaderOneIsEnough() {
        write();
        for (int copy = 0; copy < 2; copy++) {
            byte[] content = disk.content(FIRST);
            Arrays.fill(content, copy * 4096, (copy + 1) * 4096, (byte) 0);
            assertThat(messages(copyWith(content))).isEqualTo(written);
            assertThat(witness.epochs().epochs()).hasSize(1);
        }
    }

    @Test
    void withoutAnyHeaderALogBeginsAnewAndItsFileIsKept() {
        write();
        byte[] content = disk.content(FIRST);
        Arrays.fill(content, 0, Header.BYTES, (byte) 0);
        TestDisk damaged = copyWith(content);
        assertThat(messages(damaged)).isEmpty();
        assertThat(damaged.content(FIRST)).isEqualTo(content);
    }

    @Test
    void aMissingSegmentIsAGap() {
        writeSegments();
        List<String> names = segments(disk);
        assertThat(names).hasSizeGreaterThan(3);
        disk.remove(names.get(1));
        Map<Long, String> found = messages(disk);
        assertThat(written).containsAllEntriesOf(found);
        assertThat(witness.damaged()).hasSize(1);
        Witness.Range range = witness.damaged().get(0);
        assertThat(found).hasSize((int) (written.size() - (range.through() - range.after())));
    }

    @Test
    void theEndOfAnOlderSegmentIsAGapAndNotCutOff() {
        writeSegments();
        String name = segments(disk).get(1);
        byte[] content = disk.content(name);
        content[content.length - 1] ^= 1;
        disk.put(name, content);
        Map<Long, String> found = messages(disk);
        assertThat(witness.damaged()).hasSize(1);
        assertThat(found).hasSize(written.size() - 1);
        assertThat(disk.content(name)).hasSameSizeAs(content);
    }

    @Test
    void whatLooksLikeARecordInAMessageIsNone() {
        DiskEngine engine = start(disk, Sync.BATCH);
        publish(engine, "before");
        // What a publisher can know: the format, not the seal.
        byte[] body = new byte[60];
        ByteBuffer forged = ByteBuffer.wrap(body);
        forged.putInt(0x41414141).putInt(body.length - Layout.BODY_AT).putInt(0);
        forged.put(Layout.MESSAGE).putLong(1).putLong(NOW.toEpochMilli()).put((byte) 0);
        Layout.putText(forged, Layout.utf8("cats"));
        CRC32C checksum = new CRC32C();
        checksum.update(body, Layout.BODY_AT, body.length - Layout.BODY_AT);
        forged.putInt(Layout.CHECKSUM_AT, (int) checksum.getValue() & 0x7f7f7f7f);
        for (int i = 0; i < body.length; i++) {
            body[i] &= 0x7f;
        }
        publish(engine, new String(body, StandardCharsets.UTF_8).repeat(20));
        publish(engine, "after");
        engine.stop();
        byte[] content = disk.content(FIRST);
        int second = Header.BYTES + Layout.BODY_AT + ByteBuffer.wrap(content).getInt(Header.BYTES + Layout.LENGTH_AT);
        content[second + Layout.LENGTH_AT] ^= 1;
        disk.put(FIRST, content);
        assertThat(messages(disk)).containsOnlyKeys(1L, 3L);
        assertThat(witness.damaged()).containsExactly(new Witness.Range(1, 2));
    }

    @Test
    void whatCannotBeReadIsDamaged() {
        writeSegments();
        String name = segments(disk).get(1);
        disk.cannotRead(name, Header.BYTES + 1000);
        assertThat(messages(disk)).hasSize(written.size() - 1);
        assertThat(witness.damaged()).hasSize(1);
    }

    @Test
    void aNewerFormatEndsTheStart() {
        write();
        byte[] content = disk.content(FIRST);
        for (int copy = 0; copy < 2; copy++) {
            ByteBuffer prefix = ByteBuffer.wrap(content, copy * 4096, 16).slice();
            prefix.putInt(8, Header.VERSION + 1);
            CRC32C checksum = new CRC32C();
            checksum.update(prefix.slice(0, 12));
            prefix.putInt(12, (int) checksum.getValue());
        }
        disk.put(FIRST, content);
        assertThatThrownBy(() -> start(disk, Sync.BATCH))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("written by a newer relay (format " + (Header.VERSION + 1) + ")");
        assertThat(disk.content(FIRST)).isEqualTo(content);
    }

    @Test
    void aBackupThatComesWithoutItsLockBeginsANewEpoch() {
        write();
        String before = witness.epochs().current().name();
        disk.remove(LockFile.NAME);
        assertThat(messages(disk)).isEqualTo(written);
        assertThat(witness.epochs().epochs()).hasSize(2);
        assertThat(witness.epochs().current().name()).isNotEqualTo(before);
        assertThat(witness.epochs().epochs().get(0).lossy()).isTrue();
        assertThat(witness.reached()).isGreaterThan(1_000_000_000);
    }

    @Test
    void aPowerCutWithoutSyncsBeginsANewEpochAndAKillDoesNot() {
        write(Sync.NONE);
        DiskEngine engine = start(disk, Sync.NONE);
        publish(engine, "five");
        TestDisk killed = disk.afterKill(1);
        TestDisk cut = disk.afterPowerCut("another boot", 1);
        engine.stop();
        assertThat(messages(killed)).hasSize(MESSAGES + 1);
        assertThat(witness.epochs().epochs()).hasSize(1);
        messages(cut);
        assertThat(witness.epochs().epochs()).hasSize(2);
    }

    @Test
    void whatAStartFindsIsSyncedBeforeClientsSeeIt() {
        DiskEngine engine = start(disk, Sync.BATCH);
        publish(engine, "one");
        // Killed between the write and the sync.
        disk.diesAfter(1);
        Outcomes two = Outcomes.of("cats", "two");
        engine.publish(two);
        assertThat(two.outcome.join()).contains("not known");
        engine.stop();
        TestDisk killed = disk.afterKill(1);
        DiskEngine again = start(killed, Sync.BATCH);
        assertThat(witness.messages()).containsOnlyKeys(1L, 2L);
        for (int seed = 0; seed < 20; seed++) {
            assertThat(messages(killed.afterPowerCut("later", seed))).containsOnlyKeys(1L, 2L);
        }
        again.stop();
    }

    @Test
    void aCrashAtTheStartOfANewEpochDoesNotForgetWhyItBegan() {
        write();
        disk.remove(LockFile.NAME);
        for (int calls = 0; calls < 12; calls++) {
            TestDisk dying = disk.afterKill(calls);
            dying.diesAfter(calls);
            try {
                start(dying, Sync.BATCH).stop();
            } catch (InvalidInputException e) {
                assertThat(e).hasMessageContaining("the disk is dead");
            }
            assertThat(messages(dying.afterKill(calls))).isEqualTo(written);
            assertThat(witness.epochs().epochs()).hasSizeGreaterThan(1);
        }
    }

    @Test
    void anInspectionSaysWhatIsThere() throws Exception {
        writeSegments();
        List<String> names = segments(disk);
        byte[] content = disk.content(names.get(1));
        content[Header.BYTES + Layout.PAYLOAD_AT] ^= 1;
        disk.put(names.get(1), content);
        DiskInspection seen = DiskInspection.of(disk, Path.of("dir"), NOW.toEpochMilli());
        assertThat(seen.messages()).isEqualTo(written.size() - 1);
        assertThat(seen.segments())
                .extracting(DiskInspection.SegmentFigures::name)
                .isEqualTo(names);
        assertThat(seen.registrations()).isEqualTo(1);
        assertThat(seen.idempotencyKeys()).isEqualTo(1);
        assertThat(seen.damage()).hasSize(1);
        assertThat(seen.damage().get(0).file()).isEqualTo(names.get(1));
        assertThat(seen.damage().get(0).messages()).isEqualTo(1);
        assertThat(seen.epochs()).hasSize(1);
        assertThat(seen.lastRun().orElseThrow().stopped()).isTrue();
        assertThat(disk.content(names.get(1))).isEqualTo(content);
    }

    private void write() {
        write(Sync.BATCH);
    }

    /** Messages, a registration and a key, stopped well. */
    private void write(Sync sync) {
        DiskEngine engine = start(disk, sync);
        for (String text : List.of("one", "two", "three")) {
            publish(engine, text);
        }
        add(engine);
        Outcomes keyed = Outcomes.keyed("key", "print", "four");
        engine.publish(keyed);
        written.put(keyed.id.join().sequence(), "four");
        engine.remember(new IdempotencyKey("key", "print"), "answer")
                .toCompletableFuture()
                .join();
        engine.stop();
    }

    /** Several segments. */
    private void writeSegments() {
        write();
        DiskEngine engine = start(disk, Sync.BATCH);
        for (int i = 0; i < 12; i++) {
            publish(engine, ("text " + i).repeat(60_000));
        }
        engine.stop();
    }

    private void publish(DiskEngine engine, String text) {
        Outcomes message = Outcomes.of("cats", text);
        engine.publish(message);
        written.put(message.id.join().sequence(), text);
    }

    private static void add(DiskEngine engine) {
        engine.journal()
                .orElseThrow()
                .add(new Registration(
                        ClientId.random(),
                        new UserId("ann"),
                        Map.of(new Topic("cats"), 0L),
                        TopicFilter.ANY,
                        TopicFilter.ANY,
                        Duration.ofDays(1),
                        Optional.empty()))
                .toCompletableFuture()
                .join();
    }

    private DiskEngine start(TestDisk on, Sync sync) {
        DiskOptions options = TestOptions.of(Path.of("dir"), sync, 8 << 20);
        DiskEngine engine = new DiskEngine(options, () -> NOW, () -> on);
        witness = new Witness();
        engine.start(witness);
        return engine;
    }

    /** What a start finds. */
    private Map<Long, String> messages(TestDisk on) {
        DiskEngine engine = start(on, Sync.BATCH);
        Map<Long, String> texts = new HashMap<>();
        witness.messages().forEach((sequence, message) -> {
            List<Optional<Receiver.Past>> read = engine.archive()
                    .orElseThrow()
                    .read(new long[] {message.location()}, 1)
                    .toCompletableFuture()
                    .join();
            texts.put(sequence, read.get(0).orElseThrow().message().text().toString());
        });
        engine.stop();
        return texts;
    }

    private TestDisk copyWith(byte[] segment) {
        TestDisk copy = disk.afterKill(1);
        copy.put(FIRST, segment);
        return copy;
    }

    private static List<String> segments(TestDisk on) {
        try {
            return new ArrayList<>(on.names().stream()
                    .filter(name -> Segment.base(name).isPresent())
                    .toList());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<Long> firstOnes(int count) {
        Set<Long> ones = new HashSet<>();
        for (long i = 1; i <= count; i++) {
            ones.add(i);
        }
        return ones;
    }
}
