package relay.hub;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.Overflow;
import relay.client.Permissions;
import relay.client.Room;
import relay.engine.Engine;
import relay.engine.Outbox;
import relay.engine.memory.MemoryEngine;
import relay.fanout.FanOutOptions;
import relay.history.HistoryOptions;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.ConnectionTotals;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;
import relay.testing.ManualClock;

/** A hub that runs, with a clock that stands still until the test moves it. */
public final class TestHub implements AutoCloseable {
    static final Duration REGISTER_TTL = Duration.ofMinutes(10);
    static final Duration PING_INTERVAL = Duration.ofSeconds(25);
    private static final int RETAINED_BYTES = 64 << 20;
    public static final Duration KEEP = Duration.ofSeconds(60);

    static final HistoryOptions HISTORY = new HistoryOptions(1000, Duration.ofMinutes(10), 64 << 20);

    private static final int LARGE_QUEUE = 64 << 20;
    private static final long TIMEOUT_SECONDS = 20;

    final Room room = Room.unbounded();
    final ClientRegistry registry;
    final Hub hub;
    private final ManualClock clock;
    private final List<CountDownLatch> gates = new ArrayList<>();

    /** A message that was accepted. */
    record Published(CompletableFuture<Integer> handedOver) {
        /** To how many connections it was handed, waiting for that. */
        int queued() {
            return join(handedOver);
        }
    }

    TestHub(int workers, long maxBacklogBytes) {
        this(workers, maxBacklogBytes, HISTORY);
    }

    TestHub(int workers, long maxBacklogBytes, HistoryOptions history) {
        this(workers, maxBacklogBytes, history, new MemoryEngine(InstantSource.system()));
    }

    TestHub(Engine engine) {
        this(1, 64 << 20, HISTORY, engine);
    }

    TestHub(HistoryOptions history, Engine engine) {
        this(1, 64 << 20, history, engine);
    }

    private TestHub(int workers, long maxBacklogBytes, HistoryOptions history, Engine engine) {
        this(
                options(workers, maxBacklogBytes, history),
                engine,
                1000,
                Integer.MAX_VALUE,
                new ManualClock(Long.MAX_VALUE - 1000),
                InstantSource.system());
    }

    /** With an engine that keeps registrations, limits for these, clocks of the test's own, and all of the past. */
    TestHub(Engine engine, int maxClients, int maxOfUser, ManualClock clock, InstantSource wallClock) {
        this(
                options(2, 64 << 20, new HistoryOptions(1_000_000, Duration.ofDays(100), 512 << 20)),
                engine,
                maxClients,
                maxOfUser,
                clock,
                wallClock);
    }

    private TestHub(
            FanOutOptions options,
            Engine engine,
            int maxClients,
            int maxOfUser,
            ManualClock clock,
            InstantSource wallClock) {
        this(options, engine, maxClients, maxOfUser, clock, wallClock, Optional.empty());
    }

    private static FanOutOptions options(int workers, long maxBacklogBytes, HistoryOptions history) {
        return new FanOutOptions(workers, maxBacklogBytes, REGISTER_TTL, PING_INTERVAL, history, RETAINED_BYTES);
    }

    /** With an outbox. */
    TestHub(Engine engine, InstantSource wallClock, Outbox outbox) {
        this(
                options(2, 64 << 20, HISTORY),
                engine,
                1000,
                Integer.MAX_VALUE,
                new ManualClock(),
                wallClock,
                Optional.of(outbox));
    }

    private TestHub(
            FanOutOptions options,
            Engine engine,
            int maxClients,
            int maxOfUser,
            ManualClock clock,
            InstantSource wallClock,
            Optional<Outbox> outbox) {
        this.clock = clock;
        registry = new ClientRegistry(maxClients, maxOfUser, room);
        hub = new Hub(options, registry, clock, wallClock, engine, Runnable::run, outbox);
        hub.start();
    }

    TestHub() {
        this(1, 64 << 20);
    }

    Client register(String user, String... topics) {
        return register(Duration.ZERO, user, topics);
    }

    Client register(Duration keep, String user, String... topics) {
        Client client = new Client(ClientId.random(), Optional.of(new UserId(user)), keep, Permissions.EVERYTHING);
        hub.register(client, topics(topics));
        return client;
    }

    /** A client that is kept, and goes on from the history when its queue is full. */
    Client registerCatchingUp(String user, String... topics) {
        Client client = new Client(
                ClientId.random(), Optional.of(new UserId(user)), KEEP, Overflow.CATCHUP, Permissions.EVERYTHING);
        hub.register(client, topics(topics));
        return client;
    }

