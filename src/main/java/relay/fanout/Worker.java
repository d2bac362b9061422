package relay.fanout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.engine.Archive;
import relay.engine.Journal;
import relay.history.MessageLog;
import relay.history.TopicLogKey;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.outbound.WriteListener;
import relay.publish.PendingPublish;
import relay.schedule.Rounds;
import relay.schedule.Ticker;

/**
 * One thread and the clients that it owns. Messages and commands stand on one queue, and the thread ({@link WorkerLoop}) takes
 * them in that order: so whatever a command does to a client, each message comes either wholly before it or wholly after.
 *
 * <p>All methods but the private ones are for any thread, and none blocks. The queue needs no bound of its own: the hub bounds
 * the bytes of the messages on it, a connection has at most one command under way, and a client is registered and unregistered
 * once. Acknowledgements have a queue of their own: see {@link AckQueue}.
 */
public final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final long NOT_ASKED = Long.MIN_VALUE;

    /** So many clients are looked at in one step. */
    private static final int CLIENTS_AT_A_TIME = 500;

    private final Ticker ticker;
    private final Counts counts = new Counts();
    private final CatchUpQueue catchingUp = new CatchUpQueue(this::advance);
    private final ClientTable clients = new ClientTable();
    private final Subscriptions subscriptions;
    private final Sessions sessions;
    private final DueClients dueClients;
    private final WorkerClients view;
    private final Renewals renewals;
    private final ClientChanges changes;
    private final GapNotices notices;
    private final AfterBatch afterBatch;
    private final WorkerLoop loop;

    /** The clients from before a restart, until it begins. The starting thread's. */
    private List<Subscriber> restored = new ArrayList<>();

    /** When it was asked for a sign of life that it has not given yet; {@link #NOT_ASKED}. */
    private final AtomicLong askedNanos = new AtomicLong(NOT_ASKED);

    /**
     * A worker that is not started yet.
     *
     * @param number which of the workers it is, from 0
     * @param archive where messages are that the history has no more
     * @param received is told the sequence of each message for one user with a {@code ttl} that one of the user's clients has
     *     acknowledged; empty: nobody asks for that
     */
    public Worker(
            FanOutOptions options,
            ClientRegistry registry,
            Ticker ticker,
            MessageLog log,
            TopicTable topics,
            int number,
            RegistrationStore store,
            Archive archive,
            Optional<LongConsumer> received) {
        this.ticker = ticker;
        Timers timers = new Timers(ticker);
        AckSchedule schedule = new AckSchedule();
        Batch batch = new Batch(ticker, counts, timers, schedule, options.workers());
        Liveness liveness = new Liveness(timers, options.pingInterval());
        AckPings ackPings = new AckPings(timers, counts, schedule, this::isAsked);
        WatchedMessages watched = new WatchedMessages(received);
        Replayer replayer = new Replayer(
                log, counts, new ArchiveReads(archive, this::addLater, catchingUp), watched, this::advanceLater);
        TopicIndex index = new TopicIndex(topics, number);
        this.notices = new GapNotices(clients, index, catchingUp, this::tell);
        this.subscriptions = new Subscriptions(replayer, index, catchingUp, notices, clients, ackPings, counts);
        this.sessions = new Sessions(
                options,
                registry,
                timers,
                liveness,
                subscriptions,
                ackPings,
                notices,
                clients,
                topics,
                batch::frames,
                this::writeFirst,
                store);
        this.renewals = new Renewals(
                registry,
                clients,
                topics,
                timers,
                liveness,
                subscriptions,
                sessions,
                notices,
                store,
                this::writeFirst,
                this::addLater);
        this.changes = new ClientChanges(registry, clients, topics, subscriptions, notices, store, this::writeFirst);
        this.dueClients = new DueClients(timers, liveness, sessions, clients, subscriptions, ackPings, notices);
        this.view = new WorkerClients(sessions, clients, topics, timers, options.registerTtl());
        this.afterBatch = new AfterBatch(batch, sessions, ackPings);
        this.loop = new WorkerLoop(
                ticker,
                log.history(),
                replayer,
                topics,
                batch,
                subscriptions,
                sessions,
                ackPings,
                timers,
                dueClients,
                afterBatch,
                catchingUp,
                notices,
                watched);
    }

    /** What the worker's thread runs until it is stopped. */
    public Runnable loop() {
        return loop;
    }

    /** From now on threads that bring messages may write them to few subscribers themselves. */
    public void helpedBy(Rounds rounds) {
        loop.helpedBy(rounds);
    }

    /** What it has done so far. */
    public Counts counts() {
        return counts;
    }

    /**
     * For how long it owes a sign of life. This asks for one, unless one is owed: time during which the whole relay was stopped
     * does not count.
     */
    public long silentNanos() {
        long now = ticker.nanos();
        long asked = askedNanos.get();
        if (asked == NOT_ASKED && askedNanos.compareAndSet(NOT_ASKED, now)) {
            loop.add(new WorkerLoop.Aside(() -> askedNanos.set(NOT_ASKED)));
        }
        return asked == NOT_ASKED ? 0 : now - asked;
    }

    public void deliver(AcceptedMessage accepted, PendingPublish pending) {
        loop.deliver(accepted, pending);
    }

    /** Every message up to this sequence has been handed to it. */
    public void reached(long sequence) {
        loop.add(() -> subscriptions.reached(sequence));
    }

    /** Tells those who receive a topic, or one user's clients of them, that they may have missed messages on it. */
    public void announce(Topic topic, Optional<UserId> recipient, MessageId after, long through, Gap.Reason reason) {
        addBehindBatch(() -> notices.announce(subscriptions.present(), topic, recipient, after, through, reason));
    }

    /** Tells all clients that they may have missed messages on all their topics. */
    public void announceToAll(MessageId after, Gap.Reason reason) {
        addBehindBatch(() -> notices.announceToAll(subscriptions.present(), clients.iterator(), after, reason));
    }

    /**
     * A batch counts as sent up to its last message to each client that it writes to, and pings ask about that: so it ends
     * before a gap that these clients have yet to be told of.
     */
    private void addBehindBatch(Runnable announcement) {
        loop.add(() -> {
            loop.flush();
            announcement.run();
        });
    }

    /** Gathers which users' clients are subscribed to which topics. */
    public void interest(ScatterGather<Map<Topic, Set<UserId>>> whole) {
        loop.add(() -> {
            WorkerClients.Interest interest = view.interest();
            step(clients -> {
                boolean more = interest.step();
                if (!more) {
                    whole.add(List.of(interest.users()));
                }
                return more;
            });
        });
    }

    /** Gathers in which of these logs clients are interested. */
    public void interestIn(List<TopicLogKey> logs, ScatterGather<TopicLogKey> whole) {
        List<TopicLogKey> interesting = new ArrayList<>();
        Iterator<TopicLogKey> rest = logs.iterator();
        inSteps(clients -> {
            for (int seen = 0; seen < CLIENTS_AT_A_TIME && rest.hasNext(); ) {
                TopicLogKey log = rest.next();
                seen += clients.costOf(log);
                if (clients.areInterestedIn(log)) {
                    interesting.add(log);
                }
            }
            if (!rest.hasNext()) {
                whole.add(interesting);
            }
            return rest.hasNext();
        });
    }

    /** Runs something when all earlier commands have been carried out. It must neither block nor throw. */
    public void afterAll(Runnable step) {
        loop.add(step);
    }

    /**
     * Adds a client.
     *
     * @param after the sequence after which it wants messages, if it is kept
     */
    public void register(Client client, SubscribedTopics topics, long after) {
        long now = ticker.nanos();
        loop.add(() -> sessions.register(client, topics, after, now));
    }

    /**
     * Adds a client from before a restart, which has no connection. The starting thread's, until {@link #begin}.
     *
     * @param left how long somebody has to connect to it
     */
    public void restore(Client client, SubscribedTopics topics, Journal.Entry entry, Duration left) {
        Subscriber subscriber = Subscriber.restored(client, topics, entry);
        subscriber.deadline = sessions.deadline(ticker.nanos(), left);
        restored.add(subscriber);
    }

    /**
     * The engine has started: restored clients are there from now on. Not before, since what becomes of them is stored.
     *
     * @param last the sequence of the newest message
     */
    public void begin(long last) {
        List<Subscriber> all = restored;
        restored = new ArrayList<>();
        loop.add(() -> {
            subscriptions.reached(last);
            sessions.restore(all);
        });
    }

    public void unregister(Client client) {
        loop.add(() -> sessions.unregister(client));
    }

    public void replaced(Client client) {
        loop.add(() -> sessions.replaced(client));
    }

    /** The client's connection is closed, and may come back, to whichever relay. */
    public void sendAway(Client client) {
        loop.add(() -> sessions.sendAway(client));
    }

    public void connect(Client client, SendQueue queue, StartPosition start) {
        loop.add(() -> tryFor(client, queue, () -> sessions.connect(client, queue, start)));
    }

    public void disconnect(Client client, SendQueue queue) {
        loop.add(() -> sessions.disconnect(client, queue));
    }

    public void gone(Client client, SendQueue queue) {
        loop.add(() -> sessions.gone(client, queue));
    }

    /**
     * Changes what a client is subscribed to.
     *
     * @param answer goes out behind what the client gets by its subscriptions so far
     * @param applied called when the subscription is in force
     * @param answered called when the answer, and what the client may have missed, have been written or cannot be
     */
    public void subscribe(
            Client client,
            SendQueue queue,
            Subscription subscription,
            SubscribeAnswer answer,
            Runnable applied,
            Runnable answered) {
        loop.add(() -> {
            boolean told = subscribe(client, queue, subscription, answer);
            applied.run();
            if (!told && subscription.start() == StartPosition.NOW) {
                answered.run();
            } else {
                queue.afterAll(WriteListener.of(answered, cause -> answered.run()));
            }
        });
    }

    private boolean subscribe(Client client, SendQueue queue, Subscription subscription, SubscribeAnswer answer) {
        try {
            return sessions.subscribe(client, queue, subscription, answer);
        } catch (RuntimeException e) {
            failed(client, queue, e);
            return false;
        }
    }

    /**
     * Gives a client another credential.
     *
     * @param answered called when that is in force and stored, and the client has been told, or cannot be
     * @param outdated called instead if the client is not as it was found: nothing has changed
     */
    public void renew(Client client, SendQueue queue, Renewal renewal, Runnable answered, Runnable outdated) {
        loop.add(() -> {
            try {
                renewals.renew(client, queue, renewal, answered, outdated);
            } catch (RuntimeException e) {
                failed(client, queue, e);
                answered.run();
            }
        });
    }

    /**
     * Gives a client other topics and permissions, connected or not.
     *
     * @return completes in the worker's thread, empty if the client is gone
     */
    public CompletionStage<Optional<ChangedClient>> change(Client client, ChangePlan plan) {
        CompletableFuture<Optional<ChangedClient>> changed = new CompletableFuture<>();
        loop.add(() -> {
            try {
                changed.complete(changes.change(client, plan));
            } catch (RuntimeException e) {
                client.queue().ifPresent(queue -> failed(client, queue, e));
                changed.completeExceptionally(e);
            }
        });
        return changed;
    }

    public void acknowledge(Client client, SendQueue queue, long sequence) {
        loop.acknowledge(client, queue, sequence);
    }

    /**
     * Does in steps what would take long in one go: whatever else waits comes in between.
     *
     * @param step called until it returns false, which means that it is done; each time it may take a few hundred microseconds
     */
    public void inSteps(Predicate<WorkerClients> step) {
        loop.add(() -> step(step));
    }

    /**
     * Runs something that follows from a batch and touches neither clients nor messages. It must neither block nor throw.
     *
     * @param busy runs it while batches are short: its threads are awake then, and writing goes on meanwhile
     */
    public void afterBatch(Runnable step, Executor busy) {
        if (loop.writesForLong()) {
            loop.add(new WorkerLoop.Aside(step));
        } else {
            busy.execute(step);
        }
    }

    /** Refuses new connections, and closes those that there are over this time. */
    public void goAway(long spreadNanos) {
        loop.add(() -> {
            sessions.refuseConnections();
            DueClients.Drain drain = dueClients.drain(spreadNanos);
            step(clients -> drain.step());
        });
    }

    /** The worker ends when it has carried out all earlier commands. */
    public void stop() {
        loop.stop();
    }

    private void step(Predicate<WorkerClients> step) {
        if (step.test(view)) {
            loop.flush();
            inSteps(step);
        }
    }

    private void isAsked(Subscriber subscriber) {
        subscriptions.isAsked(subscriber);
    }

    private void tell(Subscriber subscriber, List<Gap> gaps) {
        sessions.tell(subscriber, gaps);
    }

    private void writeFirst(Subscriber subscriber) {
        afterBatch.writeFirst(subscriber);
    }

    /** The next step of a client's catching up is due. For any thread. */
    private void advanceLater(Client client, SendQueue queue) {
        loop.add(() -> catchingUp.enter(client, queue));
    }

    private void addLater(Runnable command) {
        loop.add(command);
    }

    private void advance(Client client, SendQueue queue) {
        tryFor(client, queue, () -> sessions.advance(client, queue));
    }

    /** A client whose command fails half-way would miss messages from then on: its connection is closed, so that it comes back. */
    private void tryFor(Client client, SendQueue queue, Runnable command) {
        try {
            command.run();
        } catch (RuntimeException e) {
            failed(client, queue, e);
        }
    }

    private void failed(Client client, SendQueue queue, RuntimeException cause) {
        LOG.error("client {}: a command failed: closed with {}", client.id(), CloseReason.FAILED.code(), cause);
        queue.connection().close(CloseReason.FAILED);
        sessions.disconnect(client, queue);
    }
}
