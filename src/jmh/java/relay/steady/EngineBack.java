package relay.steady;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * An engine comes back, and cannot bring what was published on {@value #TOPICS} topics meanwhile; {@value #CLIENTS} clients
 * are connected, each with two of these topics and one of its own.
 */
final class EngineBack implements Situation {
    private static final int TOPICS = 100;
    private static final int CLIENTS = 100_000;
    private static final long NOTICES = 2L * CLIENTS;

    private final ReturningEngine engine = new ReturningEngine();
    private final RelayInProcess relay = new RelayInProcess(engine);
    private final Bystander bystander;
    private final LongAdder received = new LongAdder();
    private final List<Topic> topics =
            IntStream.range(0, TOPICS).mapToObj(i -> new Topic("topic " + i)).toList();

    EngineBack() {
        for (int i = 0; i < CLIENTS; i++) {
            Set<Topic> mine = Set.of(
                    topics.get(i % TOPICS),
                    topics.get((i + 1 + i / TOPICS % (TOPICS - 1)) % TOPICS),
                    new Topic("own " + i));
            relay.connect(relay.register("user " + i, Duration.ZERO, mine), relay.texts(), received);
        }
        relay.settle();
        bystander = new Bystander(relay);
    }

    @Override
    public List<Figure> measure() throws InterruptedException {
        List<Figure> figures = new ArrayList<>();
        long[] took = new long[1];
        Waits wanted = bystander.during(() -> {
            long begun = System.nanoTime();
            Map<Topic, Set<UserId>> all =
                    engine.receiver().wanted().toCompletableFuture().join();
            took[0] = System.nanoTime() - begun;
            if (all.size() != TOPICS + CLIENTS + 1) {
                throw new IllegalStateException(all.size() + " topics");
            }
        });
        figures.add(new Figure("wanted: all of it", took[0] / 1e6, "ms"));
        figures.add(new Figure("wanted: others wait, longest", wanted.longestMillis(), "ms"));
        Waits missed = bystander.during(() -> {
            long begun = System.nanoTime();
            miss();
            took[0] = System.nanoTime() - begun;
        });
        figures.add(new Figure("missed for " + TOPICS + " topics: all of it", took[0] / 1e6, "ms"));
        figures.addAll(missed.figures("missed for " + TOPICS + " topics"));
        return figures;
    }

    private void miss() throws InterruptedException {
        MessageId newest =
                relay.publish(RelayInProcess.message(new Topic("nobody's"), 1)).join();
        long expected = notices() + NOTICES;
        topics.forEach(topic -> {
            synchronized (engine) {
                engine.receiver().missed(topic, Optional.empty(), newest, newest.sequence(), Gap.Reason.TRIMMED);
            }
        });
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (notices() < expected) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(expected - notices() + " notices have not come");
            }
            Thread.sleep(1);
        }
    }

    private long notices() {
        return relay.hub().figures().gaps().getOrDefault(Gap.Reason.TRIMMED, 0L);
    }

    @Override
    public void close() throws InterruptedException {
        bystander.close();
        relay.close();
    }
}
