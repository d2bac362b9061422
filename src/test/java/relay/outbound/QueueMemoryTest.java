package relay.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.outbound.SendQueue.Outcome;
import relay.testing.FakeConnection;

/** What waits in all queues together has a bound: at the bound the fullest go first. */
class QueueMemoryTest {
    private static final int BOUND = 1 << 20;

    private final ConnectionTotals totals = new ConnectionTotals(BOUND);
    private final List<String> failures = new ArrayList<>();

    @Test
    void theFullestGoesFirstAndTheOthersKeepWhatTheyHave() {
        Stuck small = new Stuck();
        Stuck full = new Stuck();
        Stuck middle = new Stuck();
        small.offers(1, 1000);
        middle.offers(100, 1000);
        int before = full.offersUntilClosed(1000);
        assertThat(full.connection.closeReasons()).containsExactly(CloseReason.TOO_SLOW);
        assertThat(before).isBetween(500, 1000);
        assertThat(full.queue.bytes()).isEqualTo(1000);
        assertThat(totals.queueMemory()).isLessThan(BOUND / 2);
        assertThat(List.of(small.queue.bytes(), middle.queue.bytes())).containsExactly(1000, 100_000);
        assertThat(small.connection.closeReasons()).isEmpty();
        assertThat(middle.connection.closeReasons()).isEmpty();
    }

    @Test
    void whatIsCountedIsTheMemoryOfTheBuffersAndNotWhatIsInThem() {
        Stuck one = new Stuck();
        one.offers(1, 1);
        assertThat(totals.queuedBytes()).isEqualTo(1);
        assertThat(totals.queueMemory()).isBetween(4096L, 5000L);
        one.offers(1, 100_000);
        assertThat(totals.queueMemory()).isBetween(4096L + 2 * (64 << 10), 5000L + 2 * (64 << 10));
        one.connection.takesPerWrite(Integer.MAX_VALUE).takeRest();
        assertThat(totals.queueMemory()).isZero();
    }

    @Test
    void anAnswerOfAFewBytesCountsWithWhatHoldsIt() {
        new Stuck().queue.control(bytes("pong"), WriteListener.NONE);
        assertThat(totals.queueMemory()).isBetween(100L, 500L);
    }

    @Test
    void aFrameThatHasBegunIsSentToItsEndAndNothingAfterItButTheClose() {
        Stuck victim = new Stuck();
        // In flight is what ends within the second of these, at the end of a buffer.
        victim.offers(1, 10);
        victim.offers(5, 100_000);
        victim.connection.takesPerWrite(5000).takeRest();
        String sent = victim.connection.text();
        victim.queue.evict(victim.queue.weight());
        assertThat(victim.queue.offer(bytes("late"))).isEqualTo(Outcome.CLOSED);
        victim.queue.close(bytes("close"), WriteListener.NONE);
        victim.connection.takesPerWrite(Integer.MAX_VALUE).takeRest();
        assertThat(victim.connection.text()).startsWith(sent).endsWith("xclose");
        assertThat((victim.connection.text().length() - 10 - "close".length()) % 100_000)
                .isZero();
        assertThat(victim.connection.text().length()).isLessThan(300_000);
        assertThat(totals.queueMemory()).isZero();
    }

    @Test
    void whoListensForWhatIsLetGoHears() {
        Stuck victim = new Stuck();
        victim.offers(1, 10);
        victim.queue.control(bytes("answer"), WriteListener.of(() -> {}, cause -> failures.add("answer")));
        victim.queue.evict(victim.queue.weight());
        victim.queue.control(bytes("later"), WriteListener.of(() -> {}, cause -> failures.add("later")));
        assertThat(failures).containsExactly("answer", "later");
    }

    @Test
    void whoIsInTheWayASecondTimeIsCutOff() {
        Stuck victim = new Stuck();
        victim.offers(1, 300_000);
        victim.queue.evict(victim.queue.weight());
        assertThat(victim.connection.aborts()).isEmpty();
        victim.queue.evict(victim.queue.weight());
        assertThat(victim.connection.aborts()).hasSize(1);
        assertThat(victim.connection.closeReasons()).containsExactly(CloseReason.TOO_SLOW);
    }

    @Test
    void whoHasReadMeanwhileStays() {
        Stuck reader = new Stuck();
        reader.offers(1, 10);
        reader.offers(1, 100_000);
        long weight = reader.queue.weight();
        reader.connection.takesPerWrite(1).takeRest();
        reader.queue.evict(weight);
        assertThat(reader.connection.closeReasons()).isEmpty();
        reader.connection.takesPerWrite(Integer.MAX_VALUE).takeRest();
        reader.queue.evict(weight);
        assertThat(reader.connection.closeReasons()).isEmpty();
        assertThat(reader.queue.offer(bytes("more"))).isEqualTo(Outcome.ACCEPTED);
    }

    @Test
    void aLargeMessageThatManyHaveToKeepCountsOnce() {
        SharedFrames large = new SharedFrames(bytes("x".repeat(500_000)));
        List<Stuck> many = IntStream.range(0, 100).mapToObj(i -> new Stuck()).toList();
        for (Stuck one : many) {
            assertThat(one.queue.offer(large.view(), large)).isEqualTo(Outcome.ACCEPTED);
            assertThat(one.queue.bytes()).isEqualTo(500_000);
        }
        assertThat(totals.queueMemory()).isBetween(500_000L, 550_000L);
        many.forEach(one -> one.connection.takeRest());
        assertThat(many).allMatch(one -> one.connection.text().length() == 500_000);
        assertThat(totals.queueMemory()).isZero();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A connection that takes nothing, and its queue. */
    private final class Stuck {
        private final FakeConnection connection = new FakeConnection().takesPerWrite(0);
        private final SendQueue queue = new SendQueue(connection, 1 << 30, totals);

        Stuck() {
            queue.open();
        }

        void offers(int times, int size) {
            for (int i = 0; i < times; i++) {
                assertThat(queue.offer(bytes("x".repeat(size)))).isEqualTo(Outcome.ACCEPTED);
            }
        }

        int offersUntilClosed(int size) {
            int accepted = 0;
            while (accepted < BOUND && queue.offer(bytes("x".repeat(size))) == Outcome.ACCEPTED) {
                accepted++;
            }
            return accepted;
        }
    }
}
