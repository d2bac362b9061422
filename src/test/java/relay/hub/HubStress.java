package relay.hub;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import relay.client.ClientRegistry;
import relay.client.TopicInfo;
import relay.fanout.FanOutOptions;
import relay.history.HistoryOptions;
import relay.hub.StressEngine.Sent;
import relay.message.MessageId;
import relay.publish.PublishListener;
import relay.testing.HandedOver;
import relay.testing.ManualClock;
import relay.testing.ManualRounds;

/**
 * A hub to which everything happens at once: publishers, and drivers whose clients come, ask for this and that, stall, break
 * and come back. What happens depends on the seed, as far as threads allow.
 */
final class HubStress implements StressClient.Stage {
    /** Topics below this one are asked for only by clients that get nothing but what is new, over wires that are fast. */
    static final int CALM_TOPICS = 4;

    static final int HOT_TOPICS = 10;
    static final int TOPICS = 1200;
    static final int USERS = 10;

    private static final int DRIVERS = 3;
    private static final int PUBLISHERS = 3;
    private static final int MESSAGES_PER_STEP = 4;
    private static final int IN_FLIGHT = 64;
    private static final int LARGE = 100_000;
    private static final int IN_MEMORY_BYTES = 60_000;
    private static final int ARCHIVE_THREADS = 2;
    private static final int EXAMPLES = 20;
    private static final long TIMEOUT_SECONDS = 60;

    /**
     * What to do.
     *
     * @param missesMessages whether little of the past is held, and some of it is lost
     * @param archives whether most of what is held only an archive has, which takes its time
     * @param steps how many things each driver does
     */
    record Plan(int workers, boolean missesMessages, boolean archives, int clientsEach, int steps, long seed) {
        HistoryOptions history() {
            return new HistoryOptions(
                    missesMessages ? 300 : 1_000_000, Duration.ofDays(100), archives ? IN_MEMORY_BYTES : 512 << 20);
        }
    }

    /** What came of it. */
    record Outcome(long messages, long frames, long catchUps, List<String> faults) {}

    private record HandedOverTo(long sequence, int connections) {}

    private record ConfirmedBy(long sequence, int connections, int acknowledged) {}

