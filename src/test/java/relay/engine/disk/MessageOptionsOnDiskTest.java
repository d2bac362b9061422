package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.client.Overflow;
import relay.engine.IdempotencyKey;
import relay.engine.Receiver.Past;
import relay.engine.Registration;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/** What a message may have beside one topic and a text, and when it was accepted, is the same after a start. */
class MessageOptionsOnDiskTest {
    private static final UserId ANN = new UserId("ann");

    private Instant now = Instant.ofEpochSecond(1_800_000_000);
    private final TestDisk disk = new TestDisk("boot", 1);
    private Witness witness = new Witness();
    private DiskEngine engine = start();

    @AfterEach
    void stop() {
        engine.stop();
    }

    @Test
    void allOfAMessageComesBackWithItsTimeAndItsAge() {
        Message everything = new Message(
                IntStream.range(0, Message.MOST_TOPICS)
                        .mapToObj(i -> new Topic("topic " + i))
                        .toList(),
                Optional.of(ANN),
                Text.of("text ä"),
                new MessageOptions(
                        Optional.of(MessageOptions.LONGEST_TTL),
                        Optional.of(ClientId.random()),
                        Retain.VALUE,
                        Optional.of(new UserId("\n, ☃ ".repeat(40)))));
        Message ofAClient = message("of a client", MessageOptions.from(ANN));
        Message excluding =
                message("x", new MessageOptions(Optional.empty(), Optional.of(ClientId.random()), Retain.NO));
        Message clearing = message("null", new MessageOptions(Optional.empty(), Optional.empty(), Retain.CLEAR));
        Message plain = message("plain", MessageOptions.NONE);
        Instant accepted = now;
        publish(new Outcomes(everything, Optional.of(new IdempotencyKey("key", "print"))));
        publish(excluding);
        publish(clearing);
        publish(plain);
        publish(ofAClient);
        now = now.plusSeconds(7);
        assertThat(engine.figures().retainedValues()).isEqualTo(Message.MOST_TOPICS);
        restart();
        assertThat(witness.messages().values())
                .extracting(Witness.Restored::topics)
                .containsExactly(
                        everything.topics(), excluding.topics(), clearing.topics(), plain.topics(), ofAClient.topics());
        assertThat(witness.messages().get(1L).recipient()).contains(ANN);
        now = now.plusSeconds(5);
        List<Past> past = past();
        assertThat(past)
                .extracting(one -> one.message().text().toString())
                .containsExactly("text ä", "x", "null", "plain", "of a client");
        assertThat(past)
                .extracting(one -> one.message().options())
                .containsExactly(
                        everything.options(),
                        excluding.options(),
                        clearing.options(),
                        MessageOptions.NONE,
                        ofAClient.options());
        assertThat(past.get(0).message().topics()).isEqualTo(everything.topics());
        assertThat(past.get(3).message().isPlain()).isTrue();
        assertThat(past).allSatisfy(one -> {
            assertThat(one.timeMillis()).isEqualTo(accepted.toEpochMilli());
            assertThat(one.ageNanos()).isEqualTo(Duration.ofSeconds(12).toNanos());
        });
        Outcomes again = new Outcomes(everything, Optional.of(new IdempotencyKey("key", "print")));
        publish(again);
        assertThat(again.outcome.join()).isEqualTo("repeated 1 ?");
    }

    @Test
    void aMessageThatHasExpiredIsNotBroughtAndItsKeyIsKnown() {
        MessageOptions aMinute = new MessageOptions(Optional.of(Duration.ofMinutes(1)), Optional.empty(), Retain.NO);
        publish(new Outcomes(message("early", aMinute), Optional.of(new IdempotencyKey("key", "print"))));
        now = now.plusMillis(1);
        publish(message("late", aMinute));
        publish(message("for ever", MessageOptions.NONE));
        now = now.plusMillis(59_999);
        restart();
        assertThat(witness.texts(engine)).containsExactly("late", "for ever");
        Outcomes again = new Outcomes(message("early", aMinute), Optional.of(new IdempotencyKey("key", "print")));
        publish(again);
        assertThat(again.outcome.join()).isEqualTo("repeated 1 ?");
        assertThat(publish(message("next", MessageOptions.NONE))).isEqualTo(4);
    }

