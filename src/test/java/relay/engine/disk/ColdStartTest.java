package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import relay.engine.IdempotencyKey;
import relay.engine.Journal;
import relay.engine.Publication;
import relay.engine.Registration;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/** Writes a log of 1 GiB with 100,000 registrations and reads it again; says how long each took. Run by {@code -Drelay.disk.cold=true}. */
@EnabledIfSystemProperty(named = "relay.disk.cold", matches = "true")
class ColdStartTest {
    private static final int REGISTRATIONS = 100_000;
    private static final int TOPICS = 1000;
    private static final long BYTES = 1L << 30;

    @TempDir
    private Path directory;

    /** The same message again and again, so many under way at a time. */
    private record Flood(Message message, Semaphore room) implements Publication {
        @Override
        public Optional<IdempotencyKey> key() {
            return Optional.empty();
        }

        @Override
        public Optional<Duration> confirm() {
            return Optional.empty();
        }

        @Override
        public void stored(MessageId id, int relays, boolean here) {
            room.release();
        }

        @Override
        public void repeated(MessageId id, Optional<String> answer) {
            throw new AssertionError();
        }

        @Override
        public void refused(RuntimeException cause) {
            throw new AssertionError(cause);
        }

        @Override
        public void droppedElsewhere() {}

        @Override
        public void elsewhere(String relay, int queued, int acknowledged) {}
    }

    @Test
    void aLogOfOneGibibyteIsReady(TestReporter reporter) throws Exception {
        DiskOptions options = new DiskOptions(
                directory,
                Sync.BATCH,
                2 * BYTES,
                Duration.ofDays(1),
                1L << 40,
                Duration.ofDays(1),
                100_000,
                Duration.ofDays(1),
                64 << 20);
        DiskEngine engine = new DiskEngine(options, InstantSource.system());
        engine.start(new Counting());
        Journal journal = engine.journal().orElseThrow();
        CompletableFuture<?> last = CompletableFuture.completedFuture(null);
        for (int i = 0; i < REGISTRATIONS; i++) {
            last = journal.add(new Registration(
                            ClientId.random(),
                            new UserId("user " + i),
                            Map.of(topic(i), 0L, topic(i + 1), 0L),
                            TopicFilter.ANY,
                            TopicFilter.ANY,
                            Duration.ofDays(1),
                            Optional.empty()))
                    .toCompletableFuture();
            if (i % 1000 == 0) {
                last.join();
            }
        }
        last.join();
        long begun = System.nanoTime();
        Semaphore room = new Semaphore(50_000);
        Flood[] messages = new Flood[TOPICS];
        for (int i = 0; i < TOPICS; i++) {
            messages[i] = new Flood(new Message(topic(i), Optional.empty(), Text.of("x".repeat(100))), room);
        }
        long count = 0;
        while (engine.figures().bytes() < BYTES) {
            room.acquire();
            engine.publish(messages[(int) (count++ % TOPICS)]);
        }
        room.acquire(50_000);
        double written = (System.nanoTime() - begun) / 1e9;
        engine.stop();
        DiskEngine again = new DiskEngine(options, InstantSource.system());
        Counting counting = new Counting();
        again.start(counting);
        reporter.publishEntry(Map.of(
                "messages", Long.toString(count),
                "messages/s written", Long.toString((long) (count / written)),
                "seconds to start", Double.toString(again.figures().recoverySeconds())));
        assertThat(counting.messageCount).isEqualTo(count);
        assertThat(counting.entryCount).isEqualTo(REGISTRATIONS);
        again.stop();
    }

    private static Topic topic(int number) {
        return new Topic("topic." + number % TOPICS);
    }
}
