package relay.steady;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.Permissions;
import relay.engine.Engine;
import relay.engine.memory.MemoryEngine;
import relay.fanout.FanOutOptions;
import relay.history.HistoryOptions;
import relay.hub.Hub;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.schedule.Ticker;
import relay.websocket.SocketEncodings;

/** A hub with one worker and the relay's own defaults, and clients whose peers answer pings by a thread of their own. */
final class RelayInProcess implements AutoCloseable {
    private static final int MAX_CLIENTS = 1_000_000;
    private static final int MAX_BACKLOG_BYTES = 64 << 20;
    private static final Duration REGISTER_TTL = Duration.ofMinutes(10);
    private static final Duration PING_INTERVAL = Duration.ofSeconds(25);
    private static final HistoryOptions HISTORY = new HistoryOptions(1000, Duration.ofMinutes(10), 64 << 20);
    private static final String WORKER = "fanout-0";
    private static final long PATIENCE_SECONDS = 120;

    private final SocketEncodings encodings = new SocketEncodings();
    private final ExecutorService answers = Executors.newSingleThreadExecutor(task -> new Thread(task, "answers"));
    private final Hub hub;
    private final long workerThread;

    RelayInProcess() {
        this(new MemoryEngine(InstantSource.system()));
    }

    RelayInProcess(Engine engine) {
        hub = new Hub(
                new FanOutOptions(1, MAX_BACKLOG_BYTES, REGISTER_TTL, PING_INTERVAL, HISTORY, 0),
                new ClientRegistry(MAX_CLIENTS),
                Ticker.system(),
                InstantSource.system(),
                engine,
                Runnable::run,
                Optional.empty());
        hub.start();
        workerThread = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(WORKER))
                .mapToLong(Thread::getId)
                .findAny()
                .orElseThrow();
    }

    Hub hub() {
        return hub;
    }

    Encoding texts() {
        return encodings.texts();
    }

    Encoding envelopes() {
        return encodings.envelopes();
    }

    /** A client that is not connected. */
    Client register(String user, Duration keep, Set<Topic> topics) {
        Client client = new Client(ClientId.random(), Optional.of(new UserId(user)), keep, Permissions.EVERYTHING);
        hub.register(client, topics);
        return client;
    }

    /**
     * Connects it from where it was, by a wire whose writes cost a system call.
     *
     * @param received where its bytes are added up
     */
    SendQueue connect(Client client, Encoding encoding, LongAdder received) {
        SendQueue[] queue = new SendQueue[1];
        queue[0] = Wire.queue(encoding, Wire.SYSTEM_CALL_NANOS, new Wire.Peer() {
            @Override
            public void received(int bytes) {
                received.add(bytes);
            }

            @Override
            public void asked(long sequence) {
                answers.execute(() -> hub.acknowledge(client, queue[0], sequence));
            }
        });
        hub.connect(client, queue[0], StartPosition.NOW);
        return queue[0];
    }

    Published publish(Message message) {
        Published published = new Published();
        hub.publish(message, Optional.empty(), published);
        return published;
    }

    /** Waits until all that was asked for before has been done. */
    void settle() {
        CompletableFuture<Boolean> settled = new CompletableFuture<>();
        hub.directory().settle(() -> settled.complete(true));
        settled.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Waits until so many bytes have been received. */
    static void await(LongAdder received, long bytes) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (received.sum() < bytes) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(received.sum() + " bytes have come, not " + bytes);
            }
            Thread.sleep(1);
        }
        if (received.sum() > bytes) {
            throw new IllegalStateException(received.sum() + " bytes have come, more than " + bytes);
        }
    }

    void unregister(Collection<Client> clients) {
        clients.forEach(hub::unregister);
        settle();
    }

    /** How much time of a processor the worker has had. */
    long workerNanos() {
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(workerThread);
    }

    /** A message for everybody with a text of so many bytes. */
    static Message message(Topic topic, int size) {
        return new Message(topic, Optional.empty(), Text.of("x".repeat(size)));
    }

    @Override
    public void close() throws InterruptedException {
        hub.stop();
        answers.shutdown();
    }
}
