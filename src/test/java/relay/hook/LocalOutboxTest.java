package relay.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.hook.OutboxFixture.client;
import static relay.hook.OutboxFixture.connected;
import static relay.hook.OutboxFixture.expired;
import static relay.hook.OutboxFixture.gone;
import static relay.hook.OutboxFixture.next;
import static relay.hook.OutboxFixture.takeAll;
import static relay.hook.OutboxFixture.user;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.engine.Event;
import relay.engine.Outbox.Batch;
import relay.engine.Outbox.Entry;

class LocalOutboxTest {
    private final OutboxFixture time = new OutboxFixture();
    private final LocalOutbox outbox = time.inMemory(1000);

    @Test
    void eventsComeInTheirOrderWithTheTimeWhenTheyHappened() {
        outbox.add(connected(1));
        time.advance(Duration.ofSeconds(1));
        outbox.add(gone(1));
        List<Entry> entries = next(outbox).orElseThrow().entries();
        assertThat(entries).extracting(Entry::event).containsExactly(connected(1), gone(1));
        assertThat(entries)
                .extracting(Entry::time)
                .containsExactly(OutboxFixture.BEGIN, OutboxFixture.BEGIN.plusSeconds(1));
        assertThat(entries).extracting(Entry::dropped).containsOnly(0L);
    }

    @Test
    void idsGrowEvenIfTheClockGoesBack() {
        IntStream.range(0, 100).forEach(i -> {
            outbox.add(connected(i));
            time.advance(Duration.ofSeconds(-1));
        });
        assertThat(takeAll(outbox))
                .extracting(Entry::id)
                .doesNotHaveDuplicates()
                .isSorted();
    }

    @Test
    void twoOutboxesOfTheSameMillisecondGiveDifferentIds() {
        LocalOutbox other = time.inMemory(1000);
        outbox.add(connected(1));
        other.add(connected(1));
        assertThat(takeAll(outbox).get(0).id())
                .isNotEqualTo(takeAll(other).get(0).id());
    }

    @Test
    void aBatchStaysTheSameUntilItIsTaken() {
        outbox.add(connected(1));
        Batch first = next(outbox).orElseThrow();
        outbox.add(connected(2));
        assertThat(next(outbox)).contains(first);
        outbox.taken(first);
        Batch second = next(outbox).orElseThrow();
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(second.entries()).extracting(Entry::event).containsExactly(connected(2));
    }

    @Test
    void aBatchHasAHundredEventsAtMost() {
        IntStream.range(0, 250).forEach(i -> outbox.add(connected(i)));
        assertThat(next(outbox).orElseThrow().entries()).hasSize(100);
        assertThat(takeAll(outbox))
                .extracting(Entry::event)
                .isEqualTo(IntStream.range(0, 250)
                        .mapToObj(OutboxFixture::connected)
                        .toList());
    }

    @Test
    void aBatchThatWasTakenBeforeIsNotTakenTwice() {
        outbox.add(connected(1));
        Batch first = next(outbox).orElseThrow();
        outbox.taken(first);
        outbox.add(connected(2));
        next(outbox);
        assertThat(outbox.taken(first)).isCompleted();
        assertThat(outbox.waiting()).isOne();
    }

    @Test
    void whoeverAsksBeforeThereIsAnEventGetsItWhenItHappens() {
        CompletableFuture<Optional<Batch>> next = outbox.next().toCompletableFuture();
        outbox.turn();
        assertThat(next).isNotDone();
        outbox.add(connected(1));
        outbox.turn();
        assertThat(next.join().orElseThrow().entries()).hasSize(1);
    }

    @Test
    void beyondTheBoundTheOldestAreDroppedAndTheNextSaysHowMany() {
        LocalOutbox small = time.inMemory(3);
        IntStream.range(0, 7).forEach(i -> small.add(connected(i)));
        assertThat(small.dropped()).isEqualTo(4);
        List<Entry> left = takeAll(small);
        assertThat(left).extracting(Entry::event).containsExactly(connected(4), connected(5), connected(6));
        assertThat(left).extracting(Entry::dropped).containsExactly(4L, 0L, 0L);
    }

    @Test
    void aBatchUnderWayIsNotDropped() {
        LocalOutbox small = time.inMemory(3);
        small.add(connected(0));
        Batch first = next(small).orElseThrow();
        IntStream.range(1, 7).forEach(i -> small.add(connected(i)));
        assertThat(next(small)).contains(first);
        small.taken(first);
        List<Entry> left = takeAll(small);
        assertThat(left).extracting(Entry::event).containsExactly(connected(5), connected(6));
        assertThat(left.get(0).dropped()).isEqualTo(4);
    }

    @Test
    void ifTheBatchFillsTheQueueTheNewEventIsDroppedAndSaidLater() {
        LocalOutbox small = time.inMemory(1);
        small.add(connected(0));
        Batch first = next(small).orElseThrow();
        small.add(connected(1));
        small.add(connected(2));
        assertThat(small.waiting()).isOne();
        small.taken(first);
        small.add(connected(3));
        assertThat(takeAll(small)).singleElement().satisfies(entry -> {
            assertThat(entry.event()).isEqualTo(connected(3));
            assertThat(entry.dropped()).isEqualTo(2);
        });
    }

