package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.hub.TestHub;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.UserId;
import relay.outbound.ConnectionTotals;
import relay.outbound.SendQueue;
import relay.publish.PublishListener;
import relay.publish.Receipt;
import relay.testing.FakeConnection;

/** None is lost, each client's stay in order, and the worker is woken as seldom as it may be. */
class AckQueueTest {
    private static final long LONG = TimeUnit.SECONDS.toNanos(1);
    private static final int THREADS = 4;
    private static final int EACH = 50_000;

    private final AckQueue acknowledgements = new AckQueue();
    private final Client client = client();
    private final SendQueue queue = new SendQueue(new FakeConnection(), 1 << 10, new ConnectionTotals());

    @Test
    void whatSeveralThreadsAddComesOnceAndInTheOrderOfEachThread() {
        List<Client> clients =
                IntStream.range(0, THREADS).mapToObj(i -> client()).toList();
        AtomicInteger left = new AtomicInteger(THREADS);
        Map<Client, List<Long>> taken = new HashMap<>();
        List<CompletableFuture<Void>> adding = clients.stream()
                .map(each -> CompletableFuture.runAsync(() -> {
                    LongStream.range(0, EACH).forEach(i -> acknowledgements.add(each, queue, i, 0));
                    left.decrementAndGet();
                }))
                .toList();
        boolean areMoreToCome;
        boolean isAllTaken;
        do {
            areMoreToCome = left.get() > 0;
            isAllTaken = acknowledgements.takeSome(one ->
                    taken.computeIfAbsent(one.client, c -> new ArrayList<>()).add(one.sequence));
        } while (areMoreToCome || !isAllTaken);
        adding.forEach(TestHub::join);
        List<Long> all = LongStream.range(0, EACH).boxed().toList();
        assertThat(taken)
                .hasSize(THREADS)
                .allSatisfy((each, sequences) -> assertThat(sequences).isEqualTo(all));
    }

    @Test
    void ofManyThatComeWhileTheWorkerSleepsOnlyTheFirstWakesIt() {
        assertThat(acknowledgements.untilNextLook(LONG)).isEqualTo(LONG);
        AtomicInteger wakeUps = new AtomicInteger();
        List<CompletableFuture<Void>> adding = IntStream.range(0, THREADS)
                .mapToObj(i -> CompletableFuture.runAsync(
                        () -> IntStream.range(0, 200).filter(j -> add()).forEach(j -> wakeUps.incrementAndGet())))
                .toList();
        adding.forEach(TestHub::join);
        assertThat(wakeUps).hasValue(1);
        assertThat(take()).isEqualTo(THREADS * 200);
    }

    @Test
    void whileSomeCameLatelyTheWorkerLooksAgainInTimeAndIsNotWoken() {
        add();
        take();
        assertThat(acknowledgements.untilNextLook(LONG)).isEqualTo(AckQueue.SOON_NANOS);
        assertThat(add()).isFalse();
        take();
        assertThat(acknowledgements.untilNextLook(5)).isEqualTo(5);
        assertThat(add()).isFalse();
    }

    @Test
    void afterAPauseTheFirstWakesTheWorkerAgain() {
        add();
        take();
        acknowledgements.untilNextLook(LONG);
        take();
        assertThat(acknowledgements.untilNextLook(LONG)).isEqualTo(LONG);
        assertThat(add()).isTrue();
    }

    @Test
    void theWorkerDoesNotSleepOverWhatCameSinceItLooked() {
        take();
        add();
        assertThat(acknowledgements.untilNextLook(LONG)).isZero();
        assertThat(take()).isOne();
    }

    @Test
    void whileAnyPublisherWaitsTheWorkerIsWokenAtOnce() {
        Receipt first = receipt();
        Receipt second = receipt();
        acknowledgements.awaitedBy(first);
        acknowledgements.awaitedBy(second);
        add();
        take();
        second.acknowledged();
        assertThat(second.isOver()).isTrue();
        assertThat(acknowledgements.untilNextLook(LONG)).isEqualTo(LONG);
        assertThat(add()).isTrue();
        take();
        first.expire();
        assertThat(acknowledgements.untilNextLook(LONG)).isEqualTo(AckQueue.SOON_NANOS);
    }

    @Test
    void publisherThatHasItsAnswerAlreadyDoesNotWait() {
        Receipt receipt = receipt();
        receipt.acknowledged();
        acknowledgements.awaitedBy(receipt);
        add();
        take();
        assertThat(acknowledgements.untilNextLook(LONG)).isEqualTo(AckQueue.SOON_NANOS);
    }

    @Test
    void ofPileOnePortionIsTakenAtTime() {
        IntStream.range(0, 2 * AckQueue.PORTION + 1).forEach(i -> add());
        assertThat(take()).isEqualTo(AckQueue.PORTION);
        assertThat(acknowledgements.arePending()).isTrue();
        assertThat(take()).isEqualTo(AckQueue.PORTION);
        assertThat(take()).isOne();
        assertThat(acknowledgements.arePending()).isFalse();
    }

    @Test
    void commandsWaitForWhatCameBeforeThemToo() {
        IntStream.range(0, AckQueue.PORTION + 1).forEach(i -> add());
        assertThat(acknowledgements.takeSome(one -> {})).isFalse();
        IntStream.range(0, AckQueue.PORTION).forEach(i -> add());
        assertThat(acknowledgements.takeSome(one -> {})).isFalse();
        assertThat(acknowledgements.takeSome(one -> {})).isTrue();
    }

    private boolean add() {
        return acknowledgements.add(client, queue, 1, 0);
    }

    private int take() {
        AtomicInteger taken = new AtomicInteger();
        acknowledgements.takeSome(one -> taken.incrementAndGet());
        return taken.get();
    }

    private static Receipt receipt() {
        Receipt receipt = new Receipt(Duration.ofSeconds(1), new IgnoredReceipt());
        receipt.expect();
        receipt.published(PublishListener.Outcome.handedOver(new MessageId("epoch", 1), 1, 0));
        return receipt;
    }

    private static Client client() {
        return new Client(ClientId.random(), Optional.of(new UserId("1")), TestHub.KEEP, Permissions.EVERYTHING);
    }

    /** Nobody cares how it ends. */
    private static final class IgnoredReceipt implements PublishListener {
        @Override
        public void published(Outcome outcome) {}

        @Override
        public void repeated(MessageId id, Optional<String> answer) {}

        @Override
        public void refused(RuntimeException cause) {}
    }
}
