package relay.hub;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.Permissions;
import relay.client.TopicInfo;
import relay.engine.memory.MemoryEngine;
import relay.fanout.FanOutOptions;
import relay.fanout.Queued;
import relay.history.HistoryOptions;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.outbound.OpenConnection;
import relay.schedule.Ticker;

/**
 * Looking up a page in a relay with {@value #CLIENTS} connected clients, half of them of one user, each with a topic of its
 * own and one of all; and what a publisher to one client feels of it while another thread does nothing else.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
public class DirectoryBenchmark {
    static final int CLIENTS = 100_000;

    private static final UserId USER = new UserId("many");
    private static final HistoryOptions NO_HISTORY = new HistoryOptions(0, Duration.ZERO, 0);

    private final ClientRegistry registry = new ClientRegistry(2 * CLIENTS);
    private final Hub hub = new Hub(
            new FanOutOptions(1, 64 << 20, Duration.ofMinutes(10), Duration.ofMinutes(10), NO_HISTORY, 0),
            registry,
            Ticker.system(),
            InstantSource.system(),
            new MemoryEngine(InstantSource.system()),
            Runnable::run,
            Optional.empty());
    private final Message message = new Message(new Topic("topic 77777"), Optional.empty(), Text.of("x".repeat(100)));

    /** What a page has at most. */
    @Param({"100", "1000"})
    private int limit;

    private Optional<ClientId> middle = Optional.empty();

    @Setup
    public void setUp() {
        hub.start();
        for (int i = 0; i < CLIENTS; i++) {
            UserId user = i % 2 == 0 ? USER : new UserId("user " + i);
            Client client = new Client(ClientId.random(), Optional.of(user), Duration.ZERO, Permissions.EVERYTHING);
            hub.register(client, Set.of(new Topic("topic " + i), new Topic("all")));
            hub.connect(client, OpenConnection.openQueue(), StartPosition.NOW);
        }
        middle = Optional.of(ClientId.random());
        settle();
        int connected = hub.directory()
                .topic(new Topic("all"))
                .map(topic -> topic.entry().connected())
                .orElse(0);
        if (connected != CLIENTS) {
            throw new IllegalStateException("not all are connected, but " + connected);
        }
    }

    @TearDown
    public void tearDown() throws InterruptedException {
        hub.stop();
    }

    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    public List<TopicInfo> topics() {
        settle();
        return hub.directory().topics(Optional.of(new Topic("topic 5")), TopicFilter.ANY, limit);
    }

    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    public Optional<Directory.TopicDetails> topic() {
        settle();
        return hub.directory().topic(new Topic("topic 5"));
    }

    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    public Directory.ClientPage clients() {
        CompletableFuture<Directory.ClientPage> found = new CompletableFuture<>();
        hub.directory().clients(middle, limit, found::complete);
        return found.join();
    }

    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    public Directory.ClientPage clientsOfTheUserWhoHasHalf() {
        CompletableFuture<Directory.ClientPage> found = new CompletableFuture<>();
        hub.directory().clientsOf(USER, middle, limit, found::complete);
        return found.join();
    }

    /** From publishing to one client until the message is handed over. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public int publish() {
        CompletableFuture<Integer> handedOver = new CompletableFuture<>();
        hub.publish(message, Optional.empty(), new Queued(handedOver::complete));
        return handedOver.join();
    }

    /** The same while one listing after the other is made. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public int publishWhileListing(Lister lister) {
        return publish();
    }

    /** Lists clients all the time. */
    @State(Scope.Benchmark)
    public static class Lister {
        private volatile boolean stopped;
        private Thread thread = new Thread();

        @Setup
        public void setUp(DirectoryBenchmark benchmark) {
            stopped = false;
            thread = new Thread(() -> {
                while (!stopped) {
                    benchmark.clients();
                    benchmark.clientsOfTheUserWhoHasHalf();
                }
            });
            thread.start();
        }

        @TearDown
        public void tearDown() throws InterruptedException {
            stopped = true;
            thread.join();
        }
    }

    private void settle() {
        CompletableFuture<Boolean> settled = new CompletableFuture<>();
        hub.directory().settle(() -> settled.complete(true));
        settled.join();
    }
}
