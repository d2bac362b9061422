package relay.history;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import relay.engine.Archive;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/**
 * How long others wait for the history's lock while logs are swept, missed, interrupted and forgotten: the longest wait
 * of a thread that asks for nothing but the lock, the median of {@value #TIMES} times each. Run it alone on the machine.
 */
public final class HistoryLock {
    private static final int TIMES = 5;
    private static final int STRANDS = 200_000;
    private static final int TOPICS = 20_000;
    private static final int MESSAGES = 100_000;

    /** As if 20,000 messages came a second. */
    private static final long PAUSE_NANOS = 50_000;

    private final History history =
            new History(new HistoryOptions(MESSAGES, Duration.ofHours(1), 4L << 30), System::nanoTime);
    private long sequence;

    private HistoryLock() {}

    public static void main(String[] args) throws InterruptedException {
        measure("sweep of " + STRANDS, STRANDS, lock -> lock.trimPoints(STRANDS), HistoryLock::sweep);
        measure(
                "miss of " + MESSAGES + " messages",
                MESSAGES,
                HistoryLock::full,
                lock -> lock.history.miss(topic(0), Optional.empty(), lock.sequence));
        measure(
                "interrupt of " + TOPICS + " topics",
                TOPICS,
                HistoryLock::followed,
                lock -> lock.history.interrupt(Map.of(), lock.sequence));
        measure(
                "forget of " + TOPICS + " logs",
                TOPICS,
                HistoryLock::usersOfOneTopic,
                lock -> lock.history.forget(topic(0)));
    }

    private interface Step {
        void of(HistoryLock lock);
    }

    private static void measure(String what, int size, Step prepare, Step step) throws InterruptedException {
        double[] longest = new double[TIMES];
        double[] whole = new double[TIMES];
        for (int i = 0; i < TIMES; i++) {
            HistoryLock lock = new HistoryLock();
            prepare.of(lock);
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            long[] wait = new long[1];
            Thread bystander = new Thread(() -> {
                while (over.getCount() > 0) {
                    long began = System.nanoTime();
                    lock.history.invalidations();
                    wait[0] = Math.max(wait[0], System.nanoTime() - began);
                    begun.countDown();
                    for (long end = System.nanoTime() + PAUSE_NANOS; System.nanoTime() < end; ) {
                        Thread.onSpinWait();
                    }
                }
            });
            bystander.start();
            begun.await();
            long began = System.nanoTime();
            step.of(lock);
            whole[i] = (System.nanoTime() - began) / 1e3;
            over.countDown();
            bystander.join();
            longest[i] = wait[0] / 1e3;
        }
        Arrays.sort(longest);
        Arrays.sort(whole);
        System.out.printf(
                "%-28s longest wait %9.0f us (least %9.0f), whole %9.0f us, %.0f ns each%n",
                what,
                longest[TIMES / 2],
                longest[0],
                whole[TIMES / 2],
                TimeUnit.MICROSECONDS.toNanos((long) whole[TIMES / 2]) / (double) size);
    }

    private void sweep() {
        for (History.Sweep sweep = history.sweep(); !sweep.logs().isEmpty(); sweep = history.sweep()) {
            history.forgetAllBut(Set.of(), sweep);
        }
    }

    private void trimPoints(int count) {
        for (int i = 0; i < count; i++) {
            history.miss(topic(i), Optional.empty(), ++sequence);
        }
        append(topic(count), Optional.empty());
    }

    private void full() {
        history.follow(topic(0), 0);
        for (int i = 0; i < MESSAGES; i++) {
            append(topic(0), Optional.empty());
        }
    }

    private void followed() {
        for (int i = 0; i < TOPICS; i++) {
            history.follow(topic(i), 0);
            append(topic(i), Optional.of(new UserId("1")));
        }
    }

    private void usersOfOneTopic() {
        history.follow(topic(0), 0);
        for (int i = 0; i < TOPICS; i++) {
            append(topic(0), Optional.of(new UserId("user " + i)));
        }
    }

    private void append(Topic topic, Optional<UserId> user) {
        history.append(
                new AcceptedMessage(new MessageId("e", ++sequence), 0, new Message(topic, user, Text.of("x"))),
                System.nanoTime(),
                Archive.NOWHERE);
    }

    private static Topic topic(int number) {
        return new Topic("topic " + number);
    }
}