    final Plan plan;
    private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 1000);
    private final StressEngine engine;
    private final Hub hub;
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final Queue<HandedOverTo> handedOver = new ConcurrentLinkedQueue<>();
    private final Queue<ConfirmedBy> confirmed = new ConcurrentLinkedQueue<>();
    private final AtomicInteger toBeConfirmed = new AtomicInteger();
    private final Semaphore pace = new Semaphore(0);
    private final ManualRounds rounds = new ManualRounds();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicLong framesRead = new AtomicLong();
    private final CountDownLatch published = new CountDownLatch(PUBLISHERS);
    final StressWire.Network network = new StressWire.Network();
    final StressWire.Overlaps overlaps = new StressWire.Overlaps();
    final List<StressEncoding> formats = List.of(new StressEncoding(), new StressEncoding());

    HubStress(Plan plan) {
        this.plan = plan;
        engine = new StressEngine(plan.archives());
        hub = new Hub(
                new FanOutOptions(plan.workers(), 64 << 20, Duration.ofDays(100), Duration.ofDays(100), plan.history()),
                new ClientRegistry(100_000),
                clock,
                InstantSource.system(),
                engine,
                Runnable::run,
                Optional.empty());
    }

    @Override
    public Hub hub() {
        return hub;
    }

    @Override
    public StressEngine engine() {
        return engine;
    }

    @Override
    public boolean missesMessages() {
        return plan.missesMessages();
    }

    @Override
    public void fault(String what) {
        if (faults.size() < EXAMPLES) {
            faults.add(what);
        }
    }

    long nanos() {
        return clock.nanos();
    }

    void letPass(Duration time) {
        clock.advance(time);
    }

    /** A driver has done something: as much is published meanwhile. */
    void stepDone() {
        pace.release(MESSAGES_PER_STEP);
    }

    void read(long frames) {
        framesRead.addAndGet(frames);
    }

    void awaitPublishers() throws InterruptedException {
        if (!published.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            fault("not everything that was published is handed over");
        }
    }

    Outcome run() throws Exception {
        hub.helpedBy(rounds);
        hub.start();
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean stop = new AtomicBoolean();
        try {
            Future<?> moving = threads.submit(() -> moveNetwork(stop));
            List<Future<?>> reading = start(
                    threads,
                    plan.archives() ? ARCHIVE_THREADS : 0,
                    number -> () -> read(new Random(plan.seed() + 7L * number), stop));
            List<Future<?>> publishing =
                    start(threads, PUBLISHERS, number -> () -> publish(new Random(plan.seed() + number)));
            List<StressDriver> drivers = IntStream.range(0, DRIVERS)
                    .mapToObj(number -> new StressDriver(this, number, new Random(plan.seed() * 31 + number)))
                    .toList();
            await(start(threads, DRIVERS, drivers::get));
            await(publishing);
            checkCounts(drivers.stream()
                    .map(StressDriver::clients)
                    .flatMap(Collection::stream)
                    .toList());
            await(start(threads, DRIVERS, number -> drivers.get(number)::leave));
            settle();
            check();
            stop.set(true);
            moving.get();
            await(reading);
        } finally {
            stop.set(true);
            threads.shutdownNow();
            hub.stop();
        }
        return new Outcome(handedOver.size(), framesRead.get(), hub.figures().catchUps(), List.copyOf(faults));
    }

    private interface Job {
        Callable<?> of(int number);
    }

    private static List<Future<?>> start(ExecutorService threads, int count, Job job) {
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            futures.add(threads.submit(job.of(i)));
        }
        return futures;
    }

    private static void await(List<Future<?>> futures) throws Exception {
        for (Future<?> future : futures) {
            future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void moveNetwork(AtomicBoolean stop) {
        while (!stop.get()) {
            if (!network.move()) {
                LockSupport.parkNanos(10_000);
            }
        }
    }

    private Void read(Random random, AtomicBoolean stop) throws InterruptedException {
        while (!stop.get()) {
            engine.answerReads(random);
        }
        return null;
    }

    private Void publish(Random random) throws InterruptedException {
        Semaphore inFlight = new Semaphore(IN_FLIGHT);
        int count = DRIVERS * plan.steps() * MESSAGES_PER_STEP / PUBLISHERS;
        rounds.begin();
        for (int i = 0; i < count; i++) {
            if (!acquire(pace) || !acquire(inFlight)) {
                fault("publishing has come to a halt");
                return null;
            }
            publish(random, inFlight::release);
            if (random.nextInt(3) == 0) {
                rounds.end();
            }
        }
        rounds.end();
        inFlight.acquire(IN_FLIGHT);
        published.countDown();
        return null;
    }

    /** A thread that waits ends its round before. */
    private boolean acquire(Semaphore semaphore) throws InterruptedException {
        if (semaphore.tryAcquire()) {
            return true;
        }
        rounds.end();
        return semaphore.tryAcquire(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private void publish(Random random, Runnable done) {
        int part = random.nextInt(100);
        int topic = part < 30
                ? random.nextInt(CALM_TOPICS)
                : part < 80
                        ? CALM_TOPICS + random.nextInt(HOT_TOPICS - CALM_TOPICS)
                        : HOT_TOPICS + random.nextInt(TOPICS - HOT_TOPICS);
        int user = random.nextInt(6) == 0 ? random.nextInt(USERS) : StressEngine.EVERYBODY;
        int size = random.nextInt(2000) == 0 ? LARGE : random.nextInt(100);
        relay.message.Message message = StressEncoding.message(numbers.incrementAndGet(), topic, user, size);
        if (random.nextInt(100) == 0) {
            toBeConfirmed.incrementAndGet();
            hub.publishConfirmed(message, Optional.empty(), Duration.ofDays(1), new Confirmed());
            done.run();
        } else {
            hub.publish(message, Optional.empty(), HandedOver.to((id, queued) -> {
                handedOver.add(new HandedOverTo(id.sequence(), queued));
                done.run();
            }));
        }
    }

    private final class Confirmed implements PublishListener {
        @Override
        public void published(PublishListener.Outcome outcome) {
            confirmed.add(new ConfirmedBy(outcome.id().sequence(), outcome.queued(), outcome.acknowledged()));
        }

        @Override
        public void repeated(MessageId id, Optional<String> answer) {
            fault("repeated: " + id);
        }

        @Override
        public void refused(RuntimeException cause) {
            fault("refused: " + cause);
        }
    }

    private void settle() throws InterruptedException {
        CountDownLatch settled = new CountDownLatch(1);
        hub.directory().settle(settled::countDown);
        if (!settled.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            fault("a worker has stopped");
        }
    }

    /** Who subscribes to what is counted right. */
    private void checkCounts(List<StressClient> clients) throws InterruptedException {
        settle();
        clients.forEach(StressClient::readAll);
        Map<Integer, Integer> registered = countByTopic(clients, client -> !client.isGone());
        Map<Integer, Integer> connected = countByTopic(clients, StressClient::isConnected);
        for (int topic = 0; topic < TOPICS; topic++) {
            TopicInfo expected = new TopicInfo(
                    StressEngine.topic(topic), registered.getOrDefault(topic, 0), connected.getOrDefault(topic, 0));
            TopicInfo entry = hub.directory()
                    .topic(expected.topic())
                    .map(Directory.TopicDetails::entry)
                    .orElse(new TopicInfo(expected.topic(), 0, 0));
            if (!entry.equals(expected)) {
                fault("counted: " + entry + ", but there are: " + expected);
            }
        }
    }

    private static Map<Integer, Integer> countByTopic(List<StressClient> clients, Predicate<StressClient> which) {
        Map<Integer, Integer> counts = new HashMap<>();
        clients.stream()
                .filter(which)
                .flatMap(client -> client.topics().stream())
                .forEach(topic -> counts.merge(topic, 1, Integer::sum));
        return counts;
    }

    private void check() {
        handedOver.forEach(one -> checkCount(engine.sent(one.sequence()), one.connections()));
        confirmed.forEach(one -> {
            Sent sent = engine.sent(one.sequence());
            checkCount(sent, one.connections());
            int answers = sent.acknowledged.get();
            boolean isRight = sent.topic < CALM_TOPICS ? one.acknowledged() == answers : one.acknowledged() <= answers;
            if (!isRight || one.acknowledged() > one.connections()) {
                fault(sent + " was acknowledged by " + answers + ", its publisher was told " + one);
            }
        });
        if (confirmed.size() != toBeConfirmed.get()) {
            fault(toBeConfirmed.get() + " messages were to be confirmed, " + confirmed.size() + " were");
        }
        if (overlaps.count.get() > 0) {
            fault(overlaps.count.get() + " writes overlapped");
        }
        hub.standstill().ifPresent(this::fault);
    }

    private void checkCount(Sent sent, int told) {
        int received = sent.receivedLive.get();
        if (told < received || (sent.topic < CALM_TOPICS && told != received)) {
            fault(sent + " was received by " + received + ", its publisher was told " + told);
        }
    }

    /** All of this user's clients are removed; when that is done. */
    CountDownLatch removeAllOf(int user) {
        CountDownLatch removed = new CountDownLatch(1);
        hub.directory().removeAllOf(StressEngine.user(user), count -> removed.countDown());
        return removed;
    }

    /** Some topics: of one kind, or of many. */
    static Set<Integer> someTopics(Random random, boolean calm) {
        int from = calm ? 0 : CALM_TOPICS;
        int to = calm ? CALM_TOPICS : random.nextInt(3) == 0 ? TOPICS : HOT_TOPICS;
        int count = 1 + random.nextInt(3);
        if (to == TOPICS) {
            count = random.nextInt(3) == 0 ? 1000 : 10 + random.nextInt(40);
        }
        return random.ints(from, to).distinct().limit(count).boxed().collect(Collectors.toUnmodifiableSet());
    }
}
