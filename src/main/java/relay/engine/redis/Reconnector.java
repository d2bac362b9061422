package relay.engine.redis;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;
import relay.message.Characters;

/**
 * One connection after the other: makes them, waiting longer after each attempt that fails, probes them, and sees to it that
 * all that waits for an answer fails when one ends. The engine thread's, but where another is named.
 */
final class Reconnector {
    /** The trouble before the first attempt. */
    static final String NOT_YET = "the relay has not connected to the engine yet";

    private static final Logger LOG = LoggerFactory.getLogger(Reconnector.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(50);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
    private static final int MOST_LOGGED = 20;

    private final CurrentConnection current;
    private final Handshake handshake;
    private final RedisOptions options;
    private final Timings timings;
    private final Barriers barriers;
    private final PendingPublications pending;
    private final FollowedTopics topics;
    private final Claims claims;
    private final ScheduledExecutorService engine;

    private volatile String trouble = NOT_YET;
    /** What was logged since the engine last worked. */
    private final Set<String> logged = new HashSet<>();

    private Duration wait = FIRST_WAIT;

    Reconnector(
            CurrentConnection current,
            Handshake handshake,
            RedisOptions options,
            Timings timings,
            Barriers barriers,
            PendingPublications pending,
            FollowedTopics topics,
            Claims claims,
            ScheduledExecutorService engine) {
        this.current = current;
        this.handshake = handshake;
        this.options = options;
        this.timings = timings;
        this.barriers = barriers;
        this.pending = pending;
        this.topics = topics;
        this.claims = claims;
        this.engine = engine;
    }

    /** Why there is no connection, for people; empty while there is one. For any thread. */
    Optional<String> trouble() {
        return Optional.of(trouble).filter(why -> !why.isEmpty());
    }

    /** For a caller that has found no connection. For any thread. */
    EngineException away() {
        return EngineException.internal(trouble().orElse(NOT_YET));
    }

    void connect() {
        try {
            connected(handshake.connect());
        } catch (EngineException e) {
            troubled(e.reason());
            connectLater();
        } catch (Exception e) {
            // An interrupt among them, whoever meant it: only stop() ends this, and then nothing is done later.
            failed(e);
            connectLater();
        } catch (Error e) {
            Fatal.report(e);
            failed(e);
            connectLater();
        }
    }

    private void connected(RedisConnection connection) {
        current.set(connection);
        if (!trouble.equals(NOT_YET)) {
            LOG.info("the engine works again");
        }
        trouble = "";
        logged.clear();
        connection.ended().thenAcceptAsync(why -> ended(connection, why), engine);
        try {
            claims.connected();
        } catch (RuntimeException e) {
            // Else another connection would be made beside it.
            LOG.error("the engine could not be told what is served here", e);
            connection.end("the engine could not be told what is served here");
        }
    }

    private void connectLater() {
        long millis = ThreadLocalRandom.current().nextLong(wait.toMillis() / 2, wait.toMillis() + 1);
        wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
        var unused = engine.schedule(this::connect, millis, TimeUnit.MILLISECONDS);
    }

    private void troubled(String why) {
        trouble = why;
        if (isNews(why)) {
            LOG.warn("{}: trying again", why);
        }
    }

    /** Nobody thought of this failure: where it comes from is logged once. */
    private void failed(Throwable failure) {
        if (!engine.isShutdown()) {
            trouble = "the connection to the engine could not begin: " + Characters.oneLine(String.valueOf(failure));
            if (isNews(trouble)) {
                LOG.error("{}: trying again", trouble, failure);
            }
        }
    }

    /** Several may take turns; beyond so many different ones nothing is logged. */
    private boolean isNews(String why) {
        return logged.size() < MOST_LOGGED && logged.add(why);
    }

    private void ended(RedisConnection connection, String why) {
        try {
            current.set(null);
            troubled(connection.placed(why));
            leave(connection, why);
        } finally {
            connectLater();
        }
    }

    /** No other connection is made. */
    void stop() {
        RedisConnection last = current.get();
        current.set(null);
        trouble = "the relay has left the engine";
        if (last != null) {
            leave(last, trouble);
        }
    }

    /** In this order: what was published here comes by the past from now on, as anybody's. */
    private void leave(RedisConnection connection, String why) {
        connection.listener().close();
        pending.refuseAll();
        connection.close();
        pending.refuseAll();
        barriers.failAll(why);
        topics.disconnected(EngineException.internal(why));
    }

    /** To be called now and then: ends a connection whose server has gone quiet. */
    void probe() {
        RedisConnection probed = current.get();
        if (probed == null) {
            return;
        }
        long sentAt = System.nanoTime();
        // A server that is full refuses to write, but is there.
        CompletableFuture<Long> barrier = barriers.probe(probed, timings.probe(), options.streamLife())
                .exceptionallyCompose(failure -> barriers.raise(probed))
                .toCompletableFuture();
        var unusedToo = barrier.thenRunAsync(() -> wait = FIRST_WAIT, engine);
        long within = timings.probeWithin().toMillis();
        var unused = engine.schedule(
                () -> {
                    if (!barrier.isDone() && !probed.listener().heardSince(sentAt)) {
                        probed.end("the engine has not answered for " + within + " ms");
                    }
                },
                within,
                TimeUnit.MILLISECONDS);
    }
}
