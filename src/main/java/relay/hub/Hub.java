package relay.hub;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import relay.client.Client;
import relay.client.ClientInfo;
import relay.client.ClientRegistry;
import relay.client.RegistrationChange;
import relay.engine.Archive;
import relay.engine.Engine;
import relay.engine.IdempotencyKey;
import relay.engine.Journal;
import relay.engine.Outbox;
import relay.engine.Peers;
import relay.fanout.AckQueue;
import relay.fanout.FanOutOptions;
import relay.fanout.RegistrationStore;
import relay.fanout.SubscribedTopics;
import relay.fanout.TopicTable;
import relay.fanout.Worker;
import relay.fatal.Fatal;
import relay.history.History;
import relay.history.MessageLog;
import relay.history.RetainedMessages;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.publish.Backlog;
import relay.publish.PendingPublish;
import relay.publish.PublishListener;
import relay.publish.Receipt;
import relay.schedule.Rounds;
import relay.schedule.Ticker;

/**
 * Gives every accepted message its place in the one sequence, and every command to the worker that owns its client.
 *
 * <p>Any thread may call any method, and none blocks: a publisher never waits for a subscriber. The calls of one thread take effect in
 * their order.
 */
public final class Hub {
    private static final long STOP_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(5);

    /** A batch takes a worker a few seconds at the very most. */
    private static final long LONGEST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final List<Worker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Engine engine;
    private final MessageLog log;
    private final ClientRegistry registry;
    private final Backlog backlog;
    private final Backlog backlogFromElsewhere;
    private final Directory directory;
    private final Renewer renewer;
    private final Changer changer;
    private final TopicTable topics;
    private final Ticker ticker;
    private final Registrar registrar;
    private final Optional<JournaledRegistrar> journaled;
    private final Executor executor;
    private final EngineEvents arrivals;
    private final Waiters waiters;
    private final Past past;
    private final BackendEvents events;

    /** Set once by the thread that stops the relay, read by every request. */
    private volatile boolean goingAway;

    /** The same. */
    private volatile boolean takesNoMessages;

    /**
     * A hub that is not started yet.
     *
     * @param registry the clients that are here
     * @param executor where requests go on that waited for the engine
     * @param outbox what the backend is to hear of; empty: it hears nothing
     */
    public Hub(
            FanOutOptions options,
            ClientRegistry registry,
            Ticker ticker,
            InstantSource clock,
            Engine engine,
            Executor executor,
            Optional<Outbox> outbox) {
        this.registry = registry;
        this.ticker = ticker;
        this.engine = engine;
        this.executor = executor;
        this.backlog = new Backlog(options.maxBacklogBytes());
        this.backlogFromElsewhere = new Backlog(options.maxBacklogBytes());
        this.topics = new TopicTable(options.workers(), ticker);
        this.log = new MessageLog(
                new History(options.history(), ticker), new RetainedMessages(options.retainedBytes(), ticker));
        StoredForm form = new StoredForm(ticker, clock);
        Optional<SharedRegistrar> shared = engine.registrations()
                .map(registrations -> new SharedRegistrar(
                        this, registry, engine, registrations, options.registerTtl(), form, executor));
        this.journaled = engine.journal()
                .map(journal -> new JournaledRegistrar(this, registry, journal, form, options.registerTtl(), executor));
        this.registrar = shared.<Registrar>map(one -> one)
                .or(() -> journaled)
                .orElseGet(() -> new LocalRegistrar(this, registry));
        this.events = new BackendEvents(outbox, engine.outbox().isPresent(), engine.journal(), ticker);
        RegistrationStore store = events.heard(
                shared.<RegistrationStore>map(one -> one).or(() -> journaled).orElse(RegistrationStore.NONE));
        Archive archive = engine.archive().orElse(Archive.NONE);
        for (int i = 0; i < options.workers(); i++) {
            Worker worker = new Worker(options, registry, ticker, log, topics, i, store, archive, events.received());
            workers.add(worker);
            threads.add(new Thread(worker.loop(), "fanout-" + i));
        }
        this.directory = new Directory(registry, log, topics, workers, this::ownerOf);
        this.renewer = new Renewer(registry, this::ownerOf, executor);
        this.changer = new Changer(engine, this::ownerOf, executor);
        this.waiters = new Waiters(executor);
        this.past = new Past(engine, log, waiters, executor);
        this.arrivals = new EngineEvents(
                engine,
                log,
                workers,
                topics,
                waiters,
                backlogFromElsewhere,
                ticker,
                shared,
                journaled,
                events,
                executor);
    }

