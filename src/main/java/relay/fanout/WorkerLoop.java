package relay.fanout;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.history.History;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.Topic;
import relay.outbound.SendQueue;
import relay.publish.PendingPublish;
import relay.schedule.Rounds;
import relay.schedule.Ticker;

/**
 * The thread of a {@link Worker}. In each turn it takes the commands that wait, messages among them, writes the messages as one batch,
 * sees to timers, and then takes clients that catch up a step further.
 *
 * <p>No command ends a batch, except the announcement of a gap: the client that a command changes is written to first, by itself. And no
 * command takes long: what would take long is done in steps, and other work comes in between.
 *
 * <p>A message for few subscribers is written by the thread that brought it, at the end of its round, if the worker has nothing to do:
 * no other thread has to be woken, and what came in the same round goes out together. That thread has the worker's {@link Turn} then. It
 * takes no other commands, and leaves a batch for many subscribers to the worker's thread.
 *
 * <p>{@link #add}, {@link #deliver}, {@link #acknowledge}, {@link #helpedBy} and {@link #writesForLong} are for any thread, all else
 * belongs to whoever has the turn.
 */
final class WorkerLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerLoop.class);
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long AGING_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long gathered messages may wait for the commands behind them, unless these are few. */
    private static final long LONGEST_COMMANDS_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final int FEW_COMMANDS = 8;

    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final Turn turn = new Turn(commands::isEmpty);
    private final AckQueue acknowledgements = new AckQueue();
    private final Ticker ticker;
    private final History history;
    private final Replayer replayer;
    private final TopicTable topics;
    private final Batch batch;
    private final Subscriptions subscriptions;
    private final Sessions sessions;
    private final AckPings ackPings;
    private final Timers timers;
    private final DueClients dueClients;
    private final AfterBatch afterBatch;
    private final CatchUpQueue catchingUp;
    private final GapNotices notices;
    private final WatchedMessages watched;
    private final Pacer pacer = new Pacer();
    private final Runnable help = this::help;
    private final BooleanSupplier askForHelp = this::askForHelp;

    /** What is to be done next. Commands stay here while older acknowledgements are being taken. */
    private final ArrayDeque<Runnable> taken = new ArrayDeque<>(Batch.MAX_MESSAGES);

    /** How many of the commands are messages. */
    private final AtomicInteger messagesWaiting = new AtomicInteger();

    /** The last batch took so long that other threads have gone to sleep. Written by the worker, read by any thread. */
    private volatile boolean writesForLong;

    /** The threads that bring messages and may help. */
    private volatile Rounds rounds = Rounds.NONE;

    /** Whether the last batch was small enough for a helper. Written by whoever has the turn, read by any thread. */
    private volatile boolean wasSmall = true;

    /** How many other commands there were since the last batch, and how long they took. */
    private int commandsSinceBatch;

    private long commandsNanos;

    private long historyAgedNanos;

    /** Whether the history has more messages that are too old: they are removed in portions. */
    private boolean hasMoreToExpire;

    private boolean stopped;

    /** A command that is executed even if the worker has stopped: it touches neither clients nor messages. */
    record Aside(Runnable step) implements Runnable {
        @Override
        public void run() {
            step.run();
        }
    }

    WorkerLoop(
            Ticker ticker,
            History history,
            Replayer replayer,
            TopicTable topics,
            Batch batch,
            Subscriptions subscriptions,
            Sessions sessions,
            AckPings ackPings,
            Timers timers,
            DueClients dueClients,
            AfterBatch afterBatch,
            CatchUpQueue catchingUp,
            GapNotices notices,
            WatchedMessages watched) {
        this.ticker = ticker;
        this.history = history;
        this.replayer = replayer;
        this.topics = topics;
        this.historyAgedNanos = ticker.nanos();
        this.batch = batch;
        this.subscriptions = subscriptions;
        this.sessions = sessions;
        this.ackPings = ackPings;
        this.timers = timers;
        this.dueClients = dueClients;
        this.afterBatch = afterBatch;
        this.catchingUp = catchingUp;
        this.notices = notices;
        this.watched = watched;
    }

    /** Adds a command behind all others. */
    void add(Runnable command) {
        commands.add(command);
        turn.commandCame();
    }

    void deliver(AcceptedMessage accepted, PendingPublish pending) {
        messagesWaiting.incrementAndGet();
        commands.add(new Delivery(accepted, pending));
        if (wasSmall) {
            turn.messageCame(askForHelp);
        } else {
            turn.commandCame();
        }
    }

    /** From now on threads that bring messages may help. */
    void helpedBy(Rounds helping) {
        rounds = helping;
    }

    private boolean askForHelp() {
        return rounds.atEnd(help);
    }

    /** A client has acknowledged a message: that counts before all later commands. */
    void acknowledge(Client client, SendQueue queue, long sequence) {
        if (acknowledgements.add(client, queue, sequence, ticker.nanos())) {
            add(WorkerLoop::wakeUp);
        }
    }

    /** Whether batches take so long at the moment that other threads have gone to sleep. */
    boolean writesForLong() {
        return writesForLong;
    }

    /** It ends when it has executed all earlier commands. */
    void stop() {
        commands.add(() -> stopped = true);
        turn.claim();
    }

    @Override
    public void run() {
        turn.begin();
        while (!stopped) {
            try {
                doWork();
            } catch (RuntimeException e) {
                LOG.error("a fan-out command failed: the worker goes on", e);
            }
        }
        commands.stream().filter(Aside.class::isInstance).forEach(this::execute);
        sessions.goneAll();
    }

    private void doWork() {
        take(nothingToDoNanos());
        // Reading the clock is not free, and most turns are short.
        long began = catchingUp.isEmpty() ? 0 : System.nanoTime();
        executeTaken();
        gather();
        flush();
        dueClients.attend();
        ageHistory();
        notices.tellSome();
        catchingUp.takeTurn(began == 0 ? 0 : System.nanoTime() - began);
    }

    /** How long there is nothing to do, unless something comes; 0 or less: there is something now. */
    private long nothingToDoNanos() {
        boolean hasMoreToDo = batch.messages() > 0
                || acknowledgements.arePending()
                || !catchingUp.isEmpty()
                || notices.arePending()
                || hasMoreToExpire;
        return hasMoreToDo ? 0 : ackPings.untilNext(timers.untilNext(LONGEST_WAIT_NANOS));
    }

    /** What a helper does: it writes the messages that wait, unless that takes long. */
    private void help() {
        if (turn.beginHelp()) {
            long untilNext = 0;
            try {
                untilNext = deliverSome() ? nothingToDoNanos() : 0;
            } catch (RuntimeException e) {
                LOG.error("a batch failed: the worker goes on", e);
            } finally {
                turn.endHelp(untilNext);
            }
        }
    }

    /** Returns whether nothing is left. A publisher's receipt is left to the worker's thread, which then wakes for acknowledgements. */
    private boolean deliverSome() {
        for (int i = 0; i < Batch.MAX_MESSAGES && batch.isSmall(); i++) {
            if (!(commands.peek() instanceof Delivery next)
                    || next.pending.receipt().isPresent()) {
                break;
            }
            commands.remove();
            execute(next);
        }
        if (batch.isSmall()) {
            flush();
            return commands.isEmpty();
        }
        return false;
    }

    /** Takes what comes a moment later too, if that pays: then the same writes carry more. */
    private void gather() {
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

    /** Takes everything that waits, or else waits for the first command; false if none came within the time. */
    private boolean take(long longestWaitNanos) {
        if (taken.isEmpty() && commands.isEmpty()) {
            await(acknowledgements.untilNextLook(longestWaitNanos));
        }
        while (taken.size() < Batch.MAX_MESSAGES) {
            Runnable next = commands.poll();
            if (next == null) {
                break;
            }
            taken.add(next);
        }
        return !taken.isEmpty();
    }

    private void await(long nanos) {
        if (nanos > 0 && batch.messages() > 0) {
            turn.gather(nanos);
        } else if (nanos > 0) {
            turn.rest(nanos);
        }
    }

    /** Messages do not wait until all acknowledgements have been taken, other commands do. */
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

    /** There may be any number of commands, and the messages before them do not wait for all of them. */
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

    /** Makes the worker look at its acknowledgements, which it does first anyway. */
    private static void wakeUp() {}

    private void acknowledged(AckQueue.Acknowledgement heard) {
        try {
            sessions.acknowledge(heard.client, heard.queue, heard.sequence, heard.heardNanos)
                    .ifPresent(afterBatch::answered);
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
            wasSmall = batch.isSmall();
            batch.flush(afterBatch);
            writesForLong = pacer.wrote(messages, messagesWaiting.get(), began, System.nanoTime());
        }
        afterBatch.attend();
    }

    private void ageHistory() {
        long now = ticker.nanos();
        if (now - historyAgedNanos >= AGING_INTERVAL_NANOS) {
            historyAgedNanos = now;
            replayer.rest();
            topics.rest();
            hasMoreToExpire = true;
        }
        hasMoreToExpire = hasMoreToExpire && history.expire();
    }

    private final class Delivery implements Runnable {
        private final AcceptedMessage accepted;
        private final PendingPublish pending;

        Delivery(AcceptedMessage accepted, PendingPublish pending) {
            this.accepted = accepted;
            this.pending = pending;
        }

        @Override
        public void run() {
            messagesWaiting.decrementAndGet();
            Message message = accepted.message();
            pending.receipt().ifPresent(acknowledgements::awaitedBy);
            boolean expired = isExpired(message);
            List<Topic> topics = message.topics();
            if (notices.arePending() && !expired) {
                topics.forEach(topic -> tellBefore(message.on(topic)));
            }
            if (topics.size() == 1) {
                deliver(accepted, false, true, expired);
                return;
            }
            // In one step: no command comes between two topics of a message. Nor does a write, if there is room for
            // all.
            if (!batch.hasRoomForAll(message)) {
                flush();
            }
            subscriptions.beginPass();
            for (int i = 0; i < topics.size(); i++) {
                deliver(accepted.on(topics.get(i)), true, i == topics.size() - 1, expired);
            }
        }

        /** Reading the clock is not free, and most messages have no time. */
        private boolean isExpired(Message message) {
            return message.options().ttl().isPresent()
                    && message.options().isExpired(ticker.nanos() - pending.acceptedNanos());
        }

        private void deliver(AcceptedMessage one, boolean several, boolean last, boolean expired) {
            Message message = one.message();
            if (!batch.hasRoomFor(message)) {
                flush();
            }
            if (last) {
                // Whoever is asked between two topics has yet to get the message, perhaps.
                subscriptions.reached(one.sequence());
            }
            batch.begin(one, pending, last);
            if (expired) {
                return;
            }
            if (watched.concern(message)) {
                subscriptions.forEachRecipient(message, several, this::addWatched);
            } else {
                subscriptions.forEachRecipient(message, several, this::add);
            }
        }

        private void tellBefore(Message message) {
            List<Subscriber> recipients = new ArrayList<>();
            subscriptions.forEachRecipient(message, false, (subscriber, frames) -> recipients.add(subscriber));
            recipients.forEach(notices::tellNow);
        }

        private void addWatched(Subscriber subscriber, FrameBuffer frames) {
            watched.expect(subscriber, accepted.sequence());
            add(subscriber, frames);
        }

        private void add(Subscriber subscriber, FrameBuffer frames) {
            try {
                // No lambda: that would be an object for each delivery.
                if (pending.receipt().isPresent()) {
                    ackPings.expect(
                            subscriber, accepted.sequence(), pending.receipt().get());
                }
                batch.add(subscriber, frames);
            } catch (RuntimeException e) {
                LOG.error(
                        "client {} cannot be given message {}: it is closed", subscriber.client.id(), accepted.id(), e);
                batch.fail(subscriber);
            }
        }
    }
}
