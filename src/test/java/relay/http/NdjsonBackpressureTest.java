package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;

/** A stream of messages that comes faster than they are handed over. */
class NdjsonBackpressureTest {
    private static final int LINES = 4000;
    private static final int WINDOW_BYTES = 1 << 20;

    /** Holds the fan-out worker when it next looks at the clock. */
    private final CountDownLatch gate = new CountDownLatch(1);

    private final AtomicInteger sentBytes = new AtomicInteger();

    @Test
    @Timeout(60)
    void aStreamIsReadNoFasterThanItsMessagesAreHandedOverAndLosesNone() {
        try (TestRelay relay = TestRelay.start(this::nanos, "--publish-queue-bytes", "2MiB")) {
            relay.api().register(1);
            CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> stream(relay.port()));
            await().until(() -> sentBytes.get() > WINDOW_BYTES + WINDOW_BYTES / 8);
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            gate.countDown();
            assertThat(answer.orTimeout(30, TimeUnit.SECONDS).join().body())
                    .isEqualTo("{\"accepted\":" + LINES + ",\"queued\":0,\"rejected\":0,\"errors\":[]}");
        } finally {
            gate.countDown();
        }
    }

    private Answer stream(int port) {
        byte[] line = ("{\"topic\":\"nobody\",\"message\":\"" + "x".repeat(4000) + "\"}\n")
                .getBytes(StandardCharsets.US_ASCII);
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.send(
                    "POST /publish HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\n"
                            + "Content-Length: " + LINES * line.length + "\r\n\r\n");
            for (int i = 0; i < LINES; i++) {
                socket.send(line);
                sentBytes.addAndGet(line.length);
            }
            return Raw.parse(socket.readAll());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long nanos() {
        if (Thread.currentThread().getName().startsWith("fanout")) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return System.nanoTime();
    }
}
