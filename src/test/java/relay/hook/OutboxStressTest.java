package relay.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.hook.OutboxFixture.expired;
import static relay.hook.OutboxFixture.next;
import static relay.hook.OutboxFixture.store;
import static relay.hook.OutboxFixture.takeAll;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.engine.Event;
import relay.engine.Outbox.Batch;
import relay.engine.Outbox.Entry;
import relay.message.ClientId;
import relay.message.UserId;

class OutboxStressTest {
    private static final int STEPS = 1000;

    private final OutboxFixture time = new OutboxFixture();

    /** Everything that may happen, in any order, with the disk failing now and then, and kills in the middle of a write. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whateverHappensEachEventComesOnceInItsOrderOrIsCounted(long seed) {
        Random random = new Random(seed);
        int most = 1 + random.nextInt(250);
        OutboxChecker checker = new OutboxChecker();
        MemoryDisk disk = new MemoryDisk();
        LocalOutbox outbox = time.onDisk(most, disk);
        boolean full = false;
        Optional<Batch> underWay = Optional.empty();
        Optional<CompletableFuture<Optional<Batch>>> asked = Optional.empty();
        for (int step = 0; step < STEPS; step++) {
            time.advance(Duration.ofMillis(random.nextInt(2000)));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> add(outbox, checker, 1 + random.nextInt(60), most);
                case 3, 4 -> {
                    if (asked.isEmpty()) {
                        asked = Optional.of(outbox.next().toCompletableFuture());
                    }
                    if (random.nextBoolean()) {
                        store(outbox);
                    }
                }
                case 5 -> {
                    if (underWay.isPresent() && asked.isEmpty()) {
                        outbox.taken(underWay.get());
                        checker.taken(underWay.get());
                        underWay = Optional.empty();
                    }
                }
                case 6 -> {
                    full = random.nextInt(3) == 0;
                    disk.failsWrites(full);
                    disk.failsTruncates(full && random.nextBoolean());
                }
                default -> {
                    if (!full && random.nextInt(4) == 0) {
                        heal(outbox, disk, checker);
                        add(outbox, checker, random.nextInt(60), most);
                        if (underWay.isPresent() && asked.isEmpty()) {
                            outbox.taken(underWay.get());
                            checker.taken(underWay.get());
                        }
                        disk = killedWhileItWrites(outbox, disk, random);
                        checker.killed();
                        outbox = time.onDisk(most, disk);
                        underWay = Optional.empty();
                        asked = Optional.empty();
                    }
                }
            }
            outbox.turn();
            if (asked.isPresent() && asked.get().isDone()) {
                underWay = asked.get().join();
                asked = Optional.empty();
                underWay.ifPresent(checker::got);
            }
        }
        heal(outbox, disk, checker);
        if (asked.isPresent()) {
            outbox.add(checker.next());
            store(outbox);
            outbox.turn();
            checker.got(asked.get().join().orElseThrow());
        }
        drain(outbox, checker);
        Event last = checker.next();
        outbox.add(last);
        drain(outbox, checker);
        checker.lastWas(last);
    }

    private static void add(LocalOutbox outbox, OutboxChecker checker, int count, int most) {
        for (int i = 0; i < count; i++) {
            long before = outbox.waiting();
            outbox.add(checker.next());
            assertThat(outbox.waiting()).isEqualTo(Math.min(before + 1, most));
        }
    }

    private void heal(LocalOutbox outbox, MemoryDisk disk, OutboxChecker checker) {
        disk.failsWrites(false);
        disk.failsTruncates(false);
        time.advance(Duration.ofMinutes(1));
        store(outbox);
        outbox.turn();
        checker.stored();
    }

    /** What is on the disk if it ends in a write, perhaps by half. */
    private static MemoryDisk killedWhileItWrites(LocalOutbox outbox, MemoryDisk disk, Random random) {
        byte[] before = disk.content();
        store(outbox);
        byte[] after = disk.content();
        boolean appended =
                after.length >= before.length && Arrays.equals(before, 0, before.length, after, 0, before.length);
        int cut = appended ? before.length + random.nextInt(after.length - before.length + 1) : after.length;
        return new MemoryDisk(Arrays.copyOf(after, cut));
    }

    private static void drain(LocalOutbox outbox, OutboxChecker checker) {
        while (outbox.waiting() > 0) {
            Batch batch = next(outbox).orElseThrow();
            checker.got(batch);
            outbox.taken(batch);
            checker.taken(batch);
        }
    }

