package relay.fanout;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.history.History;
import relay.message.Message;
import relay.message.MessageId;
import relay.outbound.SendQueue;
import relay.publish.PendingPublish;
import relay.schedule.Ticker;

/**
 * The thread of a {@link Worker}, and what it does in which order: it takes the commands that wait, messages among them,
 * writes what they bring as one batch, looks at those whose time has come, and then takes those a step further who catch up.
 *
 * <p>No command ends a batch, but for the news of a gap: whoever it changes is written to first, for itself. And none takes
 * long: what would take long is done in steps, and whatever else waits comes in between.
 *
 * <p>{@link #add}, {@link #deliver}, {@link #acknowledge} and {@link #writesForLong} are for any thread, all else is the
 * worker's own.
 */
final class WorkerLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerLoop.class);
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long AGING_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** So long the messages that have been gathered may wait for commands behind them, unless these are few. */
    private static final long LONGEST_COMMANDS_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final int FEW_COMMANDS = 8;

    private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    private final Acknowledgements acknowledgements = new Acknowledgements();
    private final Ticker ticker;
    private final History history;
    private final Replayer replays;
    private final Batch batch;
    private final Subscriptions subscriptions;
    private final ClientTable clients;
    private final AfterBatch afterBatch;
    private final CatchUpQueue catchingUp;
    private final GapNotices notices;
    private final Pacer pacer = new Pacer();

    /** What is to be done next; commands stay here while a pile of acknowledgements is in front of them. */
    private final ArrayDeque<Runnable> taken = new ArrayDeque<>(Batch.MAX_MESSAGES);

    /** How many of the commands are messages. */
    private final AtomicInteger messagesWaiting = new AtomicInteger();

    /** The last batch took so long that the other threads sleep. Written by the worker, read by whoever asks. */
    private volatile boolean writesForLong;

    /** How many commands that are no messages there were since the last batch, and how long they took. */
    private int commandsSinceBatch;

    private long commandsNanos;

    private long historyAgedNanos;

    /** Whether what is too old has not all been let go: that goes in portions. */
    private boolean hasMoreToExpire;

    private boolean stopped;

    /** A command that is carried out even if the worker has stopped: it is nothing to clients or messages. */
    record Aside(Runnable step) implements Runnable {
        @Override
        public void run() {
            step.run();
        }
    }

    WorkerLoop(
            Ticker ticker,
            History history,
            Replayer replays,
            Batch batch,
            Subscriptions subscriptions,
            ClientTable clients,
            AfterBatch afterBatch,
            CatchUpQueue catchingUp,
            GapNotices notices) {
        this.ticker = ticker;
        this.history = history;
        this.replays = replays;
        this.historyAgedNanos = ticker.nanos();
        this.batch = batch;
        this.subscriptions = subscriptions;
        this.clients = clients;
        this.afterBatch = afterBatch;
        this.catchingUp = catchingUp;
        this.notices = notices;
    }

    /** Something to do when all that was asked for before has been done. */
    void add(Runnable command) {
        commands.add(command);
    }

    void deliver(MessageId id, PendingPublish pending) {
        messagesWaiting.incrementAndGet();
        commands.add(new Delivery(id, pending));
    }

    /** A client says what it has received: that counts before anything that is asked for later. */
    void acknowledge(Client client, SendQueue queue, long sequence) {
        if (acknowledgements.add(client, queue, sequence, ticker.nanos())) {
            commands.add(WorkerLoop::wakeUp);
        }
    }

    /** Whether batches are so long at the moment that the other threads sleep. */
    boolean writesForLong() {
        return writesForLong;
    }

    /** It ends when it has done what was asked of it before. */
    void stop() {
        commands.add(() -> stopped = true);
    }

    @Override
    public void run() {
        while (!stopped) {
            try {
                doWork();
            } catch (InterruptedException e) {
                LOG.warn("fan-out worker interrupted: it goes on");
            } catch (RuntimeException e) {
                LOG.error("a fan-out command failed: the worker goes on", e);
            }
        }
        commands.stream().filter(Aside.class::isInstance).forEach(this::execute);
        clients.goneAll();
    }

    private void doWork() throws InterruptedException {
        boolean hasMoreToDo =
                acknowledgements.arePending() || !catchingUp.isEmpty() || notices.arePending() || hasMoreToExpire;
        take(hasMoreToDo ? 0 : clients.untilNextDeadline(LONGEST_WAIT_NANOS));
        // To look at the clock is not free, and most turns are short.
        long began = catchingUp.isEmpty() ? 0 : System.nanoTime();
        executeTaken();
        gather();
        flush();
        clients.attendToDeadlines();
        ageHistory();
        notices.tellSome();
        catchingUp.takeTurn(began == 0 ? 0 : System.nanoTime() - began);
    }

    /** Takes what comes a moment later too, where that is worth it: the same writes then carry more. */
    private void gather() throws InterruptedException {
        long longest = gatherNanos();
        while (longest > 0 && taken.isEmpty() && take(longest)) {
            executeTaken();
            longest = gatherNanos();
        }
    }

    private long gatherNanos() {
        int gathered = batch.messages();
        return gathered == 0 ? 0 : pacer.gatherNanos(gathered, System.nanoTime());
    }

    /** Everything that waits, or else what comes first; false if nothing came within the time. */
    private boolean take(long longestWaitNanos) throws InterruptedException {
        Runnable first = taken.isEmpty() ? commands.poll() : taken.poll();
        if (first == null) {
            first = commands.poll(acknowledgements.untilNextLook(longestWaitNanos), TimeUnit.NANOSECONDS);
        }
        if (first == null) {
            return false;
        }
        taken.addFirst(first);
        commands.drainTo(taken, Batch.MAX_MESSAGES - taken.size());
        return true;
    }

    /** Messages do not wait until all of a pile of acknowledgements has been taken, commands do. */
    private void executeTaken() {
        boolean allAcknowledged = acknowledgements.takeSome(this::acknowledged);
        while (taken.peek() instanceof Delivery || (allAcknowledged && !taken.isEmpty())) {
            Runnable command = taken.remove();
            if (command instanceof Delivery) {
                execute(command);
            } else {
                executeInTime(command);
            }
        }
    }

    /** Commands may come in any number, and the messages in front of them do not wait for all of them. */
    private void executeInTime(Runnable command) {
        long began = System.nanoTime();
        execute(command);
        catchingUp.admitWhoIsAlone();
        commandsNanos += System.nanoTime() - began;
        commandsSinceBatch++;
        if (commandsNanos > LONGEST_COMMANDS_NANOS && commandsSinceBatch > FEW_COMMANDS) {
            flush();
        }
    }

    /** Nothing more to do than to look at what clients acknowledge, which it does first anyway. */
    private static void wakeUp() {}

    private void acknowledged(Acknowledgements.Acknowledgement heard) {
        try {
            clients.acknowledge(heard.client, heard.queue, heard.sequence, heard.heardNanos)
                    .ifPresent(afterBatch::sent);
        } catch (RuntimeException e) {
            LOG.error("client {}: an acknowledgement failed: the worker goes on", heard.client.id(), e);
        }
    }

    private void execute(Runnable command) {
        try {
            command.run();
        } catch (RuntimeException e) {
            LOG.error("a fan-out command failed: the worker goes on with the next", e);
        }
    }

    /** Writes what has been gathered. */
    void flush() {
        commandsNanos = 0;
        commandsSinceBatch = 0;
        int messages = batch.messages();
        if (messages > 0) {
            long began = System.nanoTime();
            batch.flush(afterBatch);
            writesForLong = pacer.wrote(messages, messagesWaiting.get(), began, System.nanoTime());
        }
        afterBatch.attend();
    }

    private void ageHistory() {
        long now = ticker.nanos();
        if (now - historyAgedNanos >= AGING_INTERVAL_NANOS) {
            historyAgedNanos = now;
            replays.rest();
            clients.rest();
            hasMoreToExpire = true;
        }
        hasMoreToExpire = hasMoreToExpire && history.expire();
    }

    private final class Delivery implements Runnable {
        private final MessageId id;
        private final PendingPublish pending;

        Delivery(MessageId id, PendingPublish pending) {
            this.id = id;
            this.pending = pending;
        }

        @Override
        public void run() {
            messagesWaiting.decrementAndGet();
            Message message = pending.message();
            if (!batch.hasRoomFor(message)) {
                flush();
            }
            if (notices.arePending()) {
                tellBefore(message);
            }
            pending.receipt().ifPresent(acknowledgements::awaitedBy);
            subscriptions.reached(id.sequence());
            batch.begin(id, pending);
            subscriptions.forEachRecipient(message, this::add);
        }

        private void tellBefore(Message message) {
            List<Subscriber> recipients = new ArrayList<>();
            subscriptions.forEachRecipient(message, (subscriber, frames) -> recipients.add(subscriber));
            recipients.forEach(notices::tellNow);
        }

        private void add(Subscriber subscriber, FrameBuffer frames) {
            try {
                // Once for each delivery: a lambda here would be an object for each.
                if (pending.receipt().isPresent()) {
                    subscriptions.awaitAcknowledgement(
                            subscriber, id.sequence(), pending.receipt().get());
                }
                batch.add(subscriber, frames);
            } catch (RuntimeException e) {
                LOG.error("client {} cannot be given message {}: it is closed", subscriber.client.id(), id, e);
                batch.fail(subscriber);
            }
        }
    }
}