    /** Starts the workers, then the engine. To be called once. */
    public void start() {
        threads.forEach(Thread::start);
        engine.start(arrivals);
        events.start(journaled.map(JournaledRegistrar::takePresent));
        journaled.ifPresent(registrations -> {
            workers.forEach(worker -> worker.begin(log.lastSequence()));
            registrations.begin();
        });
    }

    /** Stops the workers when they have executed all earlier commands, and waits for that, 5 s at most for each. */
    public void stop() throws InterruptedException {
        workers.forEach(Worker::stop);
        for (Thread thread : threads) {
            thread.join(STOP_TIMEOUT_MILLIS);
        }
        backlogFromElsewhere.unbind();
        events.stop();
        engine.stop();
    }

    /**
     * Runs what follows from a batch: after a long one in the first worker's thread, which then has nothing to write, so that no other
     * thread has to be woken. It must neither block nor throw.
     *
     * @param busy runs it where batches are short and many
     */
    public Executor afterBatches(Executor busy) {
        return step -> workers.get(0).afterBatch(step, busy);
    }

    /** From now on threads that bring messages may write them to few subscribers themselves, at the end of their rounds. */
    public void helpedBy(Rounds rounds) {
        workers.forEach(worker -> worker.helpedBy(rounds));
    }

    /** Who is registered. */
    public Registrar registrar() {
        return registrar;
    }

    /** Gives connected clients other credentials. */
    public Renewer renewer() {
        return renewer;
    }

    /** Whether other relays may share the engine: then a message may go to connections that are not here. */
    public boolean isShared() {
        return engine.peers().isPresent();
    }

    /** The other relays that share the engine; empty if it is a relay by itself. */
    public Optional<Peers> peers() {
        return engine.peers();
    }

    /** Whether the engine works. */
    public boolean isEngineUp() {
        return engine.trouble().isEmpty();
    }

    /**
     * What keeps it from delivering to its clients, for people to read; empty while nothing does. A long batch does not count: writing
     * to all of a worker's clients may take a few seconds.
     */
    public Optional<String> standstill() {
        boolean workersWork = threads.stream().allMatch(Thread::isAlive)
                && workers.stream().allMatch(worker -> worker.silentNanos() < LONGEST_SILENCE_NANOS);
        return workersWork
                ? Optional.empty()
                : Optional.of("a worker has stopped answering: clients receive nothing, start the relay anew");
    }

    /** What keeps it from taking anything in, for people to read; empty while nothing does. */
    public Optional<String> trouble() {
        return goingAway ? Optional.of("the relay is going away") : standstill().or(engine::trouble);
    }

    /**
     * Stores the answer to a request with a key, in case the request is sent again to another relay, or after a restart.
     *
     * @return completes when the request may be answered; never fails
     */
    public CompletionStage<Void> remember(IdempotencyKey key, String answer) {
        return engine.remember(key, answer);
    }

    /**
     * Accepts a message: it is sent to all clients that are subscribed to its topic at this moment.
     *
     * <p>All subscribers see the messages of all publishers in the one order of their ids.
     *
     * @param key makes it one message however often it is published; empty: each time is a new message
     * @param listener is told when the message has been handed to its connections
     * @throws UnavailableException if more bytes wait for the workers than the hub may hold, or it takes in no more
     */
    public void publish(Message message, Optional<IdempotencyKey> key, PublishListener listener) {
        publish(message, key, listener, Optional.empty(), Optional.empty());
    }

