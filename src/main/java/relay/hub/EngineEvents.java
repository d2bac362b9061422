package relay.hub;

import java.time.Duration;
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
import relay.client.ClientId;
import relay.engine.Engine;
import relay.engine.Epochs;
import relay.engine.Peers.ReplyTo;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.fanout.ScatterGather;
import relay.fanout.TopicTable;
import relay.fanout.Worker;
import relay.fatal.Fatal;
import relay.history.History;
import relay.history.MessageLog;
import relay.history.StoredMessage;
import relay.history.TopicLogKey;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;
import relay.publish.Backlog;
import relay.publish.NotPublished;
import relay.publish.PendingPublish;
import relay.publish.PublishListener;
import relay.publish.Receipt;
import relay.schedule.Ticker;

/** What the engine brings goes to the workers, in the order in which it comes. The engine's thread, one at a time. */
final class EngineEvents implements Receiver {
    /** Reports of what was acknowledged are to be there before the one who asked gives up. */
    private static final int PARTS_OF_TIME = 10;

    private final Engine engine;
    private final MessageLog log;
    private final List<Worker> workers;
    private final TopicTable topics;
    private final Backlog fromElsewhere;
    private final Ticker ticker;
    private final SharedClients clients;
    private final Executor executor;

    /** Clients that other relays may take over, or remove. */
    interface SharedClients {
        /** There are none. */
        SharedClients NONE = new SharedClients() {
            @Override
            public void replaced(ClientId id, long claim) {}

            @Override
            public void removed(ClientId id, long claim) {}
        };

        /** A newer connection at another relay serves a client that was claimed with this number, or an earlier one. */
        void replaced(ClientId id, long claim);

        /** The registration of a client that was claimed with this number, or an earlier one, was removed. */
        void removed(ClientId id, long claim);
    }

    /**
     * Brings what comes to these workers.
     *
     * @param fromElsewhere where messages of other relays wait for the workers; the engine waits when it is full
     * @param executor does what is no worker's to do
     */
    EngineEvents(
            Engine engine,
            MessageLog log,
            List<Worker> workers,
            TopicTable topics,
            Backlog fromElsewhere,
            Ticker ticker,
            SharedClients clients,
            Executor executor) {
        this.engine = engine;
        this.log = log;
        this.workers = List.copyOf(workers);
        this.topics = topics;
        this.fromElsewhere = fromElsewhere;
        this.ticker = ticker;
        this.clients = clients;
        this.executor = executor;
    }

    @Override
    public void own(MessageId id, Publication publication) {
        // The engine gives back what the hub gave it.
        PendingPublish pending = (PendingPublish) publication;
        deliver(id, pending, pending.acceptedNanos());
    }

    @Override
    public void fromElsewhere(MessageId id, Message message, Optional<ReplyTo> replyTo) {
        fromElsewhere.enterWhenThereIsRoom(message);
        long now = ticker.nanos();
        Optional<Receipt> receipt = replyTo.map(this::reporting);
        PublishListener listener = receipt.map(
                        waiting -> firstReporting(replyTo.orElseThrow(), waiting.publishListener()))
                .orElse(HandedOverHere.NOBODY_LISTENS);
        deliver(
                id,
                new PendingPublish(message, now, workers.size(), Optional.empty(), receipt, fromElsewhere, listener),
                now);
    }

    @Override
    public void reached(long sequence) {
        log.reached(sequence);
        workers.forEach(worker -> worker.reached(sequence));
    }

    @Override
    public void following(Topic topic, long since) {
        log.history().follow(topic, since);
    }

    @Override
    public void notFollowing(Topic topic) {
        log.history().forget(topic);
    }

    @Override
    public void loaded(Topic topic, Optional<UserId> recipient, List<Past> messages, long trimmedThrough) {
        long now = ticker.nanos();
        List<StoredMessage> held = messages.stream()
                .map(past -> new StoredMessage(past.sequence(), past.message(), now - past.ageNanos()))
                .toList();
        log.history().load(topic, recipient, held, trimmedThrough);
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
        workers.forEach(worker -> worker.wanted(whole));
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
        clients.replaced(id, claim);
    }

    @Override
    public void removed(ClientId id, long claim) {
        clients.removed(id, claim);
    }

    private void deliver(MessageId id, PendingPublish pending, long nanos) {
        boolean sweepDue = log.append(id, pending.message(), nanos);
        for (Worker worker : workers) {
            worker.deliver(id, pending);
        }
        if (sweepDue) {
            sweep();
        }
    }

    /**
     * What nobody asks for need not be remembered. Each worker says what its clients ask for when all messages so far have come
     * to it: whoever asks for more from then on begins after these. That goes portion by portion.
     */
    private void sweep() {
        History.Sweep sweep = log.history().sweep();
        if (sweep.logs().isEmpty()) {
            return;
        }
        ScatterGather<TopicLogKey> askedFor = new ScatterGather<>(workers.size(), logs -> {
            log.history().forgetAllBut(new HashSet<>(logs), sweep);
            sweep();
        });
        workers.forEach(worker -> worker.askedFor(sweep.logs(), askedFor));
    }

    /** Gathers acknowledgements here, and reports them to the relay where the message was published. */
    private Receipt reporting(ReplyTo replyTo) {
        Duration within = replyTo.within().minus(replyTo.within().dividedBy(PARTS_OF_TIME));
        CompletableFuture<Void> over = new CompletableFuture<>();
        AcknowledgedHere whole = (id, queued, acknowledged, others, reported) -> {
            over.complete(null);
            engine.peers().ifPresent(peers -> peers.report(replyTo, queued, acknowledged));
        };
        Receipt receipt = new Receipt(within, whole);
        // What is over before its time leaves no timer, which would keep it in memory until then.
        var unused = over.completeOnTimeout(null, within.toNanos(), TimeUnit.NANOSECONDS)
                .thenRun(Fatal.watched(receipt::expire));
        return receipt;
    }

    /** Tells at once to how many a message was handed, where it takes a while until they have acknowledged it. */
    private PublishListener firstReporting(ReplyTo replyTo, PublishListener next) {
        HandedOverHere first = (id, queued, others) -> {
            if (queued > 0) {
                engine.peers().ifPresent(peers -> peers.report(replyTo, queued, 0));
            }
            next.handedOver(id, queued, others);
        };
        return first;
    }

    /** A message that was published elsewhere has its place: that it has none is said there. */
    private interface PublishedElsewhere extends NotPublished {
        @Override
        default void repeated(MessageId id, Optional<String> answer) {}

        @Override
        default void refused(RuntimeException cause) {}
    }

    @FunctionalInterface
    private interface HandedOverHere extends PublishedElsewhere, PublishListener {
        HandedOverHere NOBODY_LISTENS = (id, queued, others) -> {};
    }

    @FunctionalInterface
    private interface AcknowledgedHere extends PublishedElsewhere, Receipt.Listener {}
}
