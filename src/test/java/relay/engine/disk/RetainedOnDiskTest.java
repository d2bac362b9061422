package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.engine.Receiver.Past;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** The retained values of an earlier run are there, whatever has become of the segments that they were written to. */
class RetainedOnDiskTest {
    private static final int DATA_BYTES = 8 << 20;
    private static final MessageOptions SETS = new MessageOptions(Optional.empty(), Optional.empty(), Retain.VALUE);
    private static final MessageOptions CLEARS = new MessageOptions(Optional.empty(), Optional.empty(), Retain.CLEAR);

    private Instant now = Instant.ofEpochSecond(1_800_000_000);
    private TestDisk disk = new TestDisk("boot", 1);
    private Witness witness = new Witness();
    private DiskEngine engine = start(64 << 20);

    @AfterEach
    void stop() {
        engine.stop();
    }

    @Test
    void theNewestOfEachTopicAndRecipientComesBack() {
        set("a", "1");
        set("b", "2");
        publish("a", "not retained", Optional.empty(), MessageOptions.NONE);
        set("a", "4");
        publish("a", "5", Optional.of("ann"), SETS);
        publish("a", "6", Optional.of("bob"), SETS);
        publish("a", "7", Optional.of("ann"), SETS);
        restart();
        assertThat(values())
                .containsExactly(
                        Map.entry("2 b", "2"),
                        Map.entry("4 a", "4"),
                        Map.entry("6 a bob", "6"),
                        Map.entry("7 a ann", "7"));
    }

    @Test
    void aClearedOneDoesNotComeBackAndThoseForOthersStay() {
        set("a", "1");
        publish("a", "2", Optional.of("ann"), SETS);
        publish("a", "3", Optional.of("bob"), SETS);
        publish("a", "null", Optional.empty(), CLEARS);
        publish("a", "null", Optional.of("ann"), CLEARS);
        restart();
        assertThat(values()).containsExactly(Map.entry("3 a bob", "3"));
        set("a", "6");
        restart();
        assertThat(values()).containsExactly(Map.entry("3 a bob", "3"), Map.entry("6 a", "6"));
    }

    @Test
    void aMessageIsTheValueOfAllItsTopics() {
        publish(new Message(topics("a", "b", "c"), Optional.empty(), Text.of("1"), SETS));
        set("b", "2");
        publish(new Message(topics("c", "d"), Optional.empty(), Text.of("null"), CLEARS));
        restart();
        assertThat(values()).containsExactly(Map.entry("1 a", "1"), Map.entry("2 b", "2"));
    }

    @Test
    void itHasItsTimeItsAgeAndItsOptionsThoughItsSegmentIsDeleted() {
        ClientId excluded = ClientId.random();
        long accepted = now.toEpochMilli();
        publish(
                "a",
                "1 ä",
                Optional.of("ann"),
                new MessageOptions(Optional.of(Duration.ofHours(2)), Optional.of(excluded), Retain.VALUE));
        for (int round = 1; round <= 3; round++) {
            overwriteAll();
            now = now.plusSeconds(60);
            restart();
            Past value = witness.retained().get(0);
            assertThat(value.sequence()).isEqualTo(1);
            assertThat(value.timeMillis()).isEqualTo(accepted);
            assertThat(value.ageNanos()).isEqualTo(Duration.ofMinutes(round).toNanos());
            assertThat(value.message().topics()).isEqualTo(topics("a"));
            assertThat(value.message().recipient()).contains(new UserId("ann"));
            assertThat(value.message().text()).hasToString("1 ä");
            assertThat(value.message().options().exclude()).contains(excluded);
            assertThat(value.message().options().ttl()).contains(Duration.ofHours(2));
            assertThat(value.message().options().retain()).isEqualTo(Retain.VALUE);
        }
        now = now.plus(Duration.ofHours(2));
        restart();
        assertThat(witness.retained()).isEmpty();
    }

    @Test
    void whatWasReplacedOrClearedDoesNotComeBackWithADeletedSegment() {
        set("a", "1");
        set("b", "2");
        set("c", "3");
        overwriteAll();
        set("a", "new");
        publish("b", "null", Optional.empty(), CLEARS);
        overwriteAll();
        overwriteAll();
        restart();
        assertThat(values().values()).containsExactly("3", "new");
    }

    @Test
    void anExpiredValueDoesNotLetTheOneBeforeItComeBack() {
        set("a", "1");
        publish(
                "a",
                "2",
                Optional.empty(),
                new MessageOptions(Optional.of(Duration.ofSeconds(10)), Optional.empty(), Retain.VALUE));
        now = now.plusMillis(9_999);
        restart();
        assertThat(values()).containsExactly(Map.entry("2 a", "2"));
        now = now.plusMillis(1);
        restart();
        assertThat(values()).isEmpty();
        overwriteAll();
        restart();
        assertThat(engine.figures().retainedValues()).isZero();
    }

    @Test
    void atTheBoundThoseThatWereSetLongestAgoAreForgotten() {
        restart(3000);
        String text = "x".repeat(400);
        set("a", "1" + text);
        set("b", "2" + text);
        set("c", "3" + text);
        // It is older than the others, and its record is behind theirs.
        overwriteAll();
        set("b", "new" + text);
        restart(3000);
        assertThat(names()).containsExactly("a", "c", "b");
        set("d", "4" + text);
        set("e", "5" + text);
        restart(3000);
        assertThat(names()).containsExactly("c", "b", "d", "e");
        assertThat(engine.figures().retainedValues()).isEqualTo(4);
        set("f", "x".repeat(4000));
        restart(3000);
        assertThat(names()).isEmpty();
    }

