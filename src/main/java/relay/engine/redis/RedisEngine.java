package relay.engine.redis;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Engine;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.engine.Registrations;
import relay.engine.Report;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/**
 * An engine that several relays share: a Redis or Valkey server. It has a session with it or is about to begin one; without
 * one everything is refused at once. For any thread, as {@link Engine} says.
 */
public final class RedisEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(RedisEngine.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(50);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
    private static final String NOT_YET = "no session with the engine has begun yet";

    private final RedisOptions options;
    private final Times times;
    private final String relay;
    private final Connector connector;
    private final ScheduledThreadPoolExecutor engine;
    private final Publications publications;
    private final SharedRegistrations registrations;
    private final Set<Following> following = ConcurrentHashMap.newKeySet();

    private @Nullable Parts parts;
    private @Nullable Publisher publisher;

    /** Written by the engine thread. */
    private volatile @Nullable Current current;

    private volatile String trouble = NOT_YET;
    private Duration wait = FIRST_WAIT;

    private RedisEngine(RedisOptions options, Times times, String relay) {
        this.options = options;
        this.times = times;
        this.relay = relay;
        Names names = new Names(options.prefix());
        connector = new Connector(options, names);
        engine = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "engine");
            thread.setDaemon(true);
            return thread;
        });
        engine.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        engine.setRemoveOnCancelPolicy(true);
        publications = new Publications(engine);
        registrations = new SharedRegistrations(names, relay, times, this::session);
    }

    /**
     * An engine for one relay. It connects when it is started.
     *
     * @param relay the relay's name, which no other has: letters and digits
     * @throws IllegalArgumentException if the URL is none
     */
    public static RedisEngine of(RedisOptions options, String relay) {
        return of(options, relay, Times.USUAL);
    }

    static RedisEngine of(RedisOptions options, String relay, Times times) {
        return new RedisEngine(options, times, relay);
    }

    @Override
    public void start(Receiver receiver) {
        Parts all = new Parts(options, times, relay, publications, registrations, receiver, engine);
        parts = all;
        publisher = new Publisher(all);
        Opening opening = new Opening(all, connector);
        engine.execute(() -> begin(all, opening));
        every(times.probe(), () -> probe(all));
        every(times.sweep(), () -> sweep(all));
        every(times.write(), registrations::write);
        every(times.renewal(), registrations::renew);
    }

    private void every(Duration time, Runnable task) {
        var unused = engine.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        LOG.error("the engine's regular work failed", e);
                    }
                },
                time.toMillis(),
                time.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void begin(Parts all, Opening opening) {
        try {
            Current opened = opening.open();
            current = opened;
            if (!trouble.equals(NOT_YET)) {
                LOG.info("the engine works again");
            }
            trouble = "";
            registrations.write();
            opened.session().ended().thenAcceptAsync(why -> end(all, opening, opened, why), engine);
        } catch (CallFailedException e) {
            troubled(e.reason());
            later(all, opening);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("a session with the engine could not begin", e);
            troubled("a session with the engine could not begin");
            later(all, opening);
        }
    }

    private void later(Parts all, Opening opening) {
        long millis = ThreadLocalRandom.current().nextLong(wait.toMillis() / 2, wait.toMillis() + 1);
        wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
        var unused = engine.schedule(() -> begin(all, opening), millis, TimeUnit.MILLISECONDS);
    }

    private void troubled(String why) {
        if (!why.equals(trouble)) {
            LOG.warn("{}: trying again", why);
            trouble = why;
        }
    }

    private void end(Parts all, Opening opening, Current ended, String why) {
        current = null;
        troubled(why);
        leave(all, ended, why);
        later(all, opening);
    }

    /** In this order: what is published here comes by the past from now on, as anybody's. */
    private void leave(Parts all, Current ended, String why) {
        ended.feed().die();
        publications.refuseAll(why);
        ended.close();
        publications.refuseAll(why);
        all.barriers().failAll(why);
        CallFailedException cause = new CallFailedException(true, why);
        all.follows().sessionEnded(cause);
        following.forEach(request -> request.fail(cause.unavailable()));
    }

    private void probe(Parts all) {
        Current probed = current;
        if (probed == null) {
            return;
        }
        long sentAt = System.nanoTime();
        // A server that is full refuses to write, but is there.
        CompletableFuture<Long> barrier = all.barriers()
                .probe(probed.session(), times, Past.strandHours(options))
                .exceptionallyCompose(failure -> all.barriers().raise(probed.session()))
                .toCompletableFuture();
        var unusedToo = barrier.thenRunAsync(() -> wait = FIRST_WAIT, engine);
        var unused = engine.schedule(
                () -> {
                    if (!barrier.isDone() && !probed.feed().heardSince(sentAt)) {
                        probed.session()
                                .end("the engine has not answered for "
                                        + times.probeWithin().toMillis() + " ms");
                    }
                },
                times.probeWithin().toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void sweep(Parts all) {
        Current now = current;
        if (now != null) {
            all.follows().sweep(now);
            all.inbox().ask(Receiver::wanted).thenAcceptAsync(all.follows()::keepLoaded, engine);
        }
    }

    private @Nullable Session session() {
        Current now = current;
        return now == null ? null : now.session();
    }

    @Override
    public void stop() {
        Parts all = started();
        engine.execute(() -> {
            Current now = current;
            current = null;
            trouble = "the relay has left the engine";
            if (now != null) {
                registrations.write();
                leave(all, now, trouble);
            }
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
        return Optional.of(trouble).filter(why -> !why.isEmpty());
    }

    private UnavailableException unavailable() {
        return new CallFailedException(true, trouble.isEmpty() ? NOT_YET : trouble).unavailable();
    }

    private Parts started() {
        Parts all = parts;
        if (all == null) {
            throw new IllegalStateException("not started");
        }
        return all;
    }

    @Override
    public void publish(Publication publication) {
        Publisher started = publisher;
        Session session = session();
        if (session == null || started == null) {
            publication.refused(new CallFailedException(true, trouble.isEmpty() ? NOT_YET : trouble).unpublished());
            return;
        }
        started.publish(session, publication);
    }

    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<UserId> pastOf) {
        if (current == null) {
            return CompletableFuture.failedStage(unavailable());
        }
        Following request = new Following(started(), engine, Set.copyOf(topics), pastOf);
        following.add(request);
        engine.execute(() -> request.begin(() -> current));
        return request.result().whenComplete((hold, failure) -> following.remove(request));
    }

    @Override
    public Optional<Registrations> registrations() {
        return Optional.of(registrations);
    }

    @Override
    public void remember(IdempotencyKey key, String answer) {
        Session session = session();
        if (session != null) {
            session.call(
                            Script.REMEMBER,
                            new String[] {started().names().key(key.key())},
                            Bytes.of(key.fingerprint()),
                            Bytes.of(answer))
                    .exceptionally(failure -> {
                        LOG.debug("an answer was not remembered: {}", failure.getMessage());
                        return null;
                    });
        }
    }

    @Override
    public void report(Report report, int queued, int acknowledged) {
        Session session = session();
        if (session != null) {
            String text = "a " + report.number() + " " + relay + " " + queued + " " + acknowledged;
            session.commands()
                    .async()
                    .publish(started().names().relay(report.relay()), Bytes.of(text))
                    .exceptionally(failure -> {
                        LOG.debug("a report was not sent: {}", failure.getMessage());
                        return 0L;
                    });
        }
    }
}
