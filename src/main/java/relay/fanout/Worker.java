package relay.fanout;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.Room;
import relay.history.MessageLog;
import relay.history.TopicLogKey;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.outbound.WriteListener;
import relay.publish.PendingPublish;
import relay.schedule.Ticker;

/**
 * A share of the clients, which one thread owns, the {@link WorkerLoop}: what is asked of it is carried out there, one command
 * after the other in the order of one queue, so what a command does to a client is atomic towards every message.
 *
 * <p>The package-private methods are for any thread. The queue needs no bound of its own: the hub bounds the bytes of the
 * messages on it, a connection has at most one command under way, and a client is registered and unregistered once. What clients
 * acknowledge comes beside it: see {@link Acknowledgements}.
 */
public final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final long NOT_ASKED = Long.MIN_VALUE;
    private static final int PLACES_AT_A_TIME = 500;

    private final Ticker ticker;
    private final Counts counts = new Counts();
    private final CatchUpQueue catchingUp = new CatchUpQueue(this::advance);
    private final Subscriptions subscriptions;
    private final ClientTable clients;
    private final GapNotices notices;
    private final AfterBatch afterBatch;
    private final WorkerLoop worker;

    /** When it was asked for a sign of life that it has not given yet; {@link #NOT_ASKED}. */
    private final AtomicLong askedNanos = new AtomicLong(NOT_ASKED);

    /** @param number which of the workers it is, from 0 */
    public Worker(
            FanOutOptions options,
            ClientRegistry registry,
            Ticker ticker,
            MessageLog log,
            TopicTable topics,
            int number,
            RegistrationStore store) {
        this.ticker = ticker;
        Batch batch = new Batch(ticker, counts);
        Timers timers = new Timers(ticker);
        UserIndex users = new UserIndex();
        Replayer replays = new Replayer(log, counts, this::advanceLater);
        TopicIndex byTopic = new TopicIndex(topics, number);
        this.notices = new GapNotices(users, byTopic, catchingUp, this::tell);
        this.subscriptions = new Subscriptions(timers, replays, byTopic, catchingUp, notices, users, counts);
        this.clients = new ClientTable(
                options,
                registry,
                timers,
                subscriptions,
                notices,
                users,
                topics,
                batch::frames,
                this::writeFirst,
                store);
        this.afterBatch = new AfterBatch(batch, clients, subscriptions);
        this.worker = new WorkerLoop(
                ticker, log.history(), replays, batch, subscriptions, clients, afterBatch, catchingUp, notices);
    }

    /** What the worker's thread runs until it is stopped. */
    public Runnable work() {
        return worker;
    }

    /** What it has done so far. */
    public Counts counts() {
        return counts;
    }

    /**
     * For how long it owes a sign of life. This asks for one, unless one is owed: time that the whole relay was stopped for
     * counts as no silence.
     */
    public long silentNanos() {
        long now = ticker.nanos();
        long asked = askedNanos.get();
        if (asked == NOT_ASKED && askedNanos.compareAndSet(NOT_ASKED, now)) {
            worker.add(new WorkerLoop.Aside(() -> askedNanos.set(NOT_ASKED)));
        }
        return asked == NOT_ASKED ? 0 : now - asked;
    }

    public void deliver(MessageId id, PendingPublish pending) {
        worker.deliver(id, pending);
    }

    /** Every message up to this sequence has been asked for. */
    public void reached(long sequence) {
        worker.add(() -> subscriptions.reached(sequence));
    }

    /** Tells those who receive a topic, or one user's clients of them, that they may have missed messages on it. */
    public void announce(Topic topic, Optional<UserId> recipient, MessageId after, long through, Gap.Reason reason) {
        addBehindBatch(() -> notices.announce(subscriptions.present(), topic, recipient, after, through, reason));
    }

    /** Tells everybody that they may have missed messages on all their topics. */
    public void announceToAll(MessageId after, Gap.Reason reason) {
        addBehindBatch(() -> notices.announceToAll(subscriptions.present(), clients.everybody(), after, reason));
    }

    /**
     * A batch counts up to its last message as sent to each that it writes to, and so as what these are asked for: it ends in
     * front of a gap of which they have yet to be told.
     */
    private void addBehindBatch(Runnable announcement) {
        worker.add(() -> {
            worker.flush();
            announcement.run();
        });
    }

    /** Adds to a gathering which users' clients ask for which topics. */
    public void wanted(ScatterGather<Map<Topic, Set<UserId>>> whole) {
        worker.add(() -> {
            Wanted wanted = new Wanted(clients.everybody(), clients.topics());
            step(clients -> {
                boolean more = wanted.step();
                if (!more) {
                    whole.add(List.of(wanted.users()));
                }
                return more;
            });
        });
    }

    /** Adds to a gathering which of these logs its clients ask for. */
    public void askedFor(List<TopicLogKey> logs, ScatterGather<TopicLogKey> whole) {
        List<TopicLogKey> askedFor = new ArrayList<>();
        Iterator<TopicLogKey> rest = logs.iterator();
        inSteps(clients -> {
            for (int places = 0; places < PLACES_AT_A_TIME && rest.hasNext(); ) {
                TopicLogKey log = rest.next();
                places += clients.placesOf(log);
                if (clients.askFor(log)) {
                    askedFor.add(log);
                }
            }
            if (!rest.hasNext()) {
                whole.add(askedFor);
            }
            return rest.hasNext();
        });
    }

    /** Does something when all that was asked for before has been done. It must neither block nor throw. */
    public void afterAll(Runnable step) {
        worker.add(step);
    }

    /**
     * Takes a new client in.
     *
     * @param after the sequence after which it wants messages, if it is kept
     */
    public void register(Client client, SubscribedTopics topics, long after) {
        long now = ticker.nanos();
        worker.add(() -> clients.register(client, topics, after, now));
    }

    public void unregister(Client client) {
        worker.add(() -> clients.unregister(client));
    }

    public void replaced(Client client) {
        worker.add(() -> clients.replaced(client));
    }

    public void connect(Client client, SendQueue queue, StartPosition start) {
        worker.add(() -> tryFor(client, queue, () -> clients.connect(client, queue, start)));
    }

    public void disconnect(Client client, SendQueue queue) {
        worker.add(() -> clients.disconnect(client, queue));
    }

    public void gone(Client client, SendQueue queue) {
        worker.add(() -> clients.gone(client, queue));
    }

    public void subscribe(
            Client client,
            SendQueue queue,
            Subscription subscription,
            Room.Share share,
            Optional<ByteBuffer> answer,
            Runnable applied,
            Runnable answered) {
        worker.add(() -> {
            tryFor(client, queue, () -> clients.subscribe(client, queue, subscription, share, answer));
            applied.run();
            if (answer.isEmpty() && subscription.start() == StartPosition.NOW) {
                answered.run();
            } else {
                queue.afterAll(WriteListener.of(answered, cause -> answered.run()));
            }
        });
    }

    public void acknowledge(Client client, SendQueue queue, long sequence) {
        worker.acknowledge(client, queue, sequence);
    }

    /**
     * Does in steps what would take long in one go: whatever else waits comes in between.
     *
     * @param step called until it says that there is no more to do; a few hundred microseconds each time at most
     */
    public void inSteps(Predicate<ClientTable> step) {
        worker.add(() -> step(step));
    }

    /**
     * Does something that follows from a batch and is nothing to clients or messages. It must neither block nor throw.
     *
     * @param busy does it where batches are short: then it is awake, and writing goes on
     */
    public void afterBatch(Runnable step, Executor busy) {
        if (worker.writesForLong()) {
            worker.add(new WorkerLoop.Aside(step));
        } else {
            busy.execute(step);
        }
    }

    public void goAway(long spreadNanos) {
        worker.add(() -> {
            clients.refuseConnections();
            step(new Leaving(clients, spreadNanos)::step);
        });
    }

    /** The worker ends when it has done what was asked of it before. */
    public void stop() {
        worker.stop();
    }

    private void step(Predicate<ClientTable> step) {
        if (step.test(clients)) {
            worker.flush();
            inSteps(step);
        }
    }

    private void tell(Subscriber subscriber, List<Gap> gaps) {
        clients.tell(subscriber, gaps);
    }

    private void writeFirst(Subscriber subscriber) {
        afterBatch.writeFirst(subscriber);
    }

    /** The next step of a client's catching up is due: any thread says so. */
    private void advanceLater(Client client, SendQueue queue) {
        worker.add(() -> catchingUp.enter(client, queue));
    }

    private void advance(Client client, SendQueue queue) {
        tryFor(client, queue, () -> clients.advance(client, queue));
    }

    /** A client whose command fails half-way would miss messages from then on: it is closed, so that it comes back. */
    private void tryFor(Client client, SendQueue queue, Runnable command) {
        try {
            command.run();
        } catch (RuntimeException e) {
            LOG.error("client {}: a command failed: closed with {}", client.id(), CloseReason.FAILED.code(), e);
            queue.connection().close(CloseReason.FAILED);
            clients.disconnect(client, queue);
        }
    }
}
