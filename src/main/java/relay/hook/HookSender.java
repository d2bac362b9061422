package relay.hook;

import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.access.SecretFile;
import relay.engine.Outbox;
import relay.fatal.Fatal;
import relay.json.Json;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.schedule.Background;
import relay.schedule.Ticker;

/**
 * Takes the events from the outbox, and posts them until the backend has taken them: one batch at a time, and the same one again, under
 * the same id, after waits that grow. A thread of its own does it, {@code hook}: it may wait for the endpoint as long as that takes, and
 * nobody waits for it. Any thread may ask for its state.
 *
 * <p>It holds one batch and one request. What else waits is in the {@link Outbox}, which has a bound.
 */
public final class HookSender {
    private static final Logger LOG = LoggerFactory.getLogger(HookSender.class);

    /** A batch that the endpoint has not taken for so long is dropped. */
    private static final Duration LONGEST_FAILURE = Duration.ofDays(1);

    /** After a failure of the outbox. */
    private static final Duration OUTBOX_PAUSE = Duration.ofSeconds(1);

    /** After there was nothing, so that an outbox that answers at once keeps no processor busy. */
    private static final Duration SHORT_PAUSE = Duration.ofMillis(50);

    private final Outbox outbox;
    private final HookEndpoint endpoint;
    private final HookBody body;
    private final Ticker ticker;
    private final InstantSource clock;
    private final Backoff backoff;
    private final List<Background> background;

    /** Written by the sender's thread alone. */
    private volatile HookState.Progress progress = HookState.Progress.NONE;

    /** The batch under way; empty if there is none. */
    private String current = "";

    private int failures;
    private long firstFailureNanos;

    /** The batch that need not be posted again, though the outbox may not know yet; empty if there is none. */
    private String done = "";

    /** How many events were given up and the backend has not been told of. */
    private long untold;

    /** Whether the outbox has failed last, so that this is logged once. */
    private boolean outboxFails;

    HookSender(
            Outbox outbox,
            HookEndpoint endpoint,
            Json json,
            Ticker ticker,
            InstantSource clock,
            RandomGenerator random,
            List<Background> others) {
        this.outbox = outbox;
        this.endpoint = endpoint;
        this.body = new HookBody(json);
        this.ticker = ticker;
        this.clock = clock;
        this.backoff = new Backoff(random);
        Background sending = new Background("hook", this::round);
        this.background = others.isEmpty() ? List.of(sending) : List.of(others.get(0), sending);
    }

    /**
     * Makes one, which posts nothing before its {@linkplain #start start}.
     *
     * @param url where the events are posted
     * @param secretFile the secret that signs them
     * @throws InvalidInputException if the file cannot be read, or holds no secret
     */
    public static HookSender of(
            Outbox outbox, URI url, Path secretFile, Json json, Ticker ticker, InstantSource clock) {
        SecretFile<HookSecret> secret = HookSecret.in("--hook-secret-file", secretFile);
        return new HookSender(
                outbox,
                new HookEndpoint(url, secret::current, clock, HookEndpoint.WHOLE),
                json,
                ticker,
                clock,
                new SecureRandom(),
                List.of(secret.background()));
    }

    /** Begins to send, once the outbox has started. */
    public void start() throws Exception {
        for (Background task : background) {
            task.start();
        }
    }

    /** Ends, without waiting for the request under way: what it holds is posted again after the next start. */
    public void stop() throws Exception {
        for (Background task : background) {
            task.stop();
        }
    }

    /** Reads the secret again and tries again what has failed, both at once, and does not wait for that. */
    public void readAgain() {
        background.forEach(Background::hurry);
    }

    /** How far it has come. */
    public HookState state() {
        return new HookState(endpoint.shown(), outbox.waiting(), outbox.dropped(), progress);
    }

    /** Takes a batch and posts it once. Returns how long to wait before the next round. */
    Duration round() {
        try {
            // It is asked for again each time: meanwhile another relay may have taken over what failed here.
            Optional<Outbox.Batch> next = outbox.next().toCompletableFuture().get();
            outboxFails = false;
            if (next.isEmpty()) {
                progress = progress.withoutNext();
                return SHORT_PAUSE;
            }
            return send(next.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Duration.ZERO;
        } catch (ExecutionException e) {
            Fatal.report(e);
            if (!outboxFails) {
                outboxFails = true;
                LOG.warn("the events cannot be taken now, it is tried again: {}", Characters.oneLine(e));
            }
            return OUTBOX_PAUSE;
        }
    }

    private Duration send(Outbox.Batch batch) throws InterruptedException, ExecutionException {
        if (!batch.id().equals(done)) {
            if (!batch.id().equals(current)) {
                current = batch.id();
                failures = 0;
            }
            Attempt attempt = endpoint.post(batch.id(), body.of(batch, untold));
            progress = progress.after(attempt);
            if (attempt.isTaken()) {
                taken(batch);
            } else {
                Optional<Duration> wait = failed(batch, attempt);
                if (wait.isPresent()) {
                    return wait.get();
                }
            }
            done = batch.id();
        }
        outbox.taken(batch).toCompletableFuture().get();
        return Duration.ZERO;
    }

    private void taken(Outbox.Batch batch) {
        untold = 0;
        progress = progress.withSent(batch.entries().size());
        if (failures > 0) {
            LOG.info("{} takes events again; attempts that had failed: {}", endpoint.shown(), failures);
        }
        LOG.debug(
                "{} has taken {}, events: {}",
                endpoint.shown(),
                batch.id(),
                batch.entries().size());
    }

    /** How long to wait before the batch is posted again; empty if it is given up. */
    private Optional<Duration> failed(Outbox.Batch batch, Attempt attempt) {
        String error = attempt.error().orElse("");
        long now = ticker.nanos();
        if (failures == 0) {
            firstFailureNanos = now;
            LOG.warn(
                    "{} takes no events: {}; they wait, and are sent again until it takes them, for a day",
                    endpoint.shown(),
                    error);
        }
        failures++;
        if (now - firstFailureNanos >= LONGEST_FAILURE.toNanos()) {
            giveUp(batch, error);
            return Optional.empty();
        }
        Duration usual = backoff.after(failures);
        Duration wait =
                attempt.retryAfter().filter(asked -> asked.compareTo(usual) > 0).orElse(usual);
        LOG.debug("attempt {} has failed: {}; the next one is in {}", failures, error, wait);
        progress = progress.withNext(clock.instant().plus(wait));
        return Optional.of(wait);
    }

    private void giveUp(Outbox.Batch batch, String error) {
        int events = batch.entries().size();
        for (Outbox.Entry entry : batch.entries()) {
            untold += 1 + entry.dropped();
        }
        progress = progress.withExpired(events);
        LOG.warn("{} has not taken events for a day, and these are dropped: {}: {}", endpoint.shown(), events, error);
    }
}
