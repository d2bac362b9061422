package relay.bench;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Sends a message again, with the same Idempotency-Key, for as long as there is no answer, or one that says to come back. So the
 * relay may be killed at any moment.
 */
final class PersistentSender implements Sender {
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Requests requests;
    private final Clock clock;
    private long repeated;

    /** Written once, by any thread that closes. */
    private volatile boolean closed;

    /** @param requests of messages that have a key */
    PersistentSender(Requests requests, Clock clock) {
        this.requests = requests;
        this.clock = clock;
    }

    @Override
    public Optional<String> send(int topic, int counter, long due) throws IOException {
        while (true) {
            try {
                Optional<String> refusal = requests.send(topic, counter, due);
                if (closed || refusal.isEmpty() || !requests.mayTakeItLater()) {
                    return refusal;
                }
            } catch (IOException e) {
                if (closed) {
                    throw e;
                }
            }
            repeated++;
            clock.waitUntil(clock.nanos() + WAIT_NANOS);
        }
    }

    @Override
    public boolean answersEach() {
        return true;
    }

    @Override
    public long repeated() {
        return repeated;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        requests.close();
    }
}
