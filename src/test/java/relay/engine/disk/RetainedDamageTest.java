package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import relay.engine.IdempotencyKey;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/**
 * What a start makes of retained values in files that are not as they were written: a value is what the messages say that can be read, so
 * one before it comes back if the message is damaged that replaced or cleared it.
 */
class RetainedDamageTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);
    private static final String FIRST = Segment.name(0);
    private static final int DATA_BYTES = 8 << 20;

    private final TestDisk disk = new TestDisk("boot", 1);
    private final Map<Long, Message> written = new TreeMap<>();
    private Witness witness = new Witness();

    @Test
    void inALogThatIsCutAnywhereTheyAreWhatItsBeginningSays() {
        writeAll();
        byte[] whole = disk.content(FIRST);
        for (int length = Header.BYTES; length < whole.length; length++) {
            Map<String, String> found = values(copyWith(FIRST, Arrays.copyOf(whole, length)));
            assertThat(found)
                    .as("cut at " + length)
                    .isEqualTo(valuesOf(witness.messages().keySet()));
        }
    }

    @Test
    void inALogWithAnyBitWrongTheyAreWhatTheGoodMessagesSay() {
        writeAll();
        byte[] whole = disk.content(FIRST);
        for (int at = Header.BYTES; at < whole.length; at++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                byte[] wrong = whole.clone();
                wrong[at] ^= (byte) (1 << bit);
                Map<String, String> found = values(copyWith(FIRST, wrong));
                assertThat(written.size() - witness.messages().size()).isLessThanOrEqualTo(1);
                assertThat(found)
                        .as("bit " + bit + " of " + at)
                        .isEqualTo(valuesOf(witness.messages().keySet()));
            }
        }
    }

    @Test
    void anOlderValueIsBackIfTheMessageIsDamagedThatReplacedOrClearedIt() {
        DiskEngine engine = start(disk);
        MessageOptions sets = options(Retain.VALUE);
        publish(engine, message("old", sets, "a"));
        publish(engine, message("cleared", sets, "b"));
        publish(engine, message("new", sets, "a"));
        publish(engine, message("null", options(Retain.CLEAR), "b"));
        publish(engine, message("the end", MessageOptions.NONE, "c"));
        engine.stop();
        byte[] content = disk.content(FIRST);
        content[indexOf(content, "new")] ^= 1;
        assertThat(values(copyWith(FIRST, content))).containsExactly(Map.entry("a", "old"));
        content[indexOf(content, "null")] ^= 1;
        assertThat(values(copyWith(FIRST, content))).containsExactly(Map.entry("a", "old"), Map.entry("b", "cleared"));
        assertThat(witness.damaged()).containsExactly(new Witness.Range(2, 4));
    }

    @Test
    void ofValuesThatWereWrittenAgainADamagedOneIsLostAndTheOthersStay() throws IOException {
        DiskEngine engine = start(disk);
        for (String topic : List.of("a", "b", "c")) {
            publish(engine, message("value of " + topic, options(Retain.VALUE), topic));
        }
        for (int i = 0; i < 20; i++) {
            publish(engine, message("x".repeat(DATA_BYTES / 10), MessageOptions.NONE, "others"));
        }
        assertThat(witness.trims(3)).isTrue();
        engine.stop();
        Map<String, String> all = values(disk.afterKill(1));
        assertThat(all).containsOnlyKeys("a", "b", "c");
        int messages = witness.messages().size();
        String name = segmentWith("value of b");
        byte[] content = disk.content(name);
        int from = indexOf(content, "value of b") - 2 * Layout.PAYLOAD_AT;
        for (int at = from; at < from + 2 * Layout.PAYLOAD_AT + "value of b".length(); at++) {
            byte[] wrong = content.clone();
            wrong[at] ^= (byte) (1 << (at % Byte.SIZE));
            Map<String, String> found = values(copyWith(name, wrong));
            assertThat(all).containsAllEntriesOf(found);
            assertThat(found).as("byte " + at).hasSize(2);
            assertThat(witness.messages()).hasSize(messages);
            assertThat(witness.damaged()).isEmpty();
            DiskInspection seen = DiskInspection.of(copyWith(name, wrong), Path.of("dir"), NOW.toEpochMilli());
            assertThat(seen.retainedValues()).isEqualTo(2);
            assertThat(seen.damage())
                    .singleElement()
                    .satisfies(damage -> assertThat(damage.messages()).isZero());
        }
    }

    /** Values of all kinds, some of them replaced and cleared. */
    private void writeAll() {
        DiskEngine engine = start(disk);
        MessageOptions sets = options(Retain.VALUE);
        MessageOptions clears = options(Retain.CLEAR);
        publish(engine, message("1", sets, "a"));
        publish(engine, message("2", sets, "b"));
        publish(engine, message("3", sets, "a"));
        publish(engine, message("4", MessageOptions.NONE, "a"));
        publish(engine, message("null", clears, "b"));
        publish(engine, message("6", sets, "b", "c", "d"));
        Message toAnn = new Message(
                List.of(new Topic("a"), new Topic("b")),
                Optional.of(new UserId("ann")),
                Text.of("7"),
                new MessageOptions(Optional.of(Duration.ofHours(1)), Optional.of(ClientId.random()), Retain.VALUE));
        publish(engine, new Outcomes(toAnn, Optional.of(new IdempotencyKey("key", "print"))));
        publish(engine, message("null", clears, "c", "a"));
        publish(engine, message("9", sets, "c"));
        engine.stop();
        assertThat(values(disk.afterKill(1))).containsOnlyKeys("b", "c", "d", "a for ann", "b for ann");
    }

    private static MessageOptions options(Retain retain) {
        return new MessageOptions(Optional.empty(), Optional.empty(), retain);
    }

    private static Message message(String text, MessageOptions options, String... topics) {
        return new Message(Stream.of(topics).map(Topic::new).toList(), Optional.empty(), Text.of(text), options);
    }

    private void publish(DiskEngine engine, Message message) {
        publish(engine, new Outcomes(message, Optional.empty()));
    }

    private void publish(DiskEngine engine, Outcomes outcomes) {
        engine.publish(outcomes);
        written.put(outcomes.id.join().sequence(), outcomes.message());
    }

    /** What the values are by these messages alone. */
    private Map<String, String> valuesOf(Set<Long> sequences) {
        Map<String, String> values = new TreeMap<>();
        written.forEach((sequence, message) -> {
            for (Topic topic : message.topics()) {
                if (sequences.contains(sequence) && message.options().retain() == Retain.VALUE) {
                    values.put(name(message.on(topic)), message.text().toString());
                } else if (sequences.contains(sequence) && message.options().retain() == Retain.CLEAR) {
                    values.remove(name(message.on(topic)));
                }
            }
        });
        return values;
    }

    /** What a start finds. */
    private Map<String, String> values(TestDisk on) {
        start(on).stop();
        Map<String, String> values = new TreeMap<>();
        witness.retained()
                .forEach(value ->
                        values.put(name(value.message()), value.message().text().toString()));
        return values;
    }

    private static String name(Message message) {
        return message.topic().name()
                + message.recipient().map(user -> " for " + user).orElse("");
    }

    private DiskEngine start(TestDisk on) {
        DiskOptions options = TestOptions.of(Path.of("dir"), Sync.BATCH, DATA_BYTES);
        DiskEngine engine = new DiskEngine(options, () -> NOW, () -> on);
        witness = new Witness();
        engine.start(witness);
        return engine;
    }

    private TestDisk copyWith(String name, byte[] content) {
        TestDisk copy = disk.afterKill(1);
        copy.put(name, content);
        return copy;
    }

    private String segmentWith(String text) throws IOException {
        return disk.names().stream()
                .filter(name -> Segment.base(name).isPresent() && indexOf(disk.content(name), text) >= 0)
                .findFirst()
                .orElseThrow();
    }

    private static int indexOf(byte[] content, String text) {
        return new String(content, StandardCharsets.ISO_8859_1).lastIndexOf(text);
    }
}
