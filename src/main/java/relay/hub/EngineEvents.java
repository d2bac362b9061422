package relay.hub;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Archive;
import relay.engine.Engine;
import relay.engine.Epochs;
import relay.engine.Journal;
import relay.engine.Peers.ReplyTo;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.fanout.ScatterGather;
import relay.fanout.TopicTable;
import relay.fanout.Worker;
import relay.history.History;
import relay.history.MessageLog;
import relay.history.StoredMessage;
import relay.history.TopicLogKey;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;
import relay.publish.Backlog;
import relay.publish.PendingPublish;
import relay.publish.PublishListener;
import relay.publish.Receipt;
import relay.schedule.Ticker;

/** Passes what the engine brings to the history and the workers, in the order in which it comes. By the engine's threads, one at a time. */
final class EngineEvents implements Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(EngineEvents.class);
    private static final long WARNING_INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Reports reports;
    private final MessageLog log;
    private final List<Worker> workers;
    private final TopicTable topics;
    private final Waiters waiters;
    private final Backlog fromElsewhere;
    private final Ticker ticker;
    private final Optional<SharedRegistrar> registrar;
    private final Optional<JournaledRegistrar> journaled;
    private final BackendEvents events;
    private final Executor executor;

    /** When it was last said that retained values are dropped. */
    private long warnedNanos;

    /**
     * Passes events to these workers.
     *
     * @param fromElsewhere where messages of other relays wait for the workers: the engine waits while it is full
     * @param executor does what would take a worker too long
     */
    EngineEvents(
            Engine engine,
            MessageLog log,
            List<Worker> workers,
            TopicTable topics,
            Waiters waiters,
            Backlog fromElsewhere,
            Ticker ticker,
            Optional<SharedRegistrar> registrar,
            Optional<JournaledRegistrar> journaled,
            BackendEvents events,
            Executor executor) {
        this.reports = new Reports(engine);
        this.log = log;
        this.workers = List.copyOf(workers);
        this.topics = topics;
        this.waiters = waiters;
        this.fromElsewhere = fromElsewhere;
        this.ticker = ticker;
        this.registrar = registrar;
        this.journaled = journaled;
        this.events = events;
        this.executor = executor;
        this.warnedNanos = ticker.nanos() - WARNING_INTERVAL_NANOS;
    }

    @Override
    public void own(AcceptedMessage accepted, Publication publication, long location) {
        // The engine gives back what the hub gave it.
        PendingPublish pending = (PendingPublish) publication;
        // Before a worker has it: no client can have received it yet.
        events.accepted(accepted, pending.acceptedNanos());
        deliver(accepted, pending, pending.acceptedNanos(), location);
    }

    @Override
    public void fromElsewhere(AcceptedMessage accepted, Optional<ReplyTo> replyTo) {
        Message message = accepted.message();
        fromElsewhere.enterWhenThereIsRoom(message);
        long now = ticker.nanos();
        Optional<Receipt> receipt = replyTo.map(reports::receipt);
        PublishListener listener = receipt.map(waiting -> reports.listener(replyTo.orElseThrow(), waiting))
                .orElse(Reports.NOBODY);
        deliver(
                accepted,
                new PendingPublish(message, now, workers.size(), Optional.empty(), receipt, fromElsewhere, listener),
                now,
                Archive.NOWHERE);
    }

    @Override
    public void restored(long sequence, List<Topic> topics, Optional<UserId> recipient, long location, long ageNanos) {
        List<TopicLogKey> keys =
                topics.stream().map(topic -> new TopicLogKey(topic, recipient)).toList();
        log.restore(sequence, keys, location, ageNanos);
    }

    @Override
    public void retained(Past value) {
        warnIf(log.retained().set(stored(value, ticker.nanos())));
    }

    @Override
    public void restored(Journal.Entry entry) {
        journaled.ifPresent(registrations -> registrations.restore(entry));
    }

    @Override
    public void trimmed(long through) {
        log.history().trimmed(through);
    }

    @Override
    public void damaged(long after, long through) {
        log.history().damaged(through);
    }

    @Override
    public void reached(long sequence) {
        log.reached(sequence);
        workers.forEach(worker -> worker.reached(sequence));
    }

    @Override
    public void following(Topic topic, long since) {
        log.history().follow(topic, since);
        log.retained().follow(topic);
    }

    @Override
    public void notFollowing(Topic topic) {
        log.history().forget(topic);
        log.retained().forget(topic);
    }

    @Override
    public void loaded(Topic topic, Optional<UserId> recipient, List<Past> messages, long trimmedThrough) {
        long now = ticker.nanos();
        List<StoredMessage> held = messages.stream()
                .map(past -> StoredMessage.on(
                        topic, past.sequence(), past.timeMillis(), past.message(), now - past.ageNanos()))
                .toList();
        log.history().load(topic, recipient, held, trimmedThrough);
    }

    private static StoredMessage stored(Past past, long now) {
        return new StoredMessage(past.sequence(), past.timeMillis(), past.message(), now - past.ageNanos());
    }

    @Override
    public void epochs(Epochs epochs) {
        log.epochs(epochs);
    }

    @Override
    public void interrupted(Map<Topic, Set<UserId>> brought, long through) {
        log.history().interrupt(brought, through);
    }

    @Override
    public void missed(Topic topic, Optional<UserId> recipient, MessageId after, long through, Gap.Reason reason) {
        log.history().miss(topic, recipient, through);
        workers.forEach(worker -> worker.announce(topic, recipient, after, through, reason));
    }

    @Override
    public void lost(MessageId after) {
        workers.forEach(worker -> worker.announceToAll(after, Gap.Reason.EPOCH));
    }

    @Override
    public boolean isWanted(Topic topic) {
        return topics.get(topic).subscribers() > 0;
    }

    @Override
    public CompletionStage<Map<Topic, Set<UserId>>> wanted() {
        CompletableFuture<List<Map<Topic, Set<UserId>>>> parts = new CompletableFuture<>();
        ScatterGather<Map<Topic, Set<UserId>>> whole = new ScatterGather<>(workers.size(), parts::complete);
        workers.forEach(worker -> worker.interest(whole));
        return parts.thenApplyAsync(EngineEvents::merged, executor);
    }

    private static Map<Topic, Set<UserId>> merged(List<Map<Topic, Set<UserId>>> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        Map<Topic, Set<UserId>> all = new HashMap<>();
        parts.forEach(part -> part.forEach((topic, users) ->
                all.computeIfAbsent(topic, first -> new HashSet<>()).addAll(users)));
        return all;
    }

    @Override
    public void replaced(ClientId id, long claim) {
        registrar.ifPresent(shared -> shared.replaced(id, claim));
    }

    @Override
    public void taken(ClientId id, long claim) {
        registrar.ifPresent(shared -> shared.taken(id, claim));
    }

    @Override
    public void removed(ClientId id, long claim) {
        registrar.ifPresent(shared -> shared.removed(id, claim));
    }

    @Override
    public void removedAllOf(UserId user) {
        registrar.ifPresent(shared -> shared.removedAllOf(user));
    }

    private void deliver(AcceptedMessage accepted, PendingPublish pending, long nanos, long location) {
        boolean sweepDue = log.append(accepted, nanos, location);
        warnIf(log.retained().accept(accepted, nanos));
        for (Worker worker : workers) {
            worker.deliver(accepted, pending);
        }
        waiters.appended(accepted.message());
        if (sweepDue) {
            sweep();
        }
    }

    private void warnIf(boolean retainedWereDropped) {
        if (retainedWereDropped && ticker.nanos() - warnedNanos >= WARNING_INTERVAL_NANOS) {
            warnedNanos = ticker.nanos();
            LOG.warn(
                    "retained values take more than --retained-bytes: those that were retained longest ago are dropped;"
                            + " {} so far",
                    log.retained().dropped());
        }
    }

    /**
     * Forgets the trim points of logs that no client is interested in, portion by portion. Each worker answers when all messages so far
     * have come to it: a client that subscribes after that begins after these messages.
     */
    private void sweep() {
        History.Sweep sweep = log.history().sweep();
        if (sweep.logs().isEmpty()) {
            return;
        }
        ScatterGather<TopicLogKey> interesting = new ScatterGather<>(workers.size(), logs -> {
            log.history().forgetAllBut(new HashSet<>(logs), sweep);
            sweep();
        });
        workers.forEach(worker -> worker.interestIn(sweep.logs(), interesting));
    }
}
