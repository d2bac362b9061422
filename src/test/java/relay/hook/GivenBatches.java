package relay.hook;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.message.ClientId;
import relay.message.UserId;

/** An outbox with the batches that a test puts into it. */
final class GivenBatches implements Outbox {
    static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

    private final Deque<Batch> waiting = new ArrayDeque<>();
    private final List<String> taken = new ArrayList<>();
    private Optional<RuntimeException> trouble = Optional.empty();

    /** A batch of so many events, the first of which is preceded by others that were dropped. */
    static Batch batch(String id, int events, long dropped) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            entries.add(new Entry(
                    id + "-" + i,
                    NOON.plusMillis(i),
                    new Event.Connected(ClientId.random(), new UserId("alice")),
                    i == 0 ? dropped : 0));
        }
        return new Batch(id, entries);
    }

    synchronized GivenBatches with(Batch batch) {
        waiting.add(batch);
        return this;
    }

    /** From now on it fails; or not any more. */
    synchronized void trouble(Optional<RuntimeException> failure) {
        trouble = failure;
    }

    /** The ids of the batches that were taken. */
    synchronized List<String> taken() {
        return List.copyOf(taken);
    }

    /** As when another relay takes them. */
    synchronized void clear() {
        waiting.clear();
    }

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public void add(Event event) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void restored(Map<ClientId, UserId> present) {}

    @Override
    public void watch(Event.Undelivered event, Duration left) {}

    @Override
    public void received(long sequence) {}

    @Override
    public synchronized CompletionStage<Optional<Batch>> next() {
        return CompletableFuture.completedStage(Optional.ofNullable(waiting.peek()));
    }

    @Override
    public synchronized CompletionStage<Void> taken(Batch batch) {
        if (trouble.isPresent()) {
            return CompletableFuture.failedStage(trouble.get());
        }
        taken.add(batch.id());
        waiting.removeIf(one -> one.id().equals(batch.id()));
        return CompletableFuture.completedStage(null);
    }

    @Override
    public synchronized long waiting() {
        return waiting.stream().mapToInt(batch -> batch.entries().size()).sum();
    }

    @Override
    public long dropped() {
        return 0;
    }
}