    /**
     * Accepts a message that a client publishes which is connected here, as {@link #publish} does. Where relays share registrations, it is
     * refused if this one does not serve the client any more: its registration may allow something else now.
     *
     * @throws UnavailableException if more bytes wait for the workers than the hub may hold, or it takes in no more
     */
    public void publishOf(Client client, Message message, Optional<IdempotencyKey> key, PublishListener listener) {
        publish(message, key, listener, Optional.empty(), Optional.of(client.id()));
    }

    /**
     * Accepts a message, and tells the listener when the clients that get it have acknowledged it.
     *
     * @param within how long the caller waits before it calls {@link Receipt#expire}
     * @param listener is told when all have acknowledged it, or the receipt has expired
     * @throws UnavailableException if more bytes wait for the workers than the hub may hold, or it takes in no more
     */
    public Receipt publishConfirmed(
            Message message, Optional<IdempotencyKey> key, Duration within, PublishListener listener) {
        Receipt receipt = events.receipt(message, within, listener);
        publish(message, key, receipt, Optional.of(receipt), Optional.empty());
        return receipt;
    }

    private void publish(
            Message message,
            Optional<IdempotencyKey> key,
            PublishListener listener,
            Optional<Receipt> receipt,
            Optional<ClientId> client) {
        if (!backlog.enter(message)) {
            throw UnavailableException.backlogIsFull();
        }
        // In this order: after messages are refused and none is found waiting, no more will come.
        if (takesNoMessages) {
            backlog.leave(message);
            throw UnavailableException.goingAway();
        }
        engine.publish(new PendingPublish(
                message, ticker.nanos(), workers.size() + 1, key, client, receipt, backlog, listener));
    }

    /**
     * Adds a client without a connection.
     *
     * @param topics what it receives, once it is connected, until it subscribes to something else
     * @return the id of the newest message: if the client is kept, it gets what comes after that. Messages that were handed over before
     *     the call come before it, and those published after the call behind it
     * @throws UnavailableException if the registry is full, or the relay is leaving
     */
    public MessageId register(Client client, Set<Topic> topics) {
        requireStaying();
        registry.add(client, topics);
        SubscribedTopics asked = this.topics.enter(topics);
        MessageId newest = log.newest();
        ownerOf(client).register(client, asked, newest.sequence());
        return newest;
    }

    /**
     * Adds a client without a connection when it is stored: nobody can find it before. It takes its room at once.
     *
     * @param storing the engine's stage: the id of the newest message, after which a client that is kept gets messages
     * @return completes in the thread that completes that
     * @throws UnavailableException if the registry is full, or the relay is leaving
     */
    CompletionStage<MessageId> register(
            Client client, Set<Topic> topics, Supplier<CompletionStage<MessageId>> storing) {
        requireStaying();
        registry.takeRoom(client, topics);
        SubscribedTopics asked = this.topics.enter(topics);
        // If the relay begins to leave meanwhile, the client is there all the same, and after a restart again.
        return begun(storing).whenComplete((newest, failure) -> {
            if (failure == null) {
                registry.enter(client);
                ownerOf(client).register(client, asked, newest.sequence());
            } else {
                this.topics.leave(asked);
                registry.giveRoomBack(client);
            }
        });
    }

