package relay.fanout;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.Permissions;
import relay.client.TopicInfo;
import relay.engine.memory.MemoryEngine;
import relay.history.HistoryOptions;
import relay.hub.Hub;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.outbound.OpenConnection;
import relay.schedule.Ticker;

/**
 * The life of a client in a relay where others ask for a million topics: it registers, connects and is unregistered. Half of
 * its topics are others' too. The time of a life is that of the caller and the worker; the counters say what the worker
 * alone takes for its parts.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx2g", "-XX:+UseSerialGC"})
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 3, time = 5)
public class TopicLifeBenchmark {
    private static final int TOPICS = 1_000_000;
    private static final int OF_ONE = 1000;
    private static final HistoryOptions NO_HISTORY = new HistoryOptions(0, Duration.ZERO, 0);
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final ClientRegistry registry = new ClientRegistry(1 << 20);
    private final Hub hub = new Hub(
            new FanOutOptions(1, 64 << 20, Duration.ofMinutes(10), Duration.ofMinutes(10), NO_HISTORY, 0),
            registry,
            Ticker.system(),
            InstantSource.system(),
            new MemoryEngine(InstantSource.system()),
            Runnable::run,
            Optional.empty());

    /** How many topics the client asks for. */
    @Param({"1", "1000"})
    private int topics;

    private long worker;
    private int next;

    /** What the worker took for the lives of an iteration. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class WorkerLoop {
        private long nanos;
        private long longest;
        private long lives;

        /** Nanoseconds of processor time for one life. */
        public double nanosOfALife() {
            return lives == 0 ? 0 : (double) nanos / lives;
        }

        /** Nanoseconds of the longest of the commands, as it was measured in time: whatever else ran there counts too. */
        public double longestNanos() {
            return longest;
        }

        @Setup(Level.Iteration)
        public void forget() {
            nanos = 0;
            longest = 0;
            lives = 0;
        }
    }

    @Setup
    public void setUp() {
        hub.start();
        for (int i = 0; i < TOPICS / OF_ONE; i++) {
            Client client = client("user " + i);
            Set<Topic> own = new HashSet<>();
            for (int k = 0; k < OF_ONE; k++) {
                own.add(new Topic("topic " + (i * OF_ONE + k)));
            }
            hub.register(client, own);
            hub.connect(client, OpenConnection.openQueue(), StartPosition.NOW);
        }
        CompletableFuture<Long> id = new CompletableFuture<>();
        hub.directory().settle(() -> id.complete(Thread.currentThread().getId()));
        worker = id.join();
    }

    @TearDown
    public void tearDown() throws InterruptedException {
        hub.stop();
    }

    @Benchmark
    public void life(WorkerLoop times) {
        Set<Topic> asked = new HashSet<>();
        for (int k = 0; k < topics; k++) {
            next++;
            // Others ask for every second one.
            asked.add(new Topic("topic " + (k % 2 == 0 ? TOPICS + next : (int) (next * 7919L % TOPICS))));
        }
        settle();
        long before = THREADS.getThreadCpuTime(worker);
        Client client = client("somebody");
        long begun = System.nanoTime();
        hub.register(client, asked);
        took(times, begun);
        begun = System.nanoTime();
        hub.connect(client, OpenConnection.openQueue(), StartPosition.NOW);
        took(times, begun);
        begun = System.nanoTime();
        hub.unregister(client);
        took(times, begun);
        times.nanos += THREADS.getThreadCpuTime(worker) - before;
        times.lives++;
    }

    /** What an admin's page takes: of the caller, no worker. */
    @Benchmark
    public List<TopicInfo> page() {
        return hub.directory().topics(Optional.of(new Topic("topic 5")), TopicFilter.ANY, topics);
    }

    private void took(WorkerLoop times, long begun) {
        settle();
        times.longest = Math.max(times.longest, System.nanoTime() - begun);
    }

    private void settle() {
        CompletableFuture<Boolean> settled = new CompletableFuture<>();
        hub.directory().settle(() -> settled.complete(true));
        settled.join();
    }

    private static Client client(String user) {
        return new Client(ClientId.random(), Optional.of(new UserId(user)), Duration.ZERO, Permissions.EVERYTHING);
    }
}
