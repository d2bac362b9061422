package relay.engine.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.fatal.Fatal;
import relay.message.ClientId;
import relay.message.UserId;

/**
 * The events in the server. Scripts add that a client came or went where they change its registration, and watch a message where they
 * publish it; what only a relay knows is added by {@link #add} and {@link #received}. One relay at a time holds the lease: it takes the
 * events, and finds out whose registrations have run out and which messages were not received in time. The batch under way is in the
 * server until it is taken: whoever has the lease next goes on with it.
 *
 * <p>The engine thread's, but where another is named.
 */
final class RedisOutbox implements Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(RedisOutbox.class);

    /** How many runs of {@link #work} find nothing before a caller of {@link #next} is told so. */
    private static final int PATIENCE = 5;

    private static final int MOST_FOUND_OUT = 500;

    private final Keys keys;
    private final int most;
    private final Duration lease;
    private final CurrentConnection server;
    private final Executor engine;
    private final NotedEvents noted;

    private final AtomicReference<@Nullable CompletableFuture<Optional<Batch>>> asked = new AtomicReference<>();
    private final AtomicReference<@Nullable Delivered> delivered = new AtomicReference<>();
    private final LongAdder dropped = new LongAdder();
    /** Read by any thread, as is what follows. */
    private volatile boolean started;

    private volatile long waiting;

    /** Whether this relay takes events at all: somebody has asked for some. */
    private boolean taking;

    private int fruitless;
    private boolean calling;

    /** A batch that the backend has, which the server does not know yet. */
    private record Delivered(String batch, CompletableFuture<Void> stored) {}

    /**
     * @param most how many events may wait
     * @param lease for how long this relay takes the events when it is not heard of any more
     */
    RedisOutbox(Keys keys, int most, Duration lease, CurrentConnection server, Executor engine) {
        this.keys = keys;
        this.most = most;
        this.lease = lease;
        this.server = server;
        this.engine = engine;
        noted = new NotedEvents(keys, server, most);
    }

    /** For any thread, as are all that follow. */
    @Override
    public void start() {
        started = true;
    }

    @Override
    public void stop() {
        started = false;
        engine.execute(() -> {
            noted.write(() -> {});
            if (taking) {
                taking = false;
                server.call(Script.LEAVE, new String[] {keys.eventsLease()}, keys.relay())
                        .whenComplete(Fatal.watched((reply, failure) -> {
                            if (failure != null) {
                                LOG.debug("the lease of the events ends by itself: {}", failure.getMessage());
                            }
                        }));
            }
        });
        leave();
    }

    /** Nobody waits for what does not come any more: the engine may be about to end too. */
    private void leave() {
        answer(Optional.empty());
        Delivered last = delivered.getAndSet(null);
        if (last != null) {
            last.stored().complete(null);
        }
    }

    @Override
    public void add(Event event) {
        noted.add(EventText.of(event));
        write();
    }

    /** Nothing: the server knows who is there. */
    @Override
    public void restored(Map<ClientId, UserId> present) {
        LOG.debug("the engine knows itself which of {} clients are there", present.size());
    }

    /** Nothing: the message is watched since it was published, by the same script. */
    @Override
    public void watch(Event.Undelivered event, Duration left) {
        LOG.trace("message {} is watched by the engine for another {}", event.message(), left);
    }

    @Override
    public void received(long sequence) {
        noted.received(sequence);
        write();
    }

    @Override
    public CompletionStage<Optional<Batch>> next() {
        CompletableFuture<Optional<Batch>> answer = new CompletableFuture<>();
        asked.set(answer);
        if (started) {
            engine.execute(() -> {
                taking = started;
                fruitless = 0;
                take();
            });
        } else {
            leave();
        }
        return answer;
    }

    /** Completes when the server knows, and goes on trying where it fails. */
    @Override
    public CompletionStage<Void> taken(Batch batch) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        delivered.set(new Delivered(batch.id(), answer));
        if (started) {
            engine.execute(this::storeTaken);
        } else {
            leave();
        }
        return answer;
    }

    @Override
    public long waiting() {
        return waiting;
    }

    @Override
    public long dropped() {
        return dropped.sum();
    }

    /** To be called now and then: writes and takes what there is, and keeps the lease. */
    void work() {
        if (!started || server.get() == null) {
            fruitless();
            return;
        }
        write();
        storeTaken();
        take();
        fruitless();
    }

    private void fruitless() {
        if (++fruitless > PATIENCE) {
            answer(Optional.empty());
        }
    }

    /** Whoever waits for events need not wait for the next {@link #work}. For any thread. */
    private void write() {
        noted.write(() -> {
            if (asked.get() != null) {
                engine.execute(this::take);
            }
        });
    }

    private void storeTaken() {
        Delivered last = delivered.get();
        if (last != null) {
            server.call(Script.DELIVERED, new String[] {keys.outbox(), keys.batch()}, last.batch())
                    .whenComplete(Fatal.watched((reply, failure) -> {
                        if (failure != null) {
                            LOG.debug("a batch of events is not marked as taken yet: {}", failure.getMessage());
                        } else if (delivered.compareAndSet(last, null)) {
                            last.stored().complete(null);
                        }
                    }));
        }
    }

    /** A batch is wanted only where somebody has asked for it, and the last one is out of the way. */
    private void take() {
        if (calling || !taking) {
            return;
        }
        calling = true;
        boolean wanted = asked.get() != null && delivered.get() == null;
        server.call(
                        Script.TAKE,
                        new String[] {
                            keys.eventsLease(),
                            keys.outbox(),
                            keys.events(),
                            keys.batch(),
                            keys.present(),
                            keys.watched(),
                            keys.watchedEvents()
                        },
                        keys.relay(),
                        lease,
                        most,
                        keys.registrations(),
                        wanted ? MOST_IN_BATCH : 0,
                        MOST_FOUND_OUT)
                .whenCompleteAsync(
                        Fatal.watched((reply, failure) -> {
                            calling = false;
                            if (failure != null) {
                                LOG.debug("events are not taken: {}", failure.getMessage());
                            } else {
                                took(reply, wanted);
                            }
                        }),
                        engine);
    }

    private void took(Reply reply, boolean wanted) {
        waiting = reply.number(1);
        if (reply.number(0) == 0) {
            return;
        }
        dropped.add(reply.number(2));
        String id = reply.text(4);
        if (!id.isEmpty() && wanted) {
            answer(id, reply.list(5));
        }
        boolean askedSince = !wanted && asked.get() != null && delivered.get() == null;
        if (reply.number(3) == 1 || askedSince) {
            take();
        }
    }

    /** What a relay of another version has added may be unknown here: it is left out, rather than be in the way of all the rest. */
    private void answer(String id, List<?> texts) {
        List<Entry> entries = new ArrayList<>();
        for (Object text : texts) {
            try {
                entries.add(EventText.entry(Reply.text(text)));
            } catch (RuntimeException e) {
                dropped.increment();
                LOG.error("an event in the engine cannot be read, and is left out", e);
            }
        }
        if (entries.isEmpty()) {
            delivered.set(new Delivered(id, new CompletableFuture<>()));
            storeTaken();
        } else {
            answer(Optional.of(new Batch(id, entries)));
        }
    }

    private void answer(Optional<Batch> batch) {
        CompletableFuture<Optional<Batch>> answered = asked.getAndSet(null);
        if (answered != null) {
            answered.complete(batch);
        }
    }
}
