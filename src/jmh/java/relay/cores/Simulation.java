package relay.cores;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.Permissions;
import relay.engine.memory.MemoryEngine;
import relay.fanout.FanOutOptions;
import relay.fanout.Queued;
import relay.history.HistoryOptions;
import relay.hub.Hub;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.outbound.ConnectionTotals;
import relay.schedule.Ticker;
import relay.websocket.SocketEncodings;

/** A hub with a number of workers and the relay's own defaults, and clients whose wires cost a fixed amount of work. */
final class Simulation implements AutoCloseable {
    private static final int MAX_CLIENTS = 1_000_000;
    private static final int MAX_BACKLOG_BYTES = 64 << 20;
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final HistoryOptions HISTORY = new HistoryOptions(1000, LONG, 64 << 20);
    private static final String PUBLISHER = "publisher-";
    private static final String WORKER = "fanout-";

    private final Shape shape;
    private final Hub hub;
    private final List<Message> messages = new ArrayList<>();
    private final List<FixedWire> wires = new ArrayList<>();

    /**
     * What the messages of one round cost, each.
     *
     * @param publishingMicros the processor's time of the threads that publish
     * @param workingMicros the same of the workers; the wires have their share in both
     * @param writes how many there were
     * @param sleeps how often workers went to sleep: somebody had to wake them
     */
    record Cost(double publishingMicros, double workingMicros, double writes, double sleeps) {
        double micros() {
            return publishingMicros + workingMicros;
        }
    }

    /**
     * Everybody is connected.
     *
     * @param helped whether threads that publish write to few clients themselves, as those do that select
     * @param work how many steps each write takes
     */
    Simulation(Shape shape, int workers, boolean helped, int work) {
        this.shape = shape;
        hub = new Hub(
                new FanOutOptions(workers, MAX_BACKLOG_BYTES, LONG, LONG, HISTORY, 0),
                new ClientRegistry(MAX_CLIENTS),
                Ticker.system(),
                InstantSource.system(),
                new MemoryEngine(InstantSource.system()),
                Runnable::run,
                Optional.empty());
        hub.start();
        if (helped) {
            hub.helpedBy(Simulation::atEndOfRound);
        }
        ConnectionTotals totals = new ConnectionTotals();
        SocketEncodings encodings = new SocketEncodings();
        for (int i = 0; i < shape.topics(); i++) {
            Topic topic = new Topic("topic " + i);
            messages.add(new Message(topic, Optional.empty(), Text.of("x".repeat(100))));
            for (int j = 0; j < shape.subscribers(); j++) {
                Client client = new Client(ClientId.random(), Optional.empty(), Duration.ZERO, Permissions.EVERYTHING);
                FixedWire.Opened opened = FixedWire.open(encodings.texts(), work, totals);
                hub.register(client, Set.of(topic));
                hub.connect(client, opened.queue(), StartPosition.NOW);
                wires.add(opened.wire());
            }
        }
        settle();
    }

    /** Publishes all messages, and says what they cost. */
    Cost round() throws InterruptedException {
        long writesBefore = writes();
        Processors before = Processors.of(WORKER);
        List<Publisher> publishers = new ArrayList<>();
        for (int i = 0; i < shape.publishers(); i++) {
            publishers.add(new Publisher(i));
        }
        publishers.forEach(Thread::start);
        long publishingNanos = 0;
        for (Publisher publisher : publishers) {
            publisher.join();
            publishingNanos += publisher.nanos;
        }
        settle();
        Processors worked = Processors.of(WORKER).since(before);
        double all = (double) shape.publishers() * shape.messages();
        long written = writes() - writesBefore;
        return new Cost(publishingNanos / 1e3 / all, worked.nanos() / 1e3 / all, written / all, worked.sleeps() / all);
    }

    private static boolean atEndOfRound(Runnable task) {
        return Thread.currentThread() instanceof Publisher publisher && publisher.tasks.add(task);
    }

    private long writes() {
        return wires.stream().mapToLong(FixedWire::writes).sum();
    }

    private void settle() {
        CompletableFuture<Boolean> settled = new CompletableFuture<>();
        hub.directory().settle(() -> settled.complete(true));
        settled.join();
    }

    @Override
    public void close() throws InterruptedException {
        hub.stop();
    }

    /** Publishes to the topics in turn, with so many messages at most that wait for their answer: as many as it may are a round. */
    private final class Publisher extends Thread {
        private final int number;
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private long nanos;

        Publisher(int number) {
            super(PUBLISHER + number);
            this.number = number;
        }

        @Override
        public void run() {
            long began = Processors.ofThisThread();
            Semaphore window = new Semaphore(shape.window());
            Queued answered = new Queued(connections -> window.release());
            for (int i = 0; i < shape.messages(); i++) {
                if (!window.tryAcquire()) {
                    endRound();
                    window.acquireUninterruptibly();
                }
                int topic = (number + i * shape.publishers()) % messages.size();
                hub.publish(messages.get(topic), Optional.empty(), answered);
            }
            endRound();
            window.acquireUninterruptibly(shape.window());
            nanos = Processors.ofThisThread() - began;
        }

        private void endRound() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }
}
