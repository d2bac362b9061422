package relay.hub;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.CloseReason;
import relay.client.SendQueue;
import relay.client.Ticker;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.metrics.Count;
import relay.metrics.Distribution;
import relay.metrics.Latencies;

/**
 * Gives every accepted message its place in the one sequence, and every command to the worker that owns its client.
 *
 * <p>Any thread may call any method, and none blocks: a publisher never waits for a subscriber. Whatever happened before
 * a call (in the caller's thread) is in effect before what the call asks for.
 */
public final class Hub {
    /** What a waiting message costs beside its text: so that a flood of empty ones has a bound too. */
    private static final int MESSAGE_OVERHEAD_BYTES = 256;

    private static final long STOP_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(5);

    private final List<FanOut> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Log log;
    private final ClientRegistry registry;
    private final long maxBacklogBytes;
    private final Directory directory;
    private final AtomicLong backlogBytes = new AtomicLong();
    private final TopicCounts topics = new TopicCounts();
    private final Ticker ticker;

    /** Set once by the thread that stops the relay, read by every request. */
    private volatile boolean goingAway;

    public Hub(HubOptions options, ClientRegistry registry, Ticker ticker) {
        this.registry = registry;
        this.ticker = ticker;
        this.maxBacklogBytes = options.maxBacklogBytes();
        this.log = new Log(new History(options.history(), ticker));
        for (int i = 0; i < options.workers(); i++) {
            FanOut worker = new FanOut(options, registry, ticker, log, topics);
            workers.add(worker);
            threads.add(new Thread(worker, "fanout-" + i));
        }
        this.directory = new Directory(registry, log, topics, workers, this::ownerOf);
    }

    /** Starts the workers. To be called once. */
    public void start() {
        threads.forEach(Thread::start);
    }

    /** Stops the workers when they have done what was asked of them before, and waits for that, 5 s at most. */
    public void stop() throws InterruptedException {
        workers.forEach(FanOut::stop);
        for (Thread thread : threads) {
            thread.join(STOP_TIMEOUT_MILLIS);
        }
    }

    /**
     * Accepts a message: it is sent to everybody who subscribes to its topic at this moment.
     *
     * <p>All subscribers see the messages of all publishers in the one order of their ids.
     *
     * @param listener is told when the message has been handed to its connections
     * @throws UnavailableException if more bytes wait for the workers than the hub may hold
     */
    public MessageId publish(Message message, PublishListener listener) {
        return publish(message, listener, Optional.empty());
    }

    /**
     * Accepts a message, and waits until whoever gets it has acknowledged it.
     *
     * @param listener is told when that is so, or the returned confirmation has expired
     * @throws UnavailableException if more bytes wait for the workers than the hub may hold
     */
    public Confirmation publishConfirmed(Message message, Confirmation.Listener listener) {
        Confirmation confirmation = new Confirmation(listener);
        publish(message, confirmation::handedOver, Optional.of(confirmation));
        return confirmation;
    }

    private MessageId publish(Message message, PublishListener listener, Optional<Confirmation> confirmation) {
        int cost = message.text().size() + MESSAGE_OVERHEAD_BYTES;
        if (backlogBytes.addAndGet(cost) > maxBacklogBytes) {
            backlogBytes.addAndGet(-cost);
            throw UnavailableException.backlogIsFull();
        }
        long now = ticker.nanos();
        Receipt receipt = new Receipt(workers.size(), now, (id, queued) -> {
            backlogBytes.addAndGet(-cost);
            listener.handedOver(id, queued);
        });
        return log.append(message, now, id -> {
            for (FanOut worker : workers) {
                worker.deliver(id, message, receipt, confirmation);
            }
        });
    }

    /**
     * Adds a client without a connection.
     *
     * @param topics what it receives, once it is connected, until it asks for something else
     * @throws UnavailableException if the registry is full, or the relay is leaving
     */
    public void register(Client client, Set<Topic> topics) {
        if (goingAway) {
            throw UnavailableException.goingAway();
        }
        if (!registry.add(client)) {
            throw UnavailableException.noRoomFor("registrations");
        }
        ownerOf(client).register(client, topics);
    }

    /** Removes a client; its connection is closed with {@link CloseReason#DELETED}. */
    public void unregister(Client client) {
        if (registry.remove(client)) {
            ownerOf(client).unregister(client);
        }
    }

    /**
     * A connection serves the client from now on, in place of any older one.
     *
     * @param start from where it goes on; {@link Start#NOW}: from the last message that the client is known to have
     *     received, if its registration outlives connections, else from now
     */
    public void connect(Client client, SendQueue queue, Start start) {
        ownerOf(client).connect(client, queue, start);
    }

    /** A connection has ended. Does nothing if it no longer serves the client. */
    public void disconnect(Client client, SendQueue queue) {
        ownerOf(client).disconnect(client, queue);
    }

    /**
     * Replaces what the client receives.
     *
     * @param answer goes out in front of all that the command brings
     * @param queue the queue of the connection that asks: one that no longer serves the client changes nothing
     * @param applied called by a worker when it is in force; it must neither block nor throw
     */
    public void subscribe(
            Client client, SendQueue queue, Subscription subscription, Optional<ByteBuffer> answer, Runnable applied) {
        ownerOf(client).subscribe(client, queue, subscription, answer, applied);
    }

    /** The client says that it has received the message with this sequence, as it was asked. */
    public void acknowledge(Client client, SendQueue queue, long sequence) {
        ownerOf(client).acknowledge(client, queue, sequence);
    }

    /**
     * Begins to leave: closes every connection with {@link CloseReason#GOING_AWAY}, spread evenly over a time, and every
     * connection that comes later at once.
     */
    public void goAway(Duration spread) {
        goingAway = true;
        workers.forEach(worker -> worker.goAway(spread.toNanos()));
    }

    /** Whether the relay is leaving: nobody should be let in any more. */
    public boolean isGoingAway() {
        return goingAway;
    }

    /** Who subscribes to what. */
    public Directory directory() {
        return directory;
    }

    /** How much is held for those who come back, as {@link HistoryOptions#bytes} counts it. */
    public long historyBytes() {
        return log.history().bytes();
    }

    /** What it has done so far. Costs as little with many clients as with few. */
    public HubFigures figures() {
        List<Counts> counts = workers.stream().map(FanOut::counts).toList();
        Map<Gap.Reason, Long> gaps = new EnumMap<>(Gap.Reason.class);
        for (Gap.Reason reason : Gap.Reason.values()) {
            gaps.put(reason, sum(counts, worker -> worker.gaps(reason)));
        }
        return new HubFigures(
                log.lastSequence(),
                log.acceptedBytes(),
                sum(counts, worker -> worker.deliveries),
                sum(counts, worker -> worker.deliveredBytes),
                sum(counts, worker -> worker.resumes),
                gaps,
                topics.size(),
                backlogBytes.get(),
                historyBytes(),
                together(counts, worker -> worker.publishToWrite),
                together(counts, worker -> worker.acknowledgement));
    }

    private static long sum(List<Counts> counts, Function<Counts, Count> which) {
        return counts.stream().map(which).mapToLong(Count::get).sum();
    }

    private static Distribution together(List<Counts> counts, Function<Counts, Latencies> which) {
        return counts.stream()
                .map(which)
                .map(Latencies::distribution)
                .reduce(Distribution::plus)
                .orElseThrow();
    }

    private FanOut ownerOf(Client client) {
        return workers.get(Math.floorMod(client.id().hashCode(), workers.size()));
    }
}
