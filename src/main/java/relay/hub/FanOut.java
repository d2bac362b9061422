package relay.hub;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.CloseReason;
import relay.client.SendQueue;
import relay.client.Ticker;
import relay.client.WriteListener;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * A fan-out worker: one thread that owns a share of the clients.
 *
 * <p>The package-private methods that post a command are for any thread. Every private method runs in the worker's thread
 * alone, one command after the other in the order of the queue, so what a command does to a client is atomic towards
 * every message. The queue needs no bound of its own: the hub bounds the bytes of the messages on it, a connection has at
 * most one command under way, and a client is registered and unregistered once.
 */
final class FanOut implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NOT_ASKED = Long.MIN_VALUE;
    private static final long AGING_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int PLACES_AT_A_TIME = 500;

    private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    private final Ticker ticker;
    private final History history;
    private final Counts counts = new Counts();
    private final Batch batch;
    private final Pacer pacer = new Pacer();
    private final Reception reception;
    private final Roster roster;
    private final GapNotices notices;
    private final Aftermath aftermath;
    private final List<Runnable> taken = new ArrayList<>(Batch.MAX_MESSAGES);

    /** How many of the commands are messages. */
    private final AtomicInteger messagesWaiting = new AtomicInteger();

    /** The last batch took so long that the other threads sleep. Written by the worker, read by whoever asks. */
    private volatile boolean writesForLong;

    /** When it was asked for a sign of life that it has not given yet; {@link #NOT_ASKED}. */
    private final AtomicLong askedNanos = new AtomicLong(NOT_ASKED);

    private long historyAgedNanos;
    private boolean stopped;

    FanOut(HubOptions options, ClientRegistry registry, Ticker ticker, Log log, TopicCounts topics, Keeper keeper) {
        this.ticker = ticker;
        this.history = log.history();
        this.historyAgedNanos = ticker.nanos();
        this.batch = new Batch(ticker, counts);
        Replays replays = new Replays(log, counts, this::advance);
        Deadlines deadlines = new Deadlines(ticker);
        UserIndex users = new UserIndex();
        this.reception = new Reception(deadlines, replays, users, counts);
        this.roster = new Roster(options, registry, deadlines, reception, users, topics, batch::frames, keeper);
        this.notices = new GapNotices(roster, users, reception);
        this.aftermath = new Aftermath(roster, reception);
    }

    /** What it has done so far. For any thread. */
    Counts counts() {
        return counts;
    }

    /**
     * For how long it owes a sign of life. This asks for one, unless one is owed: time that the whole relay was stopped for
     * counts as no silence. For any thread.
     */
    long silentNanos() {
        long now = ticker.nanos();
        long asked = askedNanos.get();
        if (asked == NOT_ASKED && askedNanos.compareAndSet(NOT_ASKED, now)) {
            commands.add(new Aside(() -> askedNanos.set(NOT_ASKED)));
        }
        return asked == NOT_ASKED ? 0 : now - asked;
    }

    void deliver(MessageId id, Receipt receipt) {
        messagesWaiting.incrementAndGet();
        commands.add(new Delivery(id, receipt));
    }

    /** Every message up to this sequence has been asked for. */
    void reached(long sequence) {
        commands.add(() -> reception.reached(sequence));
    }

    /** Tells those who receive a topic, or one user's clients of them, that they may have missed messages on it. */
    void announce(Topic topic, Optional<UserId> recipient, MessageId after, Gap.Reason reason) {
        commands.add(() -> notices.announce(topic, recipient, after, reason));
    }

    /** Tells everybody that they may have missed messages on all their topics. */
    void announceToAll(MessageId after, Gap.Reason reason) {
        commands.add(() -> notices.announceToAll(after, reason));
    }

    /** Adds to a gathering which users' clients ask for which topics. */
    void wanted(Gathering<Map.Entry<Topic, UserId>> whole) {
        commands.add(() -> whole.add(roster.wanted()));
    }

    /** Adds to a gathering which of these strands its clients ask for. */
    void askedFor(List<StrandKey> strands, Gathering<StrandKey> whole) {
        List<StrandKey> askedFor = new ArrayList<>();
        Iterator<StrandKey> rest = strands.iterator();
        inSteps(clients -> {
            for (int places = 0; places < PLACES_AT_A_TIME && rest.hasNext(); ) {
                StrandKey strand = rest.next();
                places += clients.placesOf(strand);
                if (clients.askFor(strand)) {
                    askedFor.add(strand);
                }
            }
            if (!rest.hasNext()) {
                whole.add(askedFor);
            }
            return rest.hasNext();
        });
    }

    /** Does something when all that was asked for before has been done. It must neither block nor throw. */
    void afterAll(Runnable step) {
        commands.add(step);
    }

    /** @param after the sequence after which it wants messages, if it is kept */
    void register(Client client, Set<Topic> topics, long after) {
        long now = ticker.nanos();
        commands.add(() -> roster.register(client, topics, after, now));
    }

    void unregister(Client client) {
        commands.add(() -> roster.unregister(client));
    }

    void replaced(Client client) {
        commands.add(() -> roster.replaced(client));
    }

    void connect(Client client, SendQueue queue, Start start) {
        commands.add(() -> tryFor(client, queue, () -> roster.connect(client, queue, start)));
    }

    void disconnect(Client client, SendQueue queue) {
        commands.add(() -> roster.disconnect(client, queue));
    }

    void gone(Client client, SendQueue queue) {
        commands.add(() -> roster.gone(client, queue));
    }

    void subscribe(
            Client client,
            SendQueue queue,
            Subscription subscription,
            Optional<ByteBuffer> answer,
            Runnable applied,
            Runnable answered) {
        commands.add(() -> {
            answer.ifPresent(frame -> queue.control(frame, WriteListener.NONE));
            tryFor(client, queue, () -> roster.subscribe(client, queue, subscription));
            applied.run();
            if (answer.isEmpty() && subscription.start() == Start.NOW) {
                answered.run();
            } else {
                queue.afterAll(WriteListener.of(answered, cause -> answered.run()));
            }
        });
    }

    void acknowledge(Client client, SendQueue queue, long sequence) {
        commands.add(new Acknowledgement(client, queue, sequence));
    }

    /**
     * Does in steps what would take long in one go: whatever else waits comes in between.
     *
     * @param step called until it says that there is no more to do; a few hundred microseconds each time at most
     */
    void inSteps(Predicate<Roster> step) {
        commands.add(() -> {
            if (step.test(roster)) {
                inSteps(step);
            }
        });
    }

    /**
     * Does something that follows from a batch and is nothing to clients or messages. It must neither block nor throw.
     *
     * @param busy does it where batches are short: then it is awake, and writing goes on
     */
    void afterBatch(Runnable step, Executor busy) {
        if (writesForLong) {
            commands.add(new Aside(step));
        } else {
            busy.execute(step);
        }
    }

    void goAway(long spreadNanos) {
        commands.add(() -> roster.goAway(spreadNanos));
    }

    void stop() {
        commands.add(() -> stopped = true);
    }

    @Override
    public void run() {
        while (!stopped) {
            try {
                takeAndExecute(roster.untilNextDeadline(LONGEST_WAIT_NANOS));
                gather();
                flush();
                roster.attendToDeadlines();
                ageHistory();
            } catch (InterruptedException e) {
                LOG.warn("fan-out worker interrupted: it goes on");
            } catch (RuntimeException e) {
                LOG.error("a fan-out command failed: the worker goes on", e);
            }
        }
        commands.stream().filter(Aside.class::isInstance).forEach(this::execute);
        roster.goneAll();
    }

    /** Takes what comes a moment later too, where that is worth it: the same writes then carry more. */
    private void gather() throws InterruptedException {
        long longest = gatherNanos();
        while (longest > 0 && takeAndExecute(longest)) {
            longest = gatherNanos();
        }
    }

    private long gatherNanos() {
        int gathered = batch.messages();
        return gathered == 0 ? 0 : pacer.gatherNanos(gathered, System.nanoTime());
    }

    /** Everything that waits, or else what comes first; false if nothing came within the time. */
    private boolean takeAndExecute(long longestWaitNanos) throws InterruptedException {
        Runnable first = commands.poll();
        if (first == null) {
            first = commands.poll(longestWaitNanos, TimeUnit.NANOSECONDS);
        }
        if (first == null) {
            return false;
        }
        taken.add(first);
        commands.drainTo(taken, Batch.MAX_MESSAGES - 1);
        taken.forEach(this::execute);
        taken.clear();
        return true;
    }

    private void ageHistory() {
        long now = ticker.nanos();
        if (now - historyAgedNanos >= AGING_INTERVAL_NANOS) {
            historyAgedNanos = now;
            history.expire();
        }
    }

    /** The next step of a client's catching up is asked for, by any thread. */
    private void advance(Client client, SendQueue queue) {
        commands.add(() -> tryFor(client, queue, () -> roster.advance(client, queue)));
    }

    /** A client whose command fails half-way would miss messages from then on: it is closed, so that it comes back. */
    private void tryFor(Client client, SendQueue queue, Runnable command) {
        try {
            command.run();
        } catch (RuntimeException e) {
            LOG.error("client {}: a command failed: closed with {}", client.id(), CloseReason.FAILED.code(), e);
            queue.connection().close(CloseReason.FAILED);
            roster.disconnect(client, queue);
        }
    }

    /** A command that changes who gets what finds every message that was accepted before it written. */
    private void execute(Runnable command) {
        try {
            if (!(command instanceof KeepsBatch)) {
                flush();
            }
            command.run();
        } catch (RuntimeException e) {
            LOG.error("a fan-out command failed: the worker goes on with the next", e);
        }
    }

    private void flush() {
        int messages = batch.messages();
        if (messages > 0) {
            long began = System.nanoTime();
            batch.flush(aftermath);
            writesForLong = pacer.wrote(messages, messagesWaiting.get(), began, System.nanoTime());
        }
        aftermath.attend();
    }

    /** A command that leaves the order between clients and messages as it is: so it does not end a batch. */
    private interface KeepsBatch extends Runnable {}

    private record Aside(Runnable step) implements KeepsBatch {
        @Override
        public void run() {
            step.run();
        }
    }

    private final class Acknowledgement implements KeepsBatch {
        private final Client client;
        private final SendQueue queue;
        private final long sequence;

        Acknowledgement(Client client, SendQueue queue, long sequence) {
            this.client = client;
            this.queue = queue;
            this.sequence = sequence;
        }

        @Override
        public void run() {
            roster.acknowledge(client, queue, sequence).ifPresent(aftermath::sent);
        }
    }

    private final class Delivery implements KeepsBatch {
        private final MessageId id;
        private final Receipt receipt;

        Delivery(MessageId id, Receipt receipt) {
            this.id = id;
            this.receipt = receipt;
        }

        @Override
        public void run() {
            messagesWaiting.decrementAndGet();
            Message message = receipt.message();
            if (!batch.hasRoomFor(message)) {
                flush();
            }
            reception.reached(id.sequence());
            batch.begin(id, receipt);
            reception.forEachRecipient(message, this::add);
        }

        private void add(Subscriber subscriber, FrameBuffer frames) {
            try {
                // Once for each delivery: a lambda here would be an object for each.
                if (receipt.confirmation().isPresent()) {
                    reception.awaitAcknowledgement(
                            subscriber, id.sequence(), receipt.confirmation().get());
                }
                batch.add(subscriber, frames);
            } catch (RuntimeException e) {
                LOG.error("client {} cannot be given message {}: it is closed", subscriber.client.id(), id, e);
                batch.fail(subscriber);
            }
        }
    }
}
