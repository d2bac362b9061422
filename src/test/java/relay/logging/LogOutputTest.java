package relay.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever logs never waits for whoever reads the log. */
class LogOutputTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch read = new CountDownLatch(1);
    private final AtomicBoolean failing = new AtomicBoolean();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final LoggerContext log = new LoggerContext();
    private final LogLine line = new LogLine();
    private final LogOutput output = new LogOutput(line, new Pipe());

    /** Takes nothing until somebody reads. */
    private final class Pipe extends OutputStream {
        @Override
        public void write(int one) {
            throw new AssertionError("one at a time");
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            blocked.countDown();
            try {
                read.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (failing.get()) {
                throw new IOException("broken pipe");
            }
            synchronized (written) {
                written.write(bytes, from, length);
            }
        }
    }

    @BeforeEach
    void start() {
        line.start();
        output.setContext(log);
        output.start();
    }

    @AfterEach
    void stop() {
        read.countDown();
        output.stop();
    }

    @Test
    void whatNobodyReadsIsDroppedAtTheBoundAndSaidWhereItIsMissing() {
        int lines = LogOutput.MAX_BYTES / 100;
        for (int i = 0; i < lines; i++) {
            log("x".repeat(100) + i);
        }
        long dropped = output.dropped();
        assertThat(dropped).isBetween(1L, (long) lines / 2);
        read.countDown();
        await().atMost(LONG).until(() -> text().contains("are missing here"));
        log("afterwards");
        await().atMost(LONG).until(() -> text().contains("afterwards"));
        List<String> all = text().lines().toList();
        assertThat(all).hasSize((int) (lines - dropped) + 2);
        for (int i = 0; i < lines - dropped; i++) {
            assertThat(all.get(i)).endsWith("x" + i);
        }
        assertThat(all.get(all.size() - 2))
                .contains("the log was not read in time: " + dropped + " lines are missing here");
        assertThat(output.dropped()).isEqualTo(dropped);
    }

    @Test
    void theEndWritesWhatWaitsAndWhatWasLeftOut() {
        read.countDown();
        for (int i = 0; i < 1_000; i++) {
            log("line " + i);
        }
        log(Level.INFO, "again");
        log(Level.INFO, "again");
        output.stop();
        List<String> all = text().lines().toList();
        assertThat(all).hasSize(1_002);
        assertThat(all.get(1_001)).endsWith("and 1 more in 1 s: again");
    }

    @Test
    void theEndDoesNotWaitForWhoeverDoesNotRead() throws InterruptedException {
        log("nobody will see it");
        blocked.await();
        output.stop();
        assertThat(read.getCount()).isOne();
        assertThat(text()).isEmpty();
    }

    @Test
    void aReaderThatHasGoneCostsTheLinesOnly() {
        failing.set(true);
        read.countDown();
        for (int i = 0; i < 10; i++) {
            log("line " + i);
        }
        await().atMost(LONG).until(() -> output.dropped() == 10);
        failing.set(false);
        log("back");
        await().atMost(LONG).until(() -> text().contains("back"));
        assertThat(output.dropped()).isEqualTo(10);
    }

    private void log(String text) {
        log(Level.DEBUG, text);
    }

    private void log(Level level, String text) {
        LoggingEvent event = new LoggingEvent();
        event.setLoggerName("relay.Some");
        event.setLevel(level);
        event.setMessage(text);
        event.setInstant(Instant.EPOCH);
        output.doAppend(event);
    }

    private String text() {
        synchronized (written) {
            return written.toString(StandardCharsets.UTF_8);
        }
    }
}
