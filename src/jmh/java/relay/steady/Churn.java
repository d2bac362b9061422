package relay.steady;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import relay.client.Client;
import relay.fanout.Queued;
import relay.message.Message;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;

/**
 * {@value #IN_FLIGHT} messages at a time to {@value #SUBSCRIBERS} subscribers, while clients of other topics come and go: a
 * life is four commands, evenly spread.
 */
final class Churn implements Situation {
    private static final int SUBSCRIBERS = 1000;
    private static final int IN_FLIGHT = 64;
    private static final double SECONDS = 2;
    private static final int COMMANDS_OF_A_LIFE = 4;
    private static final int[] COMMANDS_PER_SECOND = {0, 1000, 3000};
    private static final Topic TOPIC = new Topic("cats");
    private static final Set<Topic> OTHER_TOPICS = Set.of(new Topic("dogs"));

    private final RelayInProcess relay = new RelayInProcess();
    private final Message message = RelayInProcess.message(TOPIC, 100);
    private final LongAdder received = new LongAdder();
    private final LongAdder handedOver = new LongAdder();
    private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
    private final Thread publisher = new Thread(this::publish, "publisher");
    private volatile boolean stopped;
    private Life life;

    Churn() {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            relay.connect(relay.register("user " + i, Duration.ZERO, Set.of(TOPIC)), relay.texts(), received);
        }
        relay.settle();
        publisher.start();
    }

    @Override
    public List<Figure> measure() throws InterruptedException {
        List<Figure> figures = new ArrayList<>();
        for (int rate : COMMANDS_PER_SECOND) {
            long begun = System.nanoTime();
            long before = handedOver.sum();
            long worker = relay.workerNanos();
            if (rate == 0) {
                Thread.sleep((long) (1000 * SECONDS));
            } else {
                Pace.run(rate, (int) (rate * SECONDS), this::command);
            }
            double publishes = handedOver.sum() - before;
            double seconds = (System.nanoTime() - begun) / 1e9;
            double workerSeconds = (relay.workerNanos() - worker) / 1e9;
            String name = "churn of " + rate + " commands a second: publishes";
            figures.add(new Figure(name, publishes / seconds, "1/s"));
            figures.add(new Figure(name + " in a second of the worker's time", publishes / workerSeconds, "1/s"));
            relay.settle();
        }
        return figures;
    }

    private void command(int number) {
        int step = number % COMMANDS_OF_A_LIFE;
        if (step == 0) {
            life = new Life();
        } else {
            life.goOn(step);
        }
    }

    /** A client that registers, connects, asks for something else and goes. */
    private final class Life {
        private final Client client = relay.register("user", Duration.ZERO, Set.of(new Topic("birds")));
        private SendQueue queue;

        private void goOn(int step) {
            switch (step) {
                case 1 -> queue = relay.connect(client, relay.texts(), received);
                case 2 ->
                    relay.hub()
                            .subscribe(
                                    client,
                                    queue,
                                    new Subscription(OTHER_TOPICS, StartPosition.NOW),
                                    SubscribeAnswer.NONE,
                                    () -> {},
                                    refusal -> {});
                default -> relay.hub().disconnect(client, queue);
            }
        }
    }

    private void publish() {
        while (!stopped) {
            inFlight.acquireUninterruptibly();
            relay.hub().publish(message, Optional.empty(), new Queued(this::handedOver));
        }
    }

    private void handedOver(int connections) {
        handedOver.increment();
        inFlight.release();
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        publisher.join();
        relay.close();
    }
}
