package relay.steady;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import relay.client.Client;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;

/**
 * A client asks for the whole past of {@value #TOPICS} topics: as many messages of each are held as the default bounds allow,
 * about 210.
 */
final class HeavyCommands implements Situation {
    private static final int TOPICS = 1000;
    private static final int MESSAGES_OF_EACH = 300;
    private static final int TEXT_BYTES = 10;
    private static final int LAST = 1_000_000;
    private static final double PER_SECOND = 40;
    private static final int COMMANDS = 80;

    private final RelayInProcess relay = new RelayInProcess();
    private final LongAdder received = new LongAdder();
    private final Set<Topic> topics =
            IntStream.range(0, TOPICS).mapToObj(i -> new Topic("topic " + i)).collect(Collectors.toUnmodifiableSet());
    private final Bystander bystander;
    private final Client client;
    private final SendQueue queue;

    HeavyCommands() {
        for (int i = 0; i < MESSAGES_OF_EACH; i++) {
            topics.forEach(topic -> relay.publish(RelayInProcess.message(topic, TEXT_BYTES)));
        }
        relay.settle();
        client = relay.register("heavy", Duration.ZERO, Set.of(new Topic("cats")));
        queue = relay.connect(client, relay.texts(), received);
        relay.settle();
        bystander = new Bystander(relay);
    }

    @Override
    public List<Figure> measure() throws InterruptedException {
        double[] worker = new double[1];
        double[] took = new double[1];
        Waits calm = bystander.during(() -> Thread.sleep(TimeUnit.SECONDS.toMillis(1)));
        Waits one = bystander.during(() -> {
            long cpu = relay.workerNanos();
            took[0] = askAndWait();
            worker[0] = (relay.workerNanos() - cpu) / 1e6;
        });
        Semaphore answered = new Semaphore(1);
        long begun = System.nanoTime();
        Waits many = bystander.during(() -> Pace.run(PER_SECOND, COMMANDS, number -> {
            answered.acquireUninterruptibly();
            ask(answered::release);
        }));
        double rate = COMMANDS / ((System.nanoTime() - begun) / 1e9);
        quiet();
        return List.of(
                new Figure("one heaviest command: the worker's time with all that it brings", worker[0], "ms"),
                new Figure("one heaviest command: all of it", took[0], "ms"),
                new Figure("one heaviest command: others wait, longest", one.longestMillis(), "ms"),
                new Figure("no heavy commands: others wait, p90", calm.millis(0.9), "ms"),
                new Figure("40 heaviest commands a second: others wait, p90", many.millis(0.9), "ms"),
                new Figure("40 heaviest commands a second: others wait, longest", many.longestMillis(), "ms"),
                new Figure("40 heaviest commands a second: as many as that", rate, "1/s"));
    }

    private void ask(Runnable answered) {
        relay.hub()
                .subscribe(
                        client,
                        queue,
                        new Subscription(topics, new StartPosition.Last(LAST)),
                        SubscribeAnswer.NONE,
                        answered,
                        refusal -> {
                            throw refusal;
                        });
    }

    /** In milliseconds until the last of the past has come. */
    private double askAndWait() throws InterruptedException {
        long begun = System.nanoTime();
        ask(() -> {});
        return (quiet() - begun) / 1e6;
    }

    /** Waits until nothing has come for a while, and says when the last came. */
    private long quiet() throws InterruptedException {
        long last = System.nanoTime();
        long bytes = -1;
        while (System.nanoTime() - last < TimeUnit.MILLISECONDS.toNanos(500)) {
            if (received.sum() != bytes) {
                bytes = received.sum();
                last = System.nanoTime();
            }
            Thread.sleep(1);
        }
        return last;
    }

    @Override
    public void close() throws InterruptedException {
        bystander.close();
        relay.close();
    }
}
