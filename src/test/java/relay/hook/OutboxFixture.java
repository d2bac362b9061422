package relay.hook;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import relay.engine.Event;
import relay.engine.Outbox.Batch;
import relay.engine.Outbox.Entry;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;
import relay.testing.ManualClock;

/** Events, and the time, for tests of an outbox whose turns the test takes itself. */
final class OutboxFixture {
    static final Instant BEGIN = Instant.parse("2026-11-27T10:00:00.123Z");

    private final ManualClock ticker = new ManualClock();
    private final long begun = ticker.nanos();

    ManualClock ticker() {
        return ticker;
    }

    Instant now() {
        return BEGIN.plusNanos(ticker.nanos() - begun);
    }

    void advance(Duration time) {
        ticker.advance(time);
    }

    LocalOutbox inMemory(int most) {
        return LocalOutbox.inMemory(new OutboxBounds(most, Long.MAX_VALUE), ticker, this::now);
    }

    /** One that has read what is on the disk. */
    LocalOutbox onDisk(int most, MemoryDisk disk) {
        LocalOutbox outbox = LocalOutbox.onDisk(
                new OutboxBounds(most, Long.MAX_VALUE), 1_000_000, disk, "hook-events", ticker, this::now);
        outbox.open();
        store(outbox);
        return outbox;
    }

    /** Has written what is to be written. */
    static void store(LocalOutbox outbox) {
        outbox.file().ifPresent(OutboxFile::turn);
    }

    /** What the outbox gives now; empty if it does not complete. */
    static Optional<Batch> next(LocalOutbox outbox) {
        CompletableFuture<Optional<Batch>> next = outbox.next().toCompletableFuture();
        store(outbox);
        outbox.turn();
        return next.getNow(Optional.empty());
    }

    /** Takes all that waits, and returns it. */
    static List<Entry> takeAll(LocalOutbox outbox) {
        List<Entry> all = new ArrayList<>();
        while (outbox.waiting() > 0) {
            Batch batch = next(outbox).orElseThrow();
            all.addAll(batch.entries());
            outbox.taken(batch);
            outbox.turn();
        }
        return all;
    }

    static ClientId client(int number) {
        return new ClientId(number, number);
    }

    static UserId user(int number) {
        return new UserId("user" + number);
    }

    static Event.Connected connected(int client) {
        return new Event.Connected(client(client), user(client));
    }

    static Event.Gone gone(int client) {
        return new Event.Gone(client(client), user(client));
    }

    /** That a message for a user was not received within its ttl. */
    static Event.Undelivered expired(long sequence) {
        return new Event.Undelivered(
                new MessageId("epoch", sequence), List.of(new Topic("cats")), Optional.of(user(1)), Optional.empty());
    }
}
