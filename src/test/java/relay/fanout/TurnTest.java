package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the threads do, one of them has the turn, and everything is done that was asked for. */
class TurnTest {
    private static final int PRODUCERS = 3;
    private static final int EACH = 5_000;

    /** Long enough that the test takes far too long if the worker's thread is woken by nothing else. */
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** What is asked for: odd numbers a helper does too. */
    private final ConcurrentLinkedQueue<Integer> asked = new ConcurrentLinkedQueue<>();

    private final Turn turn = new Turn(asked::isEmpty);
    private final AtomicInteger owners = new AtomicInteger();
    private final AtomicInteger overlaps = new AtomicInteger();

    /** Without a lock: whoever has the turn sees what others did. */
    private int done;

    private int helped;

    @RepeatedTest(3)
    @Timeout(60)
    void oneAtATimeDoesAllOfIt() throws Exception {
        Thread worker = new Thread(this::work, "worker");
        worker.start();
        List<Thread> producers = new ArrayList<>();
        for (int i = 0; i < PRODUCERS; i++) {
            Random random = new Random(i);
            producers.add(new Thread(() -> produce(random), "producer-" + i));
        }
        producers.forEach(Thread::start);
        for (Thread producer : producers) {
            producer.join();
        }
        worker.join();
        assertThat(overlaps).hasValue(0);
        assertThat(done).isEqualTo(PRODUCERS * EACH);
        assertThat(helped).isPositive();
    }

    @Test
    @Timeout(10)
    void whatCameJustBeforeTheWorkersThreadRestsIsNotLeftLying() {
        turn.begin();
        asked.add(1);
        turn.rest(LONG_NANOS);
        turn.gather(LONG_NANOS);
        assertThat(asked).isNotEmpty();
    }

    @Test
    void whoWasAskedToHelpDoesNotIfTheWorkersThreadHasTakenTheTurn() throws Exception {
        Thread worker = new Thread(() -> {
            turn.begin();
            turn.rest(LONG_NANOS);
        });
        worker.start();
        await().until(() -> {
            turn.messageCame(() -> true);
            return turn.beginHelp();
        });
        turn.endHelp(LONG_NANOS);
        turn.messageCame(() -> true);
        turn.claim();
        assertThat(turn.beginHelp()).isFalse();
        worker.join();
    }

    private void work() {
        turn.begin();
        Random random = new Random(77);
        while (done < PRODUCERS * EACH) {
            if (asked.isEmpty() && random.nextInt(4) == 0) {
                turn.gather(1_000_000);
            } else if (asked.isEmpty()) {
                turn.rest(LONG_NANOS);
            }
            take(true);
        }
    }

    private void produce(Random random) {
        Queue<Runnable> round = new ArrayDeque<>();
        for (int i = 0; i < EACH; i++) {
            int number = random.nextInt(100);
            asked.add(number);
            if (number == 0) {
                turn.claim();
            } else if (number % 2 == 0) {
                turn.commandCame();
            } else {
                turn.messageCame(() -> random.nextBoolean() && round.add(this::help));
            }
            if (random.nextBoolean()) {
                round.forEach(Runnable::run);
                round.clear();
                letTheWorkerRest(random);
            }
        }
        round.forEach(Runnable::run);
    }

    private void letTheWorkerRest(Random random) {
        if (random.nextInt(20) == 0) {
            while (!asked.isEmpty()) {
                Thread.onSpinWait();
            }
        }
    }

    private void help() {
        if (turn.beginHelp()) {
            helped++;
            take(false);
            turn.endHelp(asked.isEmpty() ? LONG_NANOS : 0);
        }
    }

    private void take(boolean all) {
        if (owners.incrementAndGet() != 1) {
            overlaps.incrementAndGet();
        }
        Integer next = asked.peek();
        while (next != null && (all || next % 2 == 1)) {
            asked.remove();
            done++;
            next = asked.peek();
        }
        owners.decrementAndGet();
    }
}
