package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.Permissions;
import relay.engine.Archive;
import relay.history.History;
import relay.history.HistoryOptions;
import relay.history.MessageLog;
import relay.history.RetainedMessages;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.outbound.ConnectionTotals;
import relay.outbound.SendQueue;
import relay.publish.Backlog;
import relay.publish.PendingPublish;
import relay.schedule.Ticker;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;
import relay.testing.Reachable;

/** On many cores, what two workers both write to for each delivery would pass from one core to the other each time. */
class WorkersShareNothingTest {
    private static final Topic TOPIC = new Topic("cats");

    /** All workers can reach them, but what they lead to belongs to one. */
    private static final Set<Class<?>> OF_ONE_WORKER = Set.of(Client.class, TopicIndex.Members.class);

    private static final int CLIENTS = 5;
    private static final int MESSAGES = 100;

    private final HistoryOptions history = new HistoryOptions(100, Duration.ofMinutes(1), 1 << 20);
    private final FanOutOptions options =
            new FanOutOptions(2, 1 << 20, Duration.ofMinutes(1), Duration.ofMinutes(1), history, 0);
    private final Ticker ticker = Ticker.system();
    private final ClientRegistry registry = new ClientRegistry(100);
    private final TopicTable topics = new TopicTable(2, ticker);
    private final ConnectionTotals totals = new ConnectionTotals();
    private final MessageLog log = new MessageLog(new History(history, ticker), new RetainedMessages(1 << 20, ticker));
    private final List<Worker> workers = List.of(worker(0), worker(1));
    private final List<Thread> threads =
            workers.stream().map(worker -> new Thread(worker.loop(), "worker")).toList();

    private Worker worker(int number) {
        return new Worker(
                options, registry, ticker, log, topics, number, RegistrationStore.NONE, Archive.NONE, Optional.empty());
    }

    @BeforeEach
    void start() {
        threads.forEach(Thread::start);
        workers.forEach(worker -> {
            for (int i = 0; i < CLIENTS; i++) {
                connect(worker);
            }
        });
        workers.forEach(WorkersShareNothingTest::settle);
    }

    @AfterEach
    void stop() throws InterruptedException {
        workers.forEach(Worker::stop);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void aWorkerThatDeliversChangesNothingThatAnotherCanReach() throws Exception {
        deliver(workers.get(0));
        Reachable before = Reachable.from(workers.get(0), OF_ONE_WORKER);
        List<Object> shared = before.sharedWith(Reachable.from(workers.get(1), OF_ONE_WORKER));
        assertThat(shared).contains(topics, registry, log);

        deliver(workers.get(0));

        Reachable after = Reachable.from(workers.get(0), OF_ONE_WORKER);
        assertThat(after.changedSince(before, shared)).isEmpty();
        assertThat(workers.get(0).counts().deliveries.get()).isEqualTo(2 * MESSAGES * CLIENTS);
        assertThat(after.changedSince(before, before.sharedWith(after)))
                .as("its own counts have changed, and that is seen")
                .isNotEmpty();
    }

    private void connect(Worker worker) {
        Client client = new Client(ClientId.random(), Optional.empty(), Duration.ZERO, Permissions.EVERYTHING);
        registry.add(client, Set.of(TOPIC));
        worker.register(client, topics.enter(Set.of(TOPIC)), 0);
        SendQueue queue = new SendQueue(new FakeConnection(), 1 << 20, totals);
        queue.open();
        worker.connect(client, queue, StartPosition.NOW);
    }

    private static void deliver(Worker worker) throws InterruptedException {
        Message message = new Message(TOPIC, Optional.empty(), Text.of("meow"));
        Backlog backlog = new Backlog(Long.MAX_VALUE);
        CountDownLatch handedOver = new CountDownLatch(MESSAGES);
        for (int i = 0; i < MESSAGES; i++) {
            worker.deliver(
                    new AcceptedMessage(new MessageId("epoch", i + 1), 0, message),
                    new PendingPublish(
                            message,
                            0,
                            1,
                            Optional.empty(),
                            Optional.empty(),
                            backlog,
                            HandedOver.to((id, queued) -> handedOver.countDown())));
        }
        assertThat(handedOver.await(10, TimeUnit.SECONDS)).isTrue();
        settle(worker);
    }

    private static void settle(Worker worker) {
        CompletableFuture<Boolean> settled = new CompletableFuture<>();
        worker.afterAll(() -> settled.complete(true));
        settled.orTimeout(10, TimeUnit.SECONDS).join();
    }
}
