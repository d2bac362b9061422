package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import relay.engine.Event;
import relay.engine.Outbox;

/** Takes events, and writes them down, until it is closed. */
final class TestSender implements AutoCloseable {
    final List<Outbox.Batch> batches = new CopyOnWriteArrayList<>();
    private final Outbox outbox;
    private final Thread thread = new Thread(this::run, "sender");
    private volatile boolean ending;
    private volatile @Nullable Exception failure;

    private TestSender(Outbox outbox) {
        this.outbox = outbox;
    }

    static TestSender start(TestEngine of) {
        TestSender sender = new TestSender(of.outbox());
        sender.thread.start();
        return sender;
    }

    List<Outbox.Entry> entries() {
        return batches.stream().flatMap(batch -> batch.entries().stream()).toList();
    }

    List<Event> events() {
        return entries().stream().map(Outbox.Entry::event).toList();
    }

    private void run() {
        try {
            while (!ending) {
                Optional<Outbox.Batch> batch = await(outbox.next());
                if (batch.isPresent()) {
                    batches.add(batch.get());
                    await(outbox.taken(batch.get()));
                }
            }
        } catch (InterruptedException e) {
            // It is closed, and its engine may have ended without an answer.
        } catch (ExecutionException | RuntimeException e) {
            failure = e;
        }
    }

    private static <T> T await(CompletionStage<T> stage) throws InterruptedException, ExecutionException {
        return stage.toCompletableFuture().get();
    }

    @Override
    public void close() {
        ending = true;
        thread.interrupt();
        try {
            thread.join(TestEngine.PATIENCE.toMillis());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(thread.isAlive()).isFalse();
        assertThat(failure).isNull();
    }
}
