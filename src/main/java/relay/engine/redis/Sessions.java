package relay.engine.redis;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Engine.Hold;
import relay.fatal.Fatal;
import relay.message.Characters;
import relay.message.Topic;
import relay.message.UserId;

/**
 * One session after the other: begins them, waiting longer after each attempt that fails, probes them, and sees to it that
 * whoever waits for something of one is told when it ends. The engine thread's, but where another is named.
 */
final class Sessions {
    /** What is said before the first attempt. */
    static final String NOT_YET = "no session with the engine has begun yet";

    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(50);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
    private static final int MOST_SAID = 20;

    private final Parts parts;
    private final Opening opening;
    private final ScheduledExecutorService engine;
    private final Set<Following> following = ConcurrentHashMap.newKeySet();

    private volatile @Nullable Current current;
    private volatile String trouble = NOT_YET;
    /** What the log was told since the engine last worked. */
    private final Set<String> said = new HashSet<>();

    private Duration wait = FIRST_WAIT;

    Sessions(Parts parts, Connector connector, ScheduledExecutorService engine) {
        this.parts = parts;
        this.opening = new Opening(parts, connector);
        this.engine = engine;
    }

    /** For any thread. */
    @Nullable
    Current current() {
        return current;
    }

    /** Why there is none, for people; empty while there is one. For any thread. */
    Optional<String> trouble() {
        return Optional.of(trouble).filter(why -> !why.isEmpty());
    }

    /** For whoever has found none. For any thread. */
    CallFailedException none() {
        return CallFailedException.unexplained(trouble().orElse(NOT_YET));
    }

    /** For any thread. */
    CompletionStage<Hold> follow(Set<Topic> topics, Optional<UserId> pastOf) {
        if (current == null) {
            return CompletableFuture.failedStage(none().unavailable());
        }
        Following request = new Following(parts, engine, topics, pastOf);
        following.add(request);
        engine.execute(() -> request.begin(this::current));
        return request.result().whenComplete((hold, failure) -> following.remove(request));
    }

    void begin() {
        try {
            begun(opening.open());
        } catch (CallFailedException e) {
            troubled(e.reason());
            later();
        } catch (Exception e) {
            // An interrupt among them, whoever meant it: only stop() ends this, and then nothing is done later.
            failed(e);
            later();
        } catch (Error e) {
            Fatal.report(e);
            failed(e);
            later();
        }
    }

    private void begun(Current opened) {
        current = opened;
        if (!trouble.equals(NOT_YET)) {
            LOG.info("the engine works again");
        }
        trouble = "";
        said.clear();
        opened.session().ended().thenAcceptAsync(why -> end(opened, why), engine);
        try {
            parts.claims().sessionBegins();
        } catch (RuntimeException e) {
            // Else another would begin beside it.
            LOG.error("the engine could not be told what is served here", e);
            opened.session().end("the engine could not be told what is served here");
        }
    }

    private void later() {
        long millis = ThreadLocalRandom.current().nextLong(wait.toMillis() / 2, wait.toMillis() + 1);
        wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
        var unused = engine.schedule(this::begin, millis, TimeUnit.MILLISECONDS);
    }

    private void troubled(String why) {
        trouble = why;
        if (isNews(why)) {
            LOG.warn("{}: trying again", why);
        }
    }

    /** Nobody thought of this: where it comes from is said once. */
    private void failed(Throwable failure) {
        if (!engine.isShutdown()) {
            trouble = "a session with the engine could not begin: " + Characters.oneLine(String.valueOf(failure));
            if (isNews(trouble)) {
                LOG.error("{}: trying again", trouble, failure);
            }
        }
    }

    /** There may be some that take turns; beyond so many different ones the log is not told. */
    private boolean isNews(String why) {
        return said.size() < MOST_SAID && said.add(why);
    }

    private void end(Current ended, String why) {
        try {
            current = null;
            troubled(ended.session().placed(why));
            leave(ended, why);
        } finally {
            later();
        }
    }

    /** No other begins. */
    void stop() {
        Current last = current;
        current = null;
        trouble = "the relay has left the engine";
        if (last != null) {
            leave(last, trouble);
        }
    }

    /** In this order: what is published here comes by the past from now on, as anybody's. */
    private void leave(Current ended, String why) {
        ended.feed().die();
        parts.publications().refuseAll();
        ended.close();
        parts.publications().refuseAll();
        parts.barriers().failAll(why);
        CallFailedException cause = CallFailedException.unexplained(why);
        parts.follows().sessionEnded(cause);
        following.forEach(request -> request.fail(cause.unavailable()));
    }

    /** To be called now and then: ends a session whose server has gone quiet. */
    void probe() {
        Current probed = current;
        if (probed == null) {
            return;
        }
        long sentAt = System.nanoTime();
        // A server that is full refuses to write, but is there.
        CompletableFuture<Long> barrier = parts.barriers()
                .probe(probed.session(), parts.times(), Past.strandHours(parts.options()))
                .exceptionallyCompose(failure -> parts.barriers().raise(probed.session()))
                .toCompletableFuture();
        var unusedToo = barrier.thenRunAsync(() -> wait = FIRST_WAIT, engine);
        long within = parts.times().probeWithin().toMillis();
        var unused = engine.schedule(
                () -> {
                    if (!barrier.isDone() && !probed.feed().heardSince(sentAt)) {
                        probed.session().end("the engine has not answered for " + within + " ms");
                    }
                },
                within,
                TimeUnit.MILLISECONDS);
    }
}
