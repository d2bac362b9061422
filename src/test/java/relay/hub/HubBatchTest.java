package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.UnavailableException;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;
import relay.testing.LineEncoding;

/** Many messages at a time. */
class HubBatchTest {
    private static final int MESSAGE_OVERHEAD = 256;

    /** Longer than the worker calls long. */
    private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    @Test
    void whatWaitsLeavesInOneWriteForEachConnection() {
        try (TestHub relay = new TestHub()) {
            FakeConnection cat = relay.connected("1", "cats");
            FakeConnection dog = relay.connected("2", "dogs");
            FakeConnection both = relay.connected("3", "cats", "dogs");
            CountDownLatch gate = relay.block();
            relay.publish("cats", "c1");
            relay.publish("dogs", "d1");
            relay.publish("cats", "c2");
            relay.publish("dogs", "d2");
            gate.countDown();
            relay.settle();
            assertThat(cat.writes()).containsExactly("c1\nc2\n");
            assertThat(dog.writes()).containsExactly("d1\nd2\n");
            assertThat(both.writes()).containsExactly("c1\nd1\nc2\nd2\n");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void thousandsThatWaitArriveWholeInOrderAndAreCounted(int workers) {
        try (TestHub relay = new TestHub(workers, 64 << 20)) {
            List<FakeConnection> cats = new ArrayList<>();
            List<FakeConnection> both = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                cats.add(relay.connected("1", "cats"));
                both.add(relay.connected("2", "cats", "dogs"));
            }
            CountDownLatch gate = relay.block();
            int count = 5000;
            List<TestHub.Published> queued = IntStream.range(0, count)
                    .mapToObj(i -> relay.publish(topic(i), text(i)))
                    .toList();
            gate.countDown();
            for (int i = 0; i < count; i++) {
                assertThat(queued.get(i).queued()).isEqualTo(topic(i).equals("cats") ? 20 : 10);
            }
            String all = lines(IntStream.range(0, count));
            String ofCats = lines(IntStream.range(0, count).filter(i -> topic(i).equals("cats")));
            assertThat(both).allMatch(connection -> connection.text().equals(all));
            assertThat(cats).allMatch(connection -> connection.text().equals(ofCats));
        }
    }

    @Test
    void aMessageLargerThanTheBatchBufferKeepsItsPlace() {
        try (TestHub relay = new TestHub()) {
            FakeConnection cat = relay.connected("1", "cats");
            FakeConnection both = relay.connected("2", "cats", "dogs");
            CountDownLatch gate = relay.block();
            String large = "L".repeat(3 << 20);
            relay.publish("cats", "before");
            relay.publish("cats", large);
            relay.publish("dogs", "between");
            relay.publish("cats", large + "!");
            relay.publish("cats", "after");
            gate.countDown();
            relay.settle();
            assertThat(cat.text().equals("before\n" + large + "\n" + large + "!\nafter\n"))
                    .isTrue();
            assertThat(both.text().equals("before\n" + large + "\nbetween\n" + large + "!\nafter\n"))
                    .isTrue();
        }
    }

    @Test
    void aBatchBufferThatGrewForOneMessageIsOfItsUsualSizeAfterIt() {
        try (TestHub relay = new TestHub()) {
            FakeConnection cat = relay.connected("1", "cats");
            FakeConnection both = relay.connected("2", "cats", "dogs");
            relay.publishAndWait("cats", "L".repeat(1 << 20));
            CountDownLatch gate = relay.block();
            int count = 900;
            for (int i = 0; i < count; i++) {
                relay.publish(topic(i), "y".repeat(1000) + i);
            }
            gate.countDown();
            relay.settle();
            assertThat(afterTheFirst(cat))
                    .isEqualTo(wide(IntStream.range(0, count).filter(i -> topic(i).equals("cats"))));
            assertThat(afterTheFirst(both)).isEqualTo(wide(IntStream.range(0, count)));
        }
    }

    @Test
    void everyConnectionGetsTheFormatItSpeaks() {
        try (TestHub relay = new TestHub()) {
            LineEncoding loud = new LineEncoding("LOUD ");
            LineEncoding quiet = new LineEncoding("quiet ");
            FakeConnection loudCat = new FakeConnection(loud);
            FakeConnection quietCat = new FakeConnection(quiet);
            FakeConnection loudBoth = new FakeConnection(loud);
            relay.connect(relay.register("1", "cats"), loudCat);
            relay.connect(relay.register("2", "cats"), quietCat);
            relay.connect(relay.register("3", "cats", "dogs"), loudBoth);
            CountDownLatch gate = relay.block();
            List<TestHub.Published> queued = List.of(
                    relay.publish("cats", "c1"),
                    relay.publish("dogs", "d1"),
                    relay.publish("cats", "x".repeat(100_000)),
                    relay.publish("cats", "c2"));
            gate.countDown();
            assertThat(queued.stream().map(TestHub.Published::queued)).containsExactly(3, 1, 3, 3);
            String large = "x".repeat(100_000) + "\n";
            assertThat(loudCat.text()).isEqualTo("LOUD c1\nLOUD " + large + "LOUD c2\n");
            assertThat(quietCat.text()).isEqualTo("quiet c1\nquiet " + large + "quiet c2\n");
            assertThat(loudBoth.text()).isEqualTo("LOUD c1\nLOUD d1\nLOUD " + large + "LOUD c2\n");
        }
    }

    @Test
    void aRefusalIsTakenBackFromEveryMessageOfTheBatchAndFromNoOther() {
        try (TestHub relay = new TestHub()) {
            FakeConnection stuck = new FakeConnection(new LineEncoding("other format ")).takesPerWrite(0);
            SendQueue queue = relay.connect(relay.register("1", "cats"), stuck, 40);
            relay.connected("2", "cats", "dogs");
            assertThat(relay.publishAndWait("cats", "fills")).isEqualTo(2);
            CountDownLatch gate = relay.block();
            List<TestHub.Published> queued = IntStream.range(0, 1000)
                    .mapToObj(i -> relay.publish(topic(i), text(i)))
                    .toList();
            gate.countDown();
            assertThat(queued.stream().map(TestHub.Published::queued))
                    .hasSize(1000)
                    .containsOnly(1);
            assertThat(queue.bytes()).isEqualTo("other format fills\n".length());
        }
    }

    @Test
    void aBacklogBeyondItsBoundIsRefusedAndThenTakenAgain() {
        try (TestHub relay = new TestHub(1, 10 * MESSAGE_OVERHEAD)) {
            FakeConnection cat = relay.connected("1", "cats");
            CountDownLatch gate = relay.block();
            List<TestHub.Published> queued = IntStream.range(1, 10)
                    .mapToObj(i -> relay.publish("cats", ""))
                    .toList();
            assertThatThrownBy(() -> relay.publish("cats", "")).isInstanceOf(UnavailableException.class);
            gate.countDown();
            assertThat(queued.stream().map(TestHub.Published::queued)).containsOnly(1);
            relay.settle();
            assertThat(relay.publishAndWait("cats", "again")).isEqualTo(1);
            assertThat(cat.text()).isEqualTo("\n".repeat(9) + "again\n");
            assertThatThrownBy(() -> relay.publish("cats", "x".repeat(9 * MESSAGE_OVERHEAD + 1)))
                    .isInstanceOf(UnavailableException.class);
            assertThat(relay.publishAndWait("cats", "x".repeat(9 * MESSAGE_OVERHEAD)))
                    .isEqualTo(1);
        }
    }

    @Test
    void afterALongBatchTheWorkerItselfSeesToWhatFollows() {
        try (TestHub relay = new TestHub()) {
            CountDownLatch gate = relay.block();
            CompletableFuture<String> seenToBy = followUpOf(relay);
            letTheBatchTakeLong();
            gate.countDown();
            assertThat(TestHub.join(seenToBy)).isEqualTo("fanout-0");
        }
    }

    @Test
    void aWorkerThatStopsSeesToWhatFollowsFromItsLastBatch() throws InterruptedException {
        try (TestHub relay = new TestHub()) {
            CountDownLatch gate = relay.block();
            CompletableFuture<String> seenToBy = followUpOf(relay);
            letTheBatchTakeLong();
            Thread stopping = new Thread(() -> {
                try {
                    relay.hub.stop();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            stopping.start();
            await().until(() -> stopping.getState() == Thread.State.TIMED_WAITING);
            gate.countDown();
            stopping.join();
            assertThat(seenToBy).isCompletedWithValue("fanout-0");
        }
    }

    private static void letTheBatchTakeLong() {
        long now = System.nanoTime();
        await().until(() -> System.nanoTime() - now > LONG_NANOS);
    }

    /** The name of the thread that sees to what follows when a message is handed over. */
    private static CompletableFuture<String> followUpOf(TestHub relay) {
        CompletableFuture<String> seenToBy = new CompletableFuture<>();
        Executor following = relay.hub.afterBatches(step -> seenToBy.complete("somebody who is busy"));
        relay.hub.publish(
                TestHub.message("cats", "meow"),
                Optional.empty(),
                HandedOver.to((id, count) -> following.execute(
                        () -> seenToBy.complete(Thread.currentThread().getName()))));
        return seenToBy;
    }

    /** What all writes but the first brought, each of which is of the usual size. */
    private static String afterTheFirst(FakeConnection connection) {
        List<String> writes = connection.writes();
        assertThat(writes.stream().skip(1)).allMatch(write -> write.length() <= 64 << 10);
        return String.join("", writes.subList(1, writes.size()));
    }

    private static String topic(int number) {
        return number % 3 == 0 ? "dogs" : "cats";
    }

    private static String text(int number) {
        return number + "-" + "x".repeat(number % 200);
    }

    private static String lines(IntStream numbers) {
        StringBuilder lines = new StringBuilder();
        numbers.forEach(i -> lines.append(text(i)).append('\n'));
        return lines.toString();
    }

    private static String wide(IntStream numbers) {
        return numbers.mapToObj(i -> "y".repeat(1000) + i + "\n").collect(Collectors.joining());
    }
}