    @Test
    void eventsWithManyTopicsAreBoundedInBytes() {
        long cost = OutboxState.cost(connected(1));
        LocalOutbox small = LocalOutbox.inMemory(new OutboxBounds(1000, 3 * cost), time.ticker(), time::now);
        IntStream.range(0, 5).forEach(i -> small.add(connected(i)));
        assertThat(small.waiting()).isEqualTo(3);
        assertThat(takeAll(small).get(0).dropped()).isEqualTo(2);
        small.add(connected(5));
        assertThat(small.waiting()).as("what was taken takes no room").isOne();
    }

    @Test
    void aMessageThatNobodyReceivesInItsTimeIsAnEvent() {
        outbox.watch(expired(7), Duration.ofSeconds(10));
        time.advance(Duration.ofMillis(9_999));
        outbox.turn();
        assertThat(outbox.waiting()).isZero();
        time.advance(Duration.ofMillis(1));
        outbox.turn();
        assertThat(takeAll(outbox)).singleElement().satisfies(entry -> {
            assertThat(entry.event()).isEqualTo(expired(7));
            assertThat(entry.time()).isEqualTo(time.now());
        });
        outbox.turn();
        assertThat(outbox.waiting()).isZero();
    }

    @Test
    void aMessageThatWasReceivedIsNone() {
        outbox.watch(expired(7), Duration.ofSeconds(10));
        outbox.watch(expired(8), Duration.ofSeconds(10));
        outbox.received(7);
        outbox.received(99);
        time.advance(Duration.ofSeconds(10));
        outbox.turn();
        assertThat(takeAll(outbox)).extracting(Entry::event).containsExactly(expired(8));
    }

    @Test
    void theThreadRestsUntilTheFirstDeadline() {
        outbox.watch(expired(1), Duration.ofSeconds(30));
        outbox.watch(expired(2), Duration.ofSeconds(10));
        assertThat(outbox.turn()).isEqualTo(Duration.ofSeconds(10));
        outbox.received(2);
        assertThat(outbox.turn()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void deadlinesHoldWhenTheTickerOverflows() {
        outbox.watch(expired(1), Duration.ofSeconds(90));
        time.advance(Duration.ofSeconds(70));
        outbox.watch(expired(2), Duration.ofSeconds(10));
        outbox.turn();
        assertThat(outbox.waiting()).isZero();
        time.advance(Duration.ofSeconds(20));
        outbox.turn();
        assertThat(takeAll(outbox)).extracting(Entry::event).containsExactly(expired(2), expired(1));
    }

    @Test
    void manyMessagesWhoseTimeIsOverAtOnceAreAllEvents() {
        IntStream.rangeClosed(1, 950).forEach(i -> outbox.watch(expired(i), Duration.ZERO));
        outbox.turn();
        assertThat(outbox.waiting()).isEqualTo(950);
    }

    @Test
    void beyondTheBoundTheOldestMessageIsWatchedNoLongerAndCounted() {
        LocalOutbox small = time.inMemory(2);
        IntStream.rangeClosed(1, 5).forEach(i -> small.watch(expired(i), Duration.ofSeconds(10)));
        assertThat(small.dropped()).isEqualTo(3);
        time.advance(Duration.ofSeconds(10));
        small.turn();
        List<Entry> entries = takeAll(small);
        assertThat(entries).extracting(Entry::event).containsExactly(expired(4), expired(5));
        assertThat(entries).extracting(Entry::dropped).containsExactly(3L, 0L);
    }

    @Test
    void watchesAreBoundedInBytesToo() {
        LocalOutbox small = LocalOutbox.inMemory(
                new OutboxBounds(1000, 2 * OutboxState.cost(expired(1))), time.ticker(), time::now);
        IntStream.rangeClosed(1, 5).forEach(i -> small.watch(expired(i), Duration.ofSeconds(10)));
        assertThat(small.dropped()).isEqualTo(3);
        small.received(5);
        small.watch(expired(6), Duration.ofSeconds(10));
        assertThat(small.dropped()).as("a received one takes no room").isEqualTo(3);
    }

    @Test
    void withoutAFileAllWhoAreThereAtAStartAreNew() {
        outbox.restored(Map.of(client(1), user(1)));
        assertThat(takeAll(outbox)).extracting(Entry::event).containsExactly(connected(1));
    }

    @Test
    void itsOwnThreadBringsEventsAndEndsTimes() {
        LocalOutbox real =
                LocalOutbox.inMemory(OutboxBounds.of(1000), System::nanoTime, java.time.InstantSource.system());
        real.start();
        real.watch(expired(1), Duration.ofDays(1));
        real.watch(expired(2), Duration.ofMillis(1));
        Batch first = real.next().toCompletableFuture().join().orElseThrow();
        assertThat(first.entries()).extracting(Entry::event).containsExactly((Event) expired(2));
        real.taken(first).toCompletableFuture().join();
        CompletableFuture<Optional<Batch>> next = real.next().toCompletableFuture();
        real.add(connected(1));
        assertThat(next.join().orElseThrow().entries()).hasSize(1);
        real.stop();
    }

    @Test
    void whoeverAsksWhenItStopsGetsNothing() {
        outbox.start();
        CompletableFuture<Optional<Batch>> next = outbox.next().toCompletableFuture();
        outbox.stop();
        assertThat(next.join()).isEmpty();
        assertThat(outbox.next().toCompletableFuture().join()).isEmpty();
    }
}
