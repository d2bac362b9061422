package relay.steady;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import relay.client.Client;
import relay.message.Topic;

/** Clients register, connect and are removed, while others ask for {@value #REGISTERED} times {@value #MANY} topics. */
final class Lives implements Situation {
    private static final int REGISTERED = 1000;
    private static final int MANY = 1000;
    private static final int LARGE_LIVES = 50;
    private static final int SMALL_LIVES = 5000;
    private static final double PER_SECOND = 40;
    private static final int PACED = 60;

    private final RelayInProcess relay = new RelayInProcess();
    private final LongAdder received = new LongAdder();
    private final SplittableRandom names = new SplittableRandom(1);

    Lives() {
        for (int i = 0; i < REGISTERED; i++) {
            relay.register("user " + i, Duration.ZERO, topics(MANY));
        }
        relay.settle();
    }

    @Override
    public List<Figure> measure() throws InterruptedException {
        Cost large = cost(LARGE_LIVES, MANY);
        Cost small = cost(SMALL_LIVES, 1);
        List<Set<Topic>> guests = guests(PACED, MANY);
        try (Bystander bystander = new Bystander(relay)) {
            Waits waits = bystander.during(() -> Pace.run(PER_SECOND, PACED, number -> live(guests.get(number))));
            return List.of(
                    new Figure("life with " + MANY + " topics: the worker's time", large.worker(), "us"),
                    new Figure("life with " + MANY + " topics: the caller's time", large.caller(), "us"),
                    new Figure("life with 1 topic: the worker's time", small.worker(), "us"),
                    new Figure("life with 1 topic: the caller's time", small.caller(), "us"),
                    new Figure("40 such lives a second: others wait, p90", waits.millis(0.9), "ms"),
                    new Figure("40 such lives a second: others wait, longest", waits.longestMillis(), "ms"));
        }
    }

    /** In microseconds for each life. */
    private record Cost(double worker, double caller) {}

    private Cost cost(int count, int topicsOfEach) {
        List<Set<Topic>> topics = guests(count, topicsOfEach);
        relay.settle();
        long worker = relay.workerNanos();
        long caller = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        topics.forEach(this::live);
        caller = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - caller;
        relay.settle();
        worker = relay.workerNanos() - worker;
        return new Cost(worker / 1e3 / count, caller / 1e3 / count);
    }

    private List<Set<Topic>> guests(int count, int topicsOfEach) {
        return IntStream.range(0, count).mapToObj(i -> topics(topicsOfEach)).toList();
    }

    private void live(Set<Topic> topics) {
        Client client = relay.register("guest", Duration.ZERO, topics);
        relay.connect(client, relay.texts(), received);
        relay.hub().unregister(client);
    }

    /** Nobody else's, of all over the alphabet. */
    private Set<Topic> topics(int count) {
        Set<Topic> topics = new HashSet<>();
        while (topics.size() < count) {
            topics.add(new Topic(Long.toHexString(names.nextLong())));
        }
        return topics;
    }

    @Override
    public void close() throws InterruptedException {
        relay.close();
    }
}