    private static <T> CompletionStage<T> begun(Supplier<CompletionStage<T>> stage) {
        try {
            return stage.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /**
     * Adds a client that comes with its connection: {@link #connect} or {@link #unregister} has to follow.
     *
     * @param start from where the connection goes on
     * @return completes in this thread or in one for requests; fails with {@link UnavailableException}
     */
    CompletionStage<Registrar.Opening> add(Client client, Set<Topic> topics, StartPosition start) {
        CompletionStage<Engine.Hold> following = engine.follow(topics, pastFor(client, start));
        Function<Engine.Hold, Registrar.Opening> registering = hold -> {
            try {
                register(client, topics);
                return new Registrar.Opening(client, start);
            } finally {
                afterAllFor(client, hold::release);
            }
        };
        return isShared() ? following.thenApplyAsync(registering, executor) : following.thenApply(registering);
    }

    private static Optional<Engine.Reader> pastFor(Client client, StartPosition start) {
        return Optional.of(new Engine.Reader(client.user(), start == StartPosition.NOW));
    }

    /**
     * Adds a client from before a restart, while the engine starts.
     *
     * @param left how long somebody has to connect to it
     * @return whether the limits would have let it in
     */
    boolean restore(Client client, Journal.Entry entry, Duration left) {
        Set<Topic> asked = entry.registration().topics().keySet();
        boolean within = registry.restore(client, asked);
        ownerOf(client).restore(client, topics.enter(asked), entry, left);
        return within;
    }

    /**
     * Gives a client that is here other topics and permissions, connected or not.
     *
     * @return completes in a thread for requests when that is stored; empty if the client is gone; fails with {@link UnavailableException}
     *     where it has no room, or the change is in force but is not stored
     */
    CompletionStage<Optional<Registrar.Changed>> change(Client client, RegistrationChange change) {
        return changer.change(client, change)
                .thenApply(outcome -> outcome.map(one -> {
                    one.failure().ifPresent(failure -> {
                        throw failure;
                    });
                    return one.changed();
                }));
    }

    /** Changes clients that are here, each by itself, as {@link #change} does: a failure is said of the client that has it. */
    CompletionStage<List<Registrar.Changed>> changeEach(List<Client> clients, RegistrationChange change) {
        return changer.changeEach(clients, change);
    }

    /** Removes a client; its connection is closed with {@link CloseReason#DELETED}. */
    public void unregister(Client client) {
        if (registry.remove(client)) {
            ownerOf(client).unregister(client);
        }
    }

    /** Another relay serves the client from now on: its connection is closed with {@link CloseReason#REPLACED}. */
    void replaced(Client client) {
        registry.remove(client);
        ownerOf(client).replaced(client);
    }

    /** The registration of the client was changed in its absence: its connection is closed with {@link CloseReason#GOING_AWAY}, and may come back. */
    void sendAway(Client client) {
        registry.remove(client);
        ownerOf(client).sendAway(client);
    }

    /** Whether the client has a connection. Completes in the thread of its worker, behind all earlier commands. */
    CompletionStage<Boolean> isConnected(Client client) {
        CompletableFuture<Boolean> connected = new CompletableFuture<>();
        ownerOf(client).inSteps(worker -> {
            connected.complete(
                    worker.describe(client).flatMap(ClientInfo::queue).isPresent());
            return false;
        });
        return connected;
    }

    /** Runs something when all earlier commands for a client have been executed. It must neither block nor throw. */
    void afterAllFor(Client client, Runnable step) {
        ownerOf(client).afterAll(step);
    }

    /**
     * Throws if the relay is leaving.
     *
     * @throws UnavailableException if it is
     */
    void requireStaying() {
        if (goingAway) {
            throw UnavailableException.goingAway();
        }
    }

    /**
     * A connection serves the client from now on, in place of any older one.
     *
     * @param start from where it goes on; {@link StartPosition#NOW}: from the last message that the client has acknowledged, if its registration
     *     outlives connections, else from now
     */
    public void connect(Client client, SendQueue queue, StartPosition start) {
        ownerOf(client).connect(client, queue, start);
    }

    /**
     * A connection has ended, or takes nothing more than its close frame. Does nothing if it does not serve the client any more.
     */
    public void disconnect(Client client, SendQueue queue) {
        ownerOf(client).disconnect(client, queue);
    }

    /** Nothing more comes from a connection that was reported as disconnected: its client acknowledges nothing more. */
    public void gone(Client client, SendQueue queue) {
        // Only a leaving relay waits for acknowledgements after a disconnect.
        if (goingAway) {
            ownerOf(client).gone(client, queue);
        }
    }

    /**
     * Changes what the client is subscribed to.
     *
     * @param answer goes out before everything that the command brings
     * @param queue the queue of the connection that asks: if it does not serve the client any more, nothing changes
     * @param answered called when it is in force, and the answer and any gaps have been written: a connection that waits for this before it
     *     takes the next command has at most one answer in its queue; by any thread, and also when the connection has ended: it
     *     must neither block nor throw
     * @param refused called instead, by any thread, if there is no room for the topics, or the engine cannot follow them now: nothing has
     *     changed
     */
    public void subscribe(
            Client client,
            SendQueue queue,
            Subscription subscription,
            SubscribeAnswer answer,
            Runnable answered,
            Consumer<UnavailableException> refused) {
        if (!hasRoomFor(client, subscription)) {
            refused.accept(UnavailableException.noRoomFor("registrations and topics"));
            return;
        }
        Set<Topic> followed = subscription.change() == Subscription.Change.REMOVE ? Set.of() : subscription.topics();
        engine.follow(followed, pastFor(client, subscription.start())).whenComplete(Fatal.watched((hold, failure) -> {
            if (failure != null) {
                ownerOf(client).inSteps(worker -> {
                    worker.settle(client);
                    return false;
                });
                refused.accept(UnavailableException.of(failure));
            } else {
                ownerOf(client).subscribe(client, queue, subscription, answer, hold::release, answered);
            }
        }));
    }

    /** Until the worker settles for what the client has in the end. */
    private boolean hasRoomFor(Client client, Subscription subscription) {
        return switch (subscription.change()) {
            case REPLACE -> registry.reserve(client, subscription.topics()).isPresent();
            case ADD -> registry.reserveMore(client, subscription.topics());
            case REMOVE -> true;
        };
    }

    /** The client has acknowledged the message with this sequence, which a ping carried; its connection may be closed already. */
    public void acknowledge(Client client, SendQueue queue, long sequence) {
        ownerOf(client).acknowledge(client, queue, sequence);
    }

    /** The client has answered the close frame that this connection was closed with: it has read everything before that. */
    public void acknowledgeAll(Client client, SendQueue queue) {
        ownerOf(client).acknowledge(client, queue, AckQueue.EVERYTHING);
    }

    /** Admits no connection and registers no client from now on. */
    public void refuseNewcomers() {
        goingAway = true;
    }

    /** Takes in no more messages: when {@link #holdsNoMessages} is true then, all that were taken in have been handed over. */
    public void refuseMessages() {
        takesNoMessages = true;
    }

    /** Whether it takes messages in, unless the engine is in trouble. */
    public boolean takesMessages() {
        return !takesNoMessages;
    }

    /** Whether all messages that were published here have been handed over, or refused. */
    public boolean holdsNoMessages() {
        return backlog.bytes() == 0;
    }

    /**
     * Begins to leave: closes every connection with {@link CloseReason#GOING_AWAY}, spread evenly over a time, and every
     * connection that comes later at once. Whoever waits for a message ({@link Past#poll}) waits no longer.
     */
    public void goAway(Duration spread) {
        goingAway = true;
        waiters.endAll();
        workers.forEach(worker -> worker.goAway(spread.toNanos()));
    }

    /** Whether the relay is leaving: no connection should be admitted any more. */
    public boolean isGoingAway() {
        return goingAway;
    }

    /** Reads the past of single topics. */
    public Past past() {
        return past;
    }

    /** Looks up who is subscribed to what. */
    public Directory directory() {
        return directory;
    }

    /** How many bytes the history holds, as {@link HistoryOptions#bytes} counts them. */
    public long historyBytes() {
        return log.history().bytes();
    }

    /** What it has done so far. Costs no more with many clients than with few. */
    public HubFigures figures() {
        return HubFigures.of(
                workers.stream().map(Worker::counts).toList(), backlog, topics.size(), historyBytes(), log.retained());
    }

    private Worker ownerOf(Client client) {
        return workers.get(Math.floorMod(client.id().hashCode(), workers.size()));
    }
}
