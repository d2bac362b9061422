package relay.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** All the subscribers of a run, over a few loops. For the thread of {@link BenchRun}. */
final class Subscribers {
    private static final int MOST_LOOPS = 4;
    private static final int CORES_PER_LOOP = 2;
    private static final long OPEN_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long STOP_MILLIS = 10_000;

    /** Fewer than the ports that one source address has. */
    private static final int CONNECTIONS_PER_SOURCE = 20_000;

    private final Load load;
    private final Topics topics;
    private final Clock clock;
    private final LiveCounts live;
    private final List<SubscriberLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    Subscribers(Load load, Topics topics, Clock clock, LiveCounts live) throws IOException {
        this.load = load;
        this.topics = topics;
        this.clock = clock;
        this.live = live;
        int count = Math.min(MOST_LOOPS, Math.max(1, Runtime.getRuntime().availableProcessors() / CORES_PER_LOOP));
        int each = (load.connections() + count - 1) / count;
        for (int i = 0; i < count; i++) {
            loops.add(new SubscriberLoop(clock, live, new Tally(each, load.publishers(), live)));
        }
        for (SubscriberLoop loop : loops) {
            threads.add(BenchThreads.start("reader", loop));
        }
    }

    /**
     * Registers and connects the subscribers from one number on to another.
     *
     * @throws IOException if that fails for one of them
     */
    void open(int from, int to, Progress progress) throws IOException, InterruptedException {
        if (from == to) {
            return;
        }
        progress.pause("registering");
        List<String> ids =
                new Registration(load.first(), number -> topics.name(topics.ofSubscriber(number))).register(from, to);
        for (int loop = 0; loop < loops.size(); loop++) {
            List<Subscriber.Spec> specs = new ArrayList<>();
            for (int number = from; number < to; number++) {
                if (number % loops.size() == loop) {
                    specs.add(spec(number, ids.get(number - from)));
                }
            }
            loops.get(loop).open(specs);
        }
        awaitOpen(to, progress);
    }

    /** See {@link SubscriberLoop#measureFrom}. */
    void measureFrom(long moment) {
        loops.forEach(loop -> loop.measureFrom(moment));
    }

    /** How many deliveries there are when every subscriber has every message. */
    long expected(List<int[]> sentByPublisher) {
        long expected = 0;
        for (int[] sent : sentByPublisher) {
            for (int topic = 0; topic < topics.count(); topic++) {
                expected += (long) sent[topic] * topics.subscribers(topic, load.connections());
            }
        }
        return expected;
    }

    /** Closes the sockets and waits for the threads to end. */
    void close() throws InterruptedException {
        loops.forEach(SubscriberLoop::stop);
        for (Thread thread : threads) {
            thread.join(STOP_MILLIS);
        }
    }

    /** What arrived, after a comparison with what was sent. To be called once, after {@link #close}. */
    List<Tally> tallies(List<int[]> sentByPublisher) {
        for (int number = 0; number < load.connections(); number++) {
            SequenceChecker checker = loops.get(number % loops.size()).tally().checker();
            for (int publisher = 0; publisher < sentByPublisher.size(); publisher++) {
                int sent = sentByPublisher.get(publisher)[topics.ofSubscriber(number)];
                checker.sent(number / loops.size(), publisher, sent);
            }
        }
        return loops.stream().map(SubscriberLoop::tally).toList();
    }

    private Subscriber.Spec spec(int number, String id) throws IOException {
        return new Subscriber.Spec(
                number / loops.size(), topics.ofSubscriber(number), load.target(number), id, source(number));
    }

    private Optional<InetAddress> source(int number) throws IOException {
        if (load.connections() <= CONNECTIONS_PER_SOURCE
                || !load.first().address().getAddress().isLoopbackAddress()) {
            return Optional.empty();
        }
        int sources = load.connections() / CONNECTIONS_PER_SOURCE + 1;
        return Optional.of(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (2 + number % sources)}));
    }

    private void awaitOpen(int count, Progress progress) throws IOException, InterruptedException {
        long opened = live.opened.sum();
        long deadline = clock.nanos() + OPEN_TIMEOUT_NANOS;
        while (opened < count) {
            progress.pause("connecting");
            long now = live.opened.sum();
            if (now > opened) {
                opened = now;
                deadline = clock.nanos() + OPEN_TIMEOUT_NANOS;
            }
            if (live.refused.sum() > 0 || clock.nanos() - deadline > 0) {
                throw new IOException("only " + opened + " of " + load.connections() + " connections could be opened: "
                        + live.firstError().orElse("the others were not answered"));
            }
        }
    }
}
