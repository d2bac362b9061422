package relay.engine.redis;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Engine;
import relay.engine.IdempotencyKey;
import relay.engine.Peers;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.engine.Registrations;
import relay.fatal.Fatal;
import relay.fatal.WatchedTimer;
import relay.message.Topic;
import relay.message.UserId;

/**
 * An engine that several relays share: a Redis or Valkey server. It has a session with it or is about to begin one; without
 * one everything is refused at once. For any thread, as {@link Engine} says.
 */
public final class RedisEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(RedisEngine.class);

    private final RedisOptions options;
    private final Times times;
    private final String relay;
    private final Connector connector;
    private final ScheduledThreadPoolExecutor engine;
    private final Publications publications;
    private final Claims claims;
    private final SharedRegistrations registrations;
    private final Questions questions;

    /** What there is only once there is a receiver. */
    private record Started(Parts parts, Sessions sessions, Publisher publisher) {}

    private @Nullable Started started;

    private RedisEngine(RedisOptions options, Times times, String relay) {
        this.options = options;
        this.times = times;
        this.relay = relay;
        Names names = new Names(options.prefix());
        connector = new Connector(options, names);
        engine = new WatchedTimer(task -> {
            Thread thread = new Thread(task, "engine");
            thread.setDaemon(true);
            return thread;
        });
        engine.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        engine.setRemoveOnCancelPolicy(true);
        publications = new Publications(engine);
        claims = new Claims(names, relay, times, this::call, this::position);
        registrations = new SharedRegistrations(names, relay, times, this::call, claims, options.registrationsOfUser());
        questions = new Questions(names, relay, this::session);
    }

    /**
     * An engine for one relay. It connects when it is started.
     *
     * @param relay the relay's name, which no other has: letters and digits
     */
    public static RedisEngine of(RedisOptions options, String relay) {
        return of(options, relay, Times.USUAL);
    }

    static RedisEngine of(RedisOptions options, String relay, Times times) {
        return new RedisEngine(options, times, relay);
    }

    @Override
    public void start(Receiver receiver) {
        Parts parts = new Parts(options, times, relay, publications, claims, questions, receiver, engine);
        Sessions sessions = new Sessions(parts, connector, engine);
        started = new Started(parts, sessions, new Publisher(parts));
        engine.execute(sessions::begin);
        every(times.probe(), sessions::probe);
        every(times.sweep(), () -> sweep(parts));
        every(times.write(), this::writeClaims);
        every(times.renewal(), claims::renew);
    }

    private void every(Duration time, Runnable task) {
        var unused = engine.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        // What is thrown ends a regular task for good, and nobody hears of it.
                        Fatal.report(e);
                        LOG.error("the engine's regular work failed", e);
                    }
                },
                time.toMillis(),
                time.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void sweep(Parts parts) {
        Current now = current();
        if (now != null) {
            parts.follows().sweep(now);
            parts.inbox().ask(Receiver::wanted).thenAcceptAsync(parts.follows()::keepLoaded, engine);
        }
    }

    private void writeClaims() {
        if (session() != null) {
            claims.write();
        }
    }

    private @Nullable Current current() {
        return started == null ? null : started.sessions().current();
    }

    private @Nullable Session session() {
        Current now = current();
        return now == null ? null : now.session();
    }

    private CompletionStage<List<Object>> call(Script script, String[] keys, byte[]... arguments) {
        Session session = session();
        return session == null
                ? CompletableFuture.failedStage(new CallFailedException(true, "the engine is away"))
                : session.call(script, keys, arguments);
    }

    private long position() {
        return started().parts().inbox().position();
    }

    private Started started() {
        Started all = started;
        if (all == null) {
            throw new IllegalStateException("not started");
        }
        return all;
    }

    @Override
    public void stop() {
        Sessions sessions = started().sessions();
        engine.execute(() -> {
            writeClaims();
            sessions.stop();
            engine.shutdownNow();
        });
        try {
            if (!engine.awaitTermination(times.begin().toMillis(), TimeUnit.MILLISECONDS)) {
                engine.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connector.close();
    }

    @Override
    public Optional<String> trouble() {
        return started == null
                ? Optional.of(Sessions.NOT_YET)
                : started.sessions().trouble();
    }

    @Override
    public void publish(Publication publication) {
        Started all = started();
        Session session = session();
        if (session == null) {
            publication.refused(all.sessions().none().unpublished());
        } else {
            all.publisher().publish(session, publication);
        }
    }

    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<UserId> pastOf) {
        return started().sessions().follow(new HashSet<>(topics), pastOf);
    }

    @Override
    public Optional<Registrations> registrations() {
        return Optional.of(registrations);
    }

    @Override
    public Optional<Peers> peers() {
        return Optional.of(questions);
    }

    @Override
    public void remember(IdempotencyKey key, String answer) {
        Session session = session();
        if (session != null) {
            session.call(
                            Script.REMEMBER,
                            new String[] {started().parts().names().key(key.key())},
                            Bytes.of(key.fingerprint()),
                            Bytes.of(answer))
                    .exceptionally(failure -> {
                        LOG.debug("an answer was not remembered: {}", failure.getMessage());
                        return null;
                    });
        }
    }
}