    @Test
    void whatWasSetLongestAgoIsForgottenThoughItsRecordIsTheNewest() {
        restart(3000);
        String text = "x".repeat(1000);
        set("first", text);
        fill(8);
        set("second", text);
        fill(5);
        assertThat(witness.trims(1)).isTrue();
        set("third", text);
        restart(3000);
        assertThat(names()).containsExactly("second", "third");
        assertThat(witness.trimmed()).isLessThan(witness.retained().get(0).sequence());
    }

    @Test
    void theyTakeNoMoreThanAQuarterOfTheFiles() {
        for (int i = 0; i < 6; i++) {
            set("topic " + i, "x".repeat(DATA_BYTES / 16));
        }
        restart();
        assertThat(names()).containsExactly("topic 3", "topic 4", "topic 5");
    }

    @Test
    void whatWasNotStoredIsNotTheValue() {
        set("a", "1");
        disk.capacity(disk.used());
        Outcomes refused =
                new Outcomes(new Message(topics("a"), Optional.empty(), Text.of("2"), SETS), Optional.empty());
        engine.publish(refused);
        assertThat(refused.outcome.join()).startsWith("refused");
        disk.capacity(Long.MAX_VALUE);
        now = now.plusSeconds(2);
        engine.journal().orElseThrow().settled().toCompletableFuture().join();
        overwriteAll();
        restart();
        assertThat(values()).containsExactly(Map.entry("1 a", "1"));
    }

    @Test
    void whileTheDiskIsFullNoSegmentGoesThatHoldsTheOnlyRecordOfAValue() {
        set("a", "1");
        fill(3);
        await().untilAsserted(() -> assertThat(engine.figures().segments()).isGreaterThan(1));
        disk.capacity(disk.used());
        Outcomes refused = Outcomes.of("others", "too much");
        engine.publish(refused);
        assertThat(refused.outcome.join()).startsWith("refused");
        now = now.plus(Duration.ofHours(2));
        assertThat(witness.trims(1)).isTrue();
        restart();
        assertThat(values()).containsExactly(Map.entry("1 a", "1"));
    }

    @Test
    void manyAreWrittenAgainALittleAtATime() {
        int count = 3000;
        for (int i = 0; i < count; i++) {
            set("topic " + i, "value " + i);
        }
        overwriteAll();
        restart();
        assertThat(witness.retained()).hasSize(count);
        assertThat(witness.retained())
                .allSatisfy(value -> assertThat(value.message().text()).hasToString("value " + (value.sequence() - 1)));
    }

    @Test
    void withAShortAgeTheyAreNotWrittenAgainAndAgain() {
        engine.stop();
        disk = new TestDisk("boot", 1);
        engine = start(64 << 20, Duration.ofMillis(100));
        for (int i = 0; i < 4; i++) {
            set("topic " + i, "x".repeat(DATA_BYTES / 20));
        }
        for (int i = 0; i < 50; i++) {
            now = now.plusSeconds(1);
            set("pulse", "beat " + i);
        }
        await().until(() -> engine.figures().segments() <= 4);
        // Each was written again about once.
        assertThat(disk.written()).isLessThan(4L * DATA_BYTES);
        restart();
        assertThat(names()).containsExactly("topic 0", "topic 1", "topic 2", "topic 3", "pulse");
    }

    private long set(String topic, String text) {
        return publish(topic, text, Optional.empty(), SETS);
    }

    private long publish(String topic, String text, Optional<String> user, MessageOptions options) {
        return publish(new Message(topics(topic), user.map(UserId::new), Text.of(text), options));
    }

    private long publish(Message message) {
        Outcomes outcomes = new Outcomes(message, Optional.empty());
        engine.publish(outcomes);
        return outcomes.id.join().sequence();
    }

    private static List<Topic> topics(String... names) {
        return Stream.of(names).map(Topic::new).toList();
    }

    private void fill(int messages) {
        for (int i = 0; i < messages; i++) {
            publish("others", "x".repeat(DATA_BYTES / 10), Optional.empty(), MessageOptions.NONE);
        }
    }

    /** Publishes so much that all segments so far are deleted. */
    private void overwriteAll() {
        fill(1);
        long last = publish("others", "last", Optional.empty(), MessageOptions.NONE);
        fill(20);
        assertThat(witness.trims(last)).isTrue();
    }

    private List<String> names() {
        return witness.retained().stream()
                .map(value -> value.message().topic().name())
                .toList();
    }

    /** By sequence, topic and recipient. */
    private Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        witness.retained().forEach(value -> {
            Message message = value.message();
            values.put(
                    value.sequence() + " " + message.topic()
                            + message.recipient().map(user -> " " + user).orElse(""),
                    message.text().toString());
        });
        return values;
    }

    private void restart() {
        restart(64 << 20);
    }

    private void restart(long retainedBytes) {
        engine.stop();
        engine = start(retainedBytes);
    }

    private DiskEngine start(long retainedBytes) {
        return start(retainedBytes, Duration.ofHours(1));
    }

    private DiskEngine start(long retainedBytes, Duration age) {
        DiskOptions options = new DiskOptions(
                Path.of("dir"),
                Sync.BATCH,
                DATA_BYTES,
                age,
                1_000_000,
                Duration.ofHours(1),
                100,
                Duration.ofHours(1),
                retainedBytes);
        DiskEngine started = new DiskEngine(options, () -> now, () -> disk);
        witness = new Witness();
        started.start(witness);
        return started;
    }
}
