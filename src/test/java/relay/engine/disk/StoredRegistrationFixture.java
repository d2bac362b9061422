package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import relay.client.Overflow;
import relay.engine.Journal;
import relay.engine.Registration;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;
import relay.message.UserId;

/** A disk with one registration, and an engine that can be started anew on what is left of it. */
abstract class StoredRegistrationFixture {
    Instant now = Instant.ofEpochSecond(1_800_000_000);
    TestDisk disk = new TestDisk("boot", 1);
    final List<DiskEngine> engines = new ArrayList<>();
    Witness witness = new Witness();
    final DiskEngine engine = start();
    final Journal journal = engine.journal().orElseThrow();
    final ClientId id = add();

    @AfterEach
    void stop() {
        disk.holdSyncs(new Semaphore(Integer.MAX_VALUE));
        engines.forEach(DiskEngine::stop);
    }

    /** What these do is written at once: something else is being written while they begin. */
    void inOneGroup(Supplier<CompletableFuture<?>> one, Supplier<CompletableFuture<?>> other) {
        Semaphore permits = new Semaphore(0);
        disk.holdSyncs(permits);
        CompletableFuture<Void> first = journal.settled().toCompletableFuture();
        CompletableFuture<?> second = one.get();
        CompletableFuture<?> third = other.get();
        permits.release(1000);
        first.handle((none, failure) -> null).join();
        second.join();
        third.join();
    }

    static CompletableFuture<Void> fails(CompletableFuture<?> stage) {
        return stage.handle((none, failure) -> {
            assertThat(failure).isInstanceOf(UnavailableException.class);
            return null;
        });
    }

    Journal.Entry restarted(ClientId client) {
        start();
        assertThat(witness.entries()).containsKey(client);
        return witness.entries().get(client);
    }

    ClientId add() {
        Registration registration = new Registration(
                ClientId.random(),
                new UserId("ann"),
                Map.of(new Topic("cats"), 0L),
                TopicFilter.ANY,
                TopicFilter.ANY,
                TopicFilter.NONE,
                Duration.ofDays(1),
                Overflow.CLOSE,
                Optional.empty());
        journal.add(registration).toCompletableFuture().join();
        return registration.id();
    }

    final DiskEngine start() {
        DiskOptions options = TestOptions.of(Path.of("dir"), Sync.BATCH, 8 << 20);
        witness = new Witness();
        TestDisk used = disk;
        DiskEngine started = new DiskEngine(options, () -> now, () -> used);
        started.start(witness);
        engines.add(started);
        return started;
    }
}
