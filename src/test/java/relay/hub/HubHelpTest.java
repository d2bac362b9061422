package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;
import relay.testing.ManualRounds;

/** The thread that brought messages writes them at the end of its round. */
class HubHelpTest {
    private final TestHub relay = new TestHub();
    private final ManualRounds rounds = new ManualRounds();

    /** Which threads wrote, without repetitions. */
    private final Queue<Thread> writers = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void thisThreadHasRounds() {
        rounds.begin();
        relay.settle();
        relay.hub.helpedBy(rounds);
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void whatCameInOneRoundGoesOutTogetherAtItsEnd() {
        FakeConnection connection = connected("cats", "dogs");
        untilHelped(() -> {
            int before = connection.writes().size();
            TestHub.Published first = relay.publish("cats", "c1");
            TestHub.Published second = relay.publish("dogs", "d1");
            rounds.end();
            List<String> writes = connection.writes();
            return first.handedOver().isDone()
                    && second.handedOver().isDone()
                    && writes.subList(before, writes.size()).equals(List.of("c1\nd1\n"));
        });
    }

    @Test
    void publishersAreToldInTheThreadThatWrote() {
        connected("cats");
        untilHelped(() -> {
            AtomicReference<Thread> told = new AtomicReference<>();
            relay.hub.publish(
                    TestHub.message("cats", "c1"),
                    Optional.empty(),
                    HandedOver.to((id, queued) -> told.set(Thread.currentThread())));
            rounds.end();
            return told.get() == Thread.currentThread();
        });
    }

    @Test
    void aRoundThatDoesNotEndHoldsNobodyUp() {
        FakeConnection connection = connected("cats");
        assertThat(relay.publishAndWait("cats", "c1")).isEqualTo(1);
        assertThat(connection.text()).isEqualTo("c1\n");
        assertThat(writers).doesNotContain(Thread.currentThread());
        rounds.end();
        assertThat(connection.text()).isEqualTo("c1\n");
    }

    @Test
    void theRoundIsNotAwaitedByTheEndOfTheHub() throws InterruptedException {
        FakeConnection connection = connected("cats");
        relay.publish("cats", "c1");
        relay.hub.stop();
        assertThat(connection.text()).isEqualTo("c1\n");
        rounds.end();
        assertThat(connection.text()).isEqualTo("c1\n");
    }

    @Test
    void manySubscribersAreForTheWorkersThread() {
        List<FakeConnection> connections =
                IntStream.range(0, 65).mapToObj(i -> connected("cats")).toList();
        TestHub.Published first = relay.publish("cats", "c1");
        rounds.end();
        assertThat(first.queued()).isEqualTo(65);
        assertThat(relay.publishAndWait("cats", "c2")).isEqualTo(65);
        assertThat(connections).allMatch(connection -> connection.text().equals("c1\nc2\n"));
        assertThat(writers).doesNotContain(Thread.currentThread());
    }

    @Test
    void manyBytesAreForTheWorkersThread() {
        IntStream.range(0, 5).forEach(i -> connected("cats"));
        TestHub.Published large = relay.publish("cats", "x".repeat(60_000));
        rounds.end();
        assertThat(large.queued()).isEqualTo(5);
        assertThat(writers).doesNotContain(Thread.currentThread());
    }

    @Test
    void afterOneForManyItHelpsAgainWithTheNextButOneForFew() {
        IntStream.range(0, 65).forEach(i -> connected("cats"));
        connected("dogs");
        untilHelped(() -> {
            TestHub.Published forMany = relay.publish("cats", "c1");
            rounds.end();
            forMany.queued();
            relay.publishAndWait("dogs", "d1");
            theWorkerRests();
            writers.clear();
            TestHub.Published forFew = relay.publish("dogs", "d2");
            rounds.end();
            return forFew.handedOver().isDone();
        });
    }

    @Test
    void commandsKeepTheirPlaceBetweenMessages() {
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.settleWithoutMessage(client);
        relay.publish("cats", "c1");
        relay.hub.disconnect(client, queue);
        TestHub.Published missed = relay.publish("cats", "c2");
        rounds.end();
        assertThat(missed.queued()).isZero();
        assertThat(connection.text()).isEqualTo("c1\n");
    }

    @Test
    void aMessageThatIsToBeConfirmedIsForTheWorkersThreadWhichAwaitsTheAcknowledgements() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = watched(new FakeConnection());
        SendQueue queue = relay.connect(client, connection);
        relay.settleWithoutMessage(client);
        CompletableFuture<Integer> answered = new CompletableFuture<>();
        relay.hub.publishConfirmed(
                TestHub.message("cats", "c1"),
                Optional.empty(),
                Duration.ofDays(1),
                HandedOver.to((id, queued) -> answered.complete(queued)));
        rounds.end();
        await().until(() -> !connection.pingPayloads().isEmpty());
        relay.hub.acknowledge(
                client, queue, Long.parseLong(connection.pingPayloads().get(0)));
        assertThat(TestHub.join(answered)).isEqualTo(1);
        assertThat(writers).doesNotContain(Thread.currentThread());
    }

    @Test
    void aWriteThatFailsCostsOnlyItsClientTheConnection() {
        FakeConnection broken = connected("cats");
        FakeConnection other = connected("cats");
        broken.beforeWrite(() -> {
            throw new IllegalStateException("a write fails on purpose");
        });
        TestHub.Published published = relay.publish("cats", "c1");
        rounds.end();
        assertThat(published.queued()).isEqualTo(1);
        assertThat(relay.publishAndWait("cats", "c2")).isEqualTo(1);
        assertThat(other.text()).isEqualTo("c1\nc2\n");
    }

    @Test
    void theWorkersThreadWorksWhileSomebodyHelps() {
        CountDownLatch gate = relay.block();
        FakeConnection connection = connectedLater("cats");
        TestHub.Published published = relay.publish("cats", "c1");
        rounds.end();
        assertThat(published.handedOver()).isNotDone();
        gate.countDown();
        assertThat(published.queued()).isEqualTo(1);
        assertThat(connection.text()).isEqualTo("c1\n");
    }

    /** Tries a round again if the worker's thread happens to wake by itself meanwhile, as it does once a second. */
    private void untilHelped(BooleanSupplier round) {
        await().pollInSameThread().until(() -> {
            theWorkerRests();
            writers.clear();
            return round.getAsBoolean() && writers.stream().allMatch(Thread.currentThread()::equals);
        });
    }

    /** It waits for nothing with a time limit but something to do. */
    private static void theWorkerRests() {
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("fanout-0"))
                .allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
    }

    private FakeConnection connected(String... topics) {
        Client client = relay.register("1", topics);
        FakeConnection connection = watched(new FakeConnection());
        relay.connect(client, connection);
        relay.settleWithoutMessage(client);
        return connection;
    }

    private FakeConnection connectedLater(String... topics) {
        return watched(relay.connected("1", topics));
    }

    private FakeConnection watched(FakeConnection connection) {
        connection.beforeWrite(() -> writers.add(Thread.currentThread()));
        return connection;
    }
}