    @Test
    void theTimeNeverGoesBackThoughTheClockDoes() {
        publish(message("first", MessageOptions.NONE));
        long first = now.toEpochMilli();
        now = now.minusSeconds(60);
        publish(message("second", MessageOptions.NONE));
        restart();
        publish(message("third", MessageOptions.NONE));
        restart();
        now = now.plusSeconds(61);
        publish(message("fourth", MessageOptions.NONE));
        assertThat(past()).extracting(Past::timeMillis).containsExactly(first, first, first, now.toEpochMilli());
        assertThat(past())
                .extracting(Past::ageNanos)
                .containsExactly(1_000_000_000L, 1_000_000_000L, 1_000_000_000L, 0L);
    }

    @Test
    void theTimeNeverGoesBackThoughAllMessagesAreGone() {
        long old = now.toEpochMilli();
        publish(message("x".repeat(1 << 20), MessageOptions.NONE));
        // The next segment is begun while the clock is behind.
        now = now.minusSeconds(60);
        engine.journal().orElseThrow().settled().toCompletableFuture().join();
        now = now.plus(Duration.ofHours(2));
        await().until(() -> engine.figures().messages() == 0);
        now = Instant.ofEpochMilli(old).minusSeconds(60);
        restart();
        publish(message("new", MessageOptions.NONE));
        assertThat(past())
                .singleElement()
                .satisfies(one -> assertThat(one.timeMillis()).isGreaterThanOrEqualTo(old));
    }

    @Test
    void aRegistrationKeepsWhatHappensWhenItsQueueIsFull() {
        Registration registration = new Registration(
                ClientId.random(),
                ANN,
                Map.of(new Topic("orders.*"), 0L, new Topic("news.**"), 3L),
                TopicFilter.ANY,
                TopicFilter.ANY,
                TopicFilter.NONE,
                Duration.ofHours(1),
                Overflow.CATCHUP,
                Optional.empty());
        engine.journal().orElseThrow().add(registration).toCompletableFuture().join();
        engine.journal()
                .orElseThrow()
                .renewed(registration.id(), TopicFilter.ANY, Optional.of(now.plusSeconds(60)))
                .toCompletableFuture()
                .join();
        restart();
        Registration restored = witness.entries().get(registration.id()).registration();
        assertThat(restored.overflow()).isEqualTo(Overflow.CATCHUP);
        assertThat(restored.topics()).isEqualTo(registration.topics());
        assertThat(restored.ends()).contains(now.plusSeconds(60));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aLogOfAFormerFormatGoesOnInANewSegment(int format) {
        publish(message("old", MessageOptions.NONE));
        engine.stop();
        String first = Segment.name(0);
        disk.put(first, Formats.asFormat(format, disk.content(first)));
        byte[] before = disk.content(first);
        engine = start();
        assertThat(witness.texts(engine)).containsExactly("old");
        assertThat(publish(message("new", MessageOptions.from(ANN)))).isEqualTo(2);
        restart();
        restart();
        assertThat(witness.texts(engine)).containsExactly("old", "new");
        assertThat(witness.epochs().epochs()).hasSize(1);
        assertThat(disk.content(first)).isEqualTo(before);
        assertThat(Formats.of(disk.content(Segment.name(before.length)))).isEqualTo(Header.VERSION);
        assertThat(engine.figures().segments()).isEqualTo(2);
    }

    private static Message message(String text, MessageOptions options) {
        return new Message(List.of(new Topic("cats")), Optional.empty(), Text.of(text), options);
    }

    private long publish(Message message) {
        return publish(new Outcomes(message, Optional.empty()));
    }

    private long publish(Outcomes message) {
        engine.publish(message);
        return message.id.join().sequence();
    }

    private List<Past> past() {
        long[] locations = witness.messages().values().stream()
                .mapToLong(Witness.Restored::location)
                .toArray();
        return engine.archive().orElseThrow().read(locations, 1 << 20).toCompletableFuture().join().stream()
                .map(Optional::orElseThrow)
                .toList();
    }

    private void restart() {
        engine.stop();
        engine = start();
    }

    private DiskEngine start() {
        DiskOptions options = TestOptions.of(Path.of("dir"), Sync.BATCH, 8 << 20);
        DiskEngine started = new DiskEngine(options, () -> now, () -> disk);
        witness = new Witness();
        started.start(witness);
        return started;
    }
}