    SendQueue connect(Client client, FakeConnection connection) {
        return connect(client, connection, LARGE_QUEUE);
    }

    SendQueue connect(Client client, FakeConnection connection, int queueBytes) {
        return connect(client, connection, queueBytes, StartPosition.NOW);
    }

    SendQueue connect(Client client, FakeConnection connection, StartPosition start) {
        return connect(client, connection, LARGE_QUEUE, start);
    }

    private SendQueue connect(Client client, FakeConnection connection, int queueBytes, StartPosition start) {
        SendQueue queue = new SendQueue(connection, queueBytes, new ConnectionTotals());
        connection.hears(clock.nanos());
        hub.connect(client, queue, start);
        queue.open();
        return queue;
    }

    /** A new client's connection. */
    FakeConnection connected(String user, String... topics) {
        FakeConnection connection = new FakeConnection();
        connect(register(user, topics), connection);
        return connection;
    }

    /** Asks for topics and waits until that is in force. */
    void subscribe(Client client, SendQueue queue, String... topics) {
        CompletableFuture<Void> applied = new CompletableFuture<>();
        hub.subscribe(
                client,
                queue,
                new Subscription(topics(topics), StartPosition.NOW),
                SubscribeAnswer.NONE,
                () -> applied.complete(null),
                applied::completeExceptionally);
        join(applied);
    }

    Published publish(String topic, String text) {
        return publish(Optional.empty(), topic, text);
    }

    Published publish(Optional<String> user, String topic, String text) {
        CompletableFuture<Integer> queued = new CompletableFuture<>();
        Message message = new Message(new Topic(topic), user.map(UserId::new), Text.of(text));
        hub.publish(message, Optional.empty(), HandedOver.to((id, count) -> queued.complete(count)));
        return new Published(queued);
    }

    /** Publishes lines of a topic and a text, one after the other, and says the id of the last. */
    MessageId publishLines(String... lines) {
        MessageId last = new MessageId("", 0);
        for (String line : lines) {
            int space = line.indexOf(' ');
            CompletableFuture<MessageId> accepted = new CompletableFuture<>();
            hub.publish(
                    message(line.substring(0, space), line.substring(space + 1)),
                    Optional.empty(),
                    HandedOver.to((id, queued) -> accepted.complete(id)));
            last = join(accepted);
        }
        return last;
    }

    /** Publishes and waits for the number of connections. */
    int publishAndWait(String topic, String text) {
        return publish(topic, text).queued();
    }

    /**
     * Makes a worker stop in a write until the latch is counted down, so that whatever is asked for meanwhile waits
     * and is done in one go.
     */
    CountDownLatch block() {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        gates.add(gate);
        FakeConnection blocker = new FakeConnection();
        blocker.beforeWrite(() -> {
            reached.countDown();
            await(gate);
        });
        Client client = register("blocker", "block");
        connect(client, blocker);
        publish("block", "");
        await(reached);
        hub.unregister(client);
        return gate;
    }

    /** Moves the clock and waits until the workers have attended to what is due. */
    void advance(Duration time) {
        clock.advance(time);
        settle();
    }

    /** What the clock says. */
    long nanos() {
        return clock.nanos();
    }

    /** As {@link #advance}, but nothing else happens. */
    void letPass(Duration time) {
        clock.advance(time);
    }

    /** Waits until a client's worker has done what was asked of it, without a message in the sequence. */
    void settleWithoutMessage(Client client) {
        for (int i = 0; i < 2; i++) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            hub.afterAllFor(client, () -> done.complete(null));
            join(done);
        }
    }

    /** Waits until the workers have done what was asked of them, and looked at the clock since. */
    void settle() {
        publishAndWait("nobody", "");
        publishAndWait("nobody", "");
    }

    /** The connection gives a sign of life. */
    void hear(FakeConnection connection) {
        connection.hears(clock.nanos());
    }

    boolean knows(Client client) {
        return registry.find(client.id()).isPresent();
    }

    public static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    static Message message(String topic, String text) {
        return new Message(new Topic(topic), Optional.empty(), Text.of(text));
    }

    public static Set<Topic> topics(String... names) {
        return Stream.of(names).map(Topic::new).collect(Collectors.toUnmodifiableSet());
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("waited too long");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        gates.forEach(CountDownLatch::countDown);
        try {
            hub.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
