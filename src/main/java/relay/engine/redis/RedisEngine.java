package relay.engine.redis;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Engine;
import relay.engine.Engine.Hold;
import relay.engine.IdempotencyKey;
import relay.engine.Outbox;
import relay.engine.Peers;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.engine.Registrations;
import relay.fatal.Fatal;
import relay.fatal.WatchedTimer;
import relay.message.Topic;

/**
 * The engine that several relays share: a Redis or Valkey server. It is connected, or about to connect; while it is not,
 * everything is refused at once. For any thread, as {@link Engine} says.
 */
public final class RedisEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(RedisEngine.class);

    private final Timings timings;
    private final Keys keys;
    private final ScheduledThreadPoolExecutor engine = new WatchedTimer(task -> {
        Thread thread = new Thread(task, "engine");
        thread.setDaemon(true);
        return thread;
    });
    private final CurrentConnection current = new CurrentConnection();
    private final OrderedReceiver receiver;
    private final FollowedTopics topics;
    private final Publisher publisher;
    private final Claims claims;
    private final RedisRegistrations registrations;
    private final RedisPeers peers;
    private final Optional<RedisOutbox> outbox;
    private final Connector connector;
    private final Reconnector reconnector;

    /**
     * An engine for one relay. It connects when it is started.
     *
     * @param relay the relay's name, which no other has: letters and digits
     */
    public static RedisEngine of(RedisOptions options, String relay) {
        return new RedisEngine(options, relay, Timings.USUAL);
    }

    RedisEngine(RedisOptions options, String relay, Timings timings) {
        this.timings = timings;
        engine.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        engine.setRemoveOnCancelPolicy(true);
        keys = new Keys(options.prefix(), relay);
        PendingPublications pending = new PendingPublications(engine);
        StreamReader streams = new StreamReader(keys, options);
        receiver = new OrderedReceiver(keys, pending);
        Barriers barriers = new Barriers(keys, receiver);
        topics = new FollowedTopics(keys, options, current, receiver, barriers, streams, timings.sweep(), engine);
        Heard heard = new Heard(keys, options.hookQueue());
        claims = new Claims(keys, timings, current, receiver, engine, heard);
        publisher = new Publisher(keys, options, receiver, pending, topics, barriers, claims, heard);
        registrations = new RedisRegistrations(keys, timings, current, claims, options.registrationsOfUser(), heard);
        outbox = options.hookQueue() == 0
                ? Optional.empty()
                : Optional.of(new RedisOutbox(keys, options.hookQueue(), timings.hook(), current, engine));
        peers = new RedisPeers(keys, current);
        connector = new Connector(options.url(), keys, publisher::send);
        Handshake handshake = new Handshake(
                keys,
                timings,
                connector,
                options.hookQueue() > 0,
                () -> new PubSubListener(keys, receiver, topics, pending, barriers, claims, peers),
                receiver,
                new Resync(keys, options, timings, receiver, topics, streams, claims));
        reconnector = new Reconnector(current, handshake, options, timings, barriers, pending, topics, claims, engine);
    }

    @Override
    public void start(Receiver whom) {
        receiver.start(whom);
        engine.execute(reconnector::connect);
        every(timings.probe(), reconnector::probe);
        every(timings.sweep(), topics::sweep);
        every(timings.write(), claims::write);
        every(timings.renewal(), claims::renew);
        outbox.ifPresent(events -> every(timings.write(), events::work));
    }

    private void every(Duration time, Runnable task) {
        var unused = engine.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        // Else this was the last time, and nobody hears of it.
                        Fatal.report(e);
                        LOG.error("the engine's regular work failed", e);
                    }
                },
                time.toMillis(),
                time.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        engine.execute(() -> {
            claims.write();
            reconnector.stop();
            engine.shutdownNow();
        });
        try {
            if (!engine.awaitTermination(timings.begin().toMillis(), TimeUnit.MILLISECONDS)) {
                engine.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connector.close();
    }

    @Override
    public Optional<String> trouble() {
        return reconnector.trouble();
    }

    @Override
    public void publish(Publication publication) {
        RedisConnection connection = current.get();
        if (connection == null) {
            publication.refused(reconnector.away().unpublished());
        } else {
            publisher.publish(connection, publication);
        }
    }

    @Override
    public CompletionStage<Hold> follow(Set<Topic> wanted, Optional<Reader> past) {
        return current.get() == null
                ? CompletableFuture.failedStage(reconnector.away().unavailable())
                : topics.follow(Set.copyOf(wanted), past);
    }

    @Override
    public Optional<Registrations> registrations() {
        return Optional.of(registrations);
    }

    @Override
    public Optional<Peers> peers() {
        return Optional.of(peers);
    }

    @Override
    public Optional<Outbox> outbox() {
        return outbox.map(events -> events);
    }

    @Override
    public CompletionStage<Void> remember(IdempotencyKey key, String answer) {
        current.call(Script.REMEMBER, new String[] {keys.idempotencyKey(key.key())}, key.fingerprint(), answer)
                .exceptionally(failure -> {
                    LOG.debug("an answer was not remembered: {}", failure.getMessage());
                    return new Reply(List.of());
                });
        // Whoever published does not wait for that.
        return CompletableFuture.completedStage(null);
    }
}
