package relay.fanout;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
import relay.engine.memory.MemoryEngine;
import relay.history.HistoryOptions;
import relay.hub.Hub;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.OpenConnection;
import relay.schedule.Ticker;

/** A message to {@value #CLIENTS} clients of one user, with this many topics each: for that user alone, or for everybody. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 3)
public class UserMessageBenchmark {
    static final int CLIENTS = 100;

    private static final UserId USER = new UserId("many");
    private static final HistoryOptions NO_HISTORY = new HistoryOptions(0, Duration.ZERO, 0);

    private final Hub hub = new Hub(
            new FanOutOptions(1, 64 << 20, Duration.ofMinutes(10), Duration.ofMinutes(10), NO_HISTORY, 0),
            new ClientRegistry(2 * CLIENTS),
            Ticker.system(),
            InstantSource.system(),
            new MemoryEngine(InstantSource.system()),
            Runnable::run,
            Optional.empty());

    @Param({"1", "8", "1000"})
    private int topics;

    @Setup
    public void setUp() {
        hub.start();
        Set<Topic> asked = new HashSet<>();
        for (int i = 0; i < topics; i++) {
            asked.add(new Topic("topic " + i));
        }
        for (int i = 0; i < CLIENTS; i++) {
            Client client = new Client(ClientId.random(), Optional.of(USER), Duration.ZERO, Permissions.EVERYTHING);
            hub.register(client, asked);
            hub.connect(client, OpenConnection.openQueue(), StartPosition.NOW);
        }
    }

    @TearDown
    public void tearDown() throws InterruptedException {
        hub.stop();
    }

    @Benchmark
    public int toTheUser() {
        return publish("topic 0", Optional.of(USER));
    }

    @Benchmark
    public int toEverybody() {
        return publish("topic 0", Optional.empty());
    }

    /** Nobody asks for its topic. */
    @Benchmark
    public int toTheUserWhoDoesNotAskForIt() {
        return publish("another", Optional.of(USER));
    }

    private int publish(String topic, Optional<UserId> user) {
        CompletableFuture<Integer> handedOver = new CompletableFuture<>();
        Message message = new Message(new Topic(topic), user, Text.of("x".repeat(100)));
        hub.publish(message, Optional.empty(), new Queued(handedOver::complete));
        return handedOver.join();
    }
}