    /** Of each watched message the checker knows whether it was received, by when, and whether that is surely in the file. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMessageIsAnEventExactlyIfNobodyReceivedItInTime(long seed) {
        Random random = new Random(seed);
        MemoryDisk disk = new MemoryDisk();
        LocalOutbox outbox = time.onDisk(1_000_000, disk);
        Map<Long, Long> deadlines = new HashMap<>();
        Set<Long> received = new HashSet<>();
        Set<Long> told = new HashSet<>();
        long sequence = 0;
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    long left = random.nextInt(10_000);
                    deadlines.put(++sequence, time.now().toEpochMilli() + left);
                    outbox.watch(expired(sequence), Duration.ofMillis(left));
                }
                case 2, 3 -> {
                    long one = Math.max(1, sequence - random.nextInt(20));
                    if (deadlines.containsKey(one) && !told.contains(one)) {
                        received.add(one);
                    }
                    outbox.received(one);
                }
                case 4 -> time.advance(Duration.ofMillis(random.nextInt(1000)));
                default -> {
                    store(outbox);
                    if (random.nextInt(10) == 0) {
                        disk = new MemoryDisk(disk.content());
                        outbox = time.onDisk(1_000_000, disk);
                    }
                }
            }
            outbox.turn();
            long now = time.now().toEpochMilli();
            for (Entry entry : takeAll(outbox)) {
                Event.Undelivered event = (Event.Undelivered) entry.event();
                long one = event.message().sequence();
                assertThat(told.add(one)).as("%s is told once", one).isTrue();
                assertThat(received).doesNotContain(one);
                assertThat(deadlines.get(one)).isLessThanOrEqualTo(now);
            }
            for (Map.Entry<Long, Long> watched : deadlines.entrySet()) {
                boolean over = watched.getValue() <= now && !received.contains(watched.getKey());
                assertThat(told.contains(watched.getKey()))
                        .as("message %s at %s", watched.getKey(), now)
                        .isEqualTo(over);
            }
        }
        assertThat(told).hasSizeGreaterThan(50);
        assertThat(received).hasSizeGreaterThan(50);
    }

    /** With its own threads: what many add is all there, that of each in its order, before and after the end. */
    @Test
    void whatManyThreadsAddIsDeliveredOrCounted() throws InterruptedException {
        int producers = 4;
        int each = 10_000;
        MemoryDisk disk = new MemoryDisk();
        OutboxBounds bounds = new OutboxBounds(5000, Long.MAX_VALUE);
        LocalOutbox outbox =
                LocalOutbox.onDisk(bounds, 1_000_000, disk, "hook-events", System::nanoTime, InstantSource.system());
        outbox.start();
        List<Entry> got = new ArrayList<>();
        Thread consumer = new Thread(() -> {
            Optional<Batch> batch = outbox.next().toCompletableFuture().join();
            while (batch.isPresent()) {
                got.addAll(batch.get().entries());
                outbox.taken(batch.get()).toCompletableFuture().join();
                batch = outbox.next().toCompletableFuture().join();
            }
        });
        consumer.start();
        List<Thread> threads = IntStream.range(0, producers)
                .mapToObj(producer -> new Thread(() -> IntStream.range(0, each)
                        .forEach(i -> outbox.add(new Event.Gone(new ClientId(producer, i), new UserId("u"))))))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        await().until(() -> outbox.file().orElseThrow().pending() == 0);
        outbox.stop();
        consumer.join();

        LocalOutbox after = time.onDisk(5000, new MemoryDisk(disk.content()));
        Set<String> known = new HashSet<>();
        got.forEach(entry -> known.add(entry.id()));
        takeAll(after).stream().filter(entry -> known.add(entry.id())).forEach(got::add);
        after.add(new Event.Gone(new ClientId(0, each), new UserId("u")));
        got.addAll(takeAll(after));
        assertThat(got).extracting(Entry::id).isSorted().doesNotHaveDuplicates();
        for (int producer = 0; producer < producers; producer++) {
            long one = producer;
            assertThat(got.stream()
                            .map(entry -> ((Event.Gone) entry.event()).client())
                            .filter(client -> client.high() == one)
                            .map(ClientId::low)
                            .toList())
                    .isSorted();
        }
        assertThat(got.stream().mapToLong(Entry::dropped).sum() + got.size()).isEqualTo((long) producers * each + 1);
    }
}
