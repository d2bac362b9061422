package relay.hook;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.hook.OutboxState.Watch;
import relay.message.ClientId;
import relay.message.UserId;
import relay.schedule.Ticker;

/**
 * The events of a relay that is alone: in memory, or also in a file, so that they survive the process. For any thread; nothing but
 * {@link #start} and {@link #stop} waits for the file.
 *
 * <p>A thread of its own completes what {@link #next} and {@link #taken} return, and sees to the times of the watched messages; it never
 * writes. Messages that are watched are bounded like events: beyond that the oldest is watched no longer, and counts as an event that was
 * dropped.
 */
public final class LocalOutbox implements Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(LocalOutbox.class);

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);
    private static final Duration LONGEST_REST = Duration.ofHours(1);

    private static final Duration ALMOST_A_MILLI = Duration.ofNanos(TimeUnit.MILLISECONDS.toNanos(1) - 1);

    /** How many watches are ended before others get the lock. */
    private static final int MOST_IN_TURN = 100;

    private final OutboxBounds bounds;
    private final Ticker ticker;
    private final InstantSource clock;
    private final OutboxState state;
    private final EntryIds ids;
    private final TurnThread thread = new TurnThread("outbox", this::turn);
    private final Optional<OutboxFile> file;

    /** Guarded by the state's lock, as are those below. */
    private final HeldAnswers held = new HeldAnswers();

    private @Nullable CompletableFuture<Optional<Batch>> asker;
    private boolean stopped;
    private boolean saidThatItForgets;
    private long dropped;

    /** One that keeps them in memory. */
    public static LocalOutbox inMemory(OutboxBounds bounds, Ticker ticker, InstantSource clock) {
        return new LocalOutbox(bounds, 0, Optional.empty(), "", ticker, clock);
    }

    /**
     * One that also has them in a file.
     *
     * @param mostPresent of how many clients it remembers over a restart that they are there
     * @param directory that of the engine, which has the lock of it when this is started
     */
    public static LocalOutbox onDisk(
            OutboxBounds bounds, int mostPresent, Path directory, Ticker ticker, InstantSource clock) {
        Path file = directory.resolve(EventsDirectory.NAME);
        return onDisk(bounds, mostPresent, new EventsDirectory(directory), file.toString(), ticker, clock);
    }

    static LocalOutbox onDisk(
            OutboxBounds bounds, int mostPresent, EventsDisk disk, String name, Ticker ticker, InstantSource clock) {
        return new LocalOutbox(bounds, mostPresent, Optional.of(disk), name, ticker, clock);
    }

    private LocalOutbox(
            OutboxBounds bounds,
            int mostPresent,
            Optional<EventsDisk> disk,
            String name,
            Ticker ticker,
            InstantSource clock) {
        this.bounds = bounds;
        this.ticker = ticker;
        this.clock = clock;
        this.state = new OutboxState(mostPresent, ticker, clock);
        this.ids = new EntryIds(clock);
        this.file = disk.map(there -> new OutboxFile(state, there, name, bounds.mostBytes(), ticker, thread::wake));
    }

    /**
     * Reads what the file has, and begins.
     *
     * @throws InvalidInputException if the file cannot be read
     */
    @Override
    public void start() {
        open();
        file.ifPresent(OutboxFile::start);
        thread.start();
    }

    /** Reads what the file has. */
    void open() {
        synchronized (state) {
            file.ifPresent(OutboxFile::open);
            ids.goOnAfter(state.newest());
            keepBounds();
        }
    }

    @Override
    public void stop() {
        file.ifPresent(OutboxFile::stop);
        thread.stop(STOP_PATIENCE);
        List<Runnable> left;
        CompletableFuture<Optional<Batch>> last;
        synchronized (state) {
            stopped = true;
            left = held.all();
            last = asker;
            asker = null;
        }
        left.forEach(Runnable::run);
        if (last != null) {
            last.complete(Optional.empty());
        }
    }

    @Override
    public void add(Event event) {
        synchronized (state) {
            happened(event);
        }
    }

    @Override
    public void restored(Map<ClientId, UserId> present) {
        synchronized (state) {
            Map<ClientId, UserId> known = state.present();
            known.forEach((client, user) -> {
                if (!present.containsKey(client)) {
                    happened(new Event.Gone(client, user));
                }
            });
            present.forEach((client, user) -> {
                if (!known.containsKey(client)) {
                    happened(new Event.Connected(client, user));
                }
            });
        }
    }

    @Override
    public void watch(Event.Undelivered event, Duration left) {
        if (event.confirm().isPresent()) {
            throw new IllegalArgumentException("whose confirm has run out is not watched any more");
        }
        synchronized (state) {
            change(new Change.Watched(
                    event, clock.millis() + left.plus(ALMOST_A_MILLI).toMillis()));
            while (state.watching() > bounds.most() || state.watchedBytes() > bounds.mostBytes()) {
                change(new Change.Unwatched(state.oldestWatch().orElseThrow().sequence()));
                dropped++;
            }
            long sequence = event.message().sequence();
            if (state.firstDeadline()
                    .filter(first -> first.sequence() == sequence)
                    .isPresent()) {
                thread.wake();
            }
        }
    }

    @Override
    public void received(long sequence) {
        if (!state.watches(sequence)) {
            return;
        }
        synchronized (state) {
            if (state.watches(sequence)) {
                change(new Change.Received(sequence));
            }
        }
    }

    @Override
    public CompletionStage<Optional<Batch>> next() {
        CompletableFuture<Optional<Batch>> asked = new CompletableFuture<>();
        synchronized (state) {
            if (stopped) {
                return CompletableFuture.completedStage(Optional.empty());
            }
            if (asker != null) {
                throw new IllegalStateException("the last call has not completed");
            }
            asker = asked;
            answer();
        }
        return asked;
    }

    @Override
    public CompletionStage<Void> taken(Batch batch) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (state) {
            if (state.batch().isEmpty() || !batch().id().equals(batch.id()) || stopped) {
                return CompletableFuture.completedStage(null);
            }
            change(new Change.Taken(state.batch().get(state.batch().size() - 1).id()));
            hold(() -> done.complete(null));
            answer();
        }
        return done;
    }

    @Override
    public long waiting() {
        synchronized (state) {
            return state.waiting();
        }
    }

    @Override
    public long dropped() {
        synchronized (state) {
            return dropped;
        }
    }

    /** What writes the file. For tests, which take its turns themselves. */
    Optional<OutboxFile> file() {
        return file;
    }

    /** What there is. For tests. */
    OutboxState state() {
        return state;
    }

    /** What the thread does when something is due. Returns how long nothing will be. */
    Duration turn() {
        long rest = 0;
        while (rest == 0) {
            List<Runnable> answers;
            synchronized (state) {
                long now = ticker.nanos();
                rest = endWatches(now);
                answers = held.due(now, this::isStored);
                rest = Math.min(rest, held.restNanos(now, LONGEST_REST.toNanos()));
            }
            answers.forEach(Runnable::run);
        }
        return Duration.ofNanos(rest);
    }

    /** Returns when the next one is to be ended. */
    private long endWatches(long now) {
        for (int i = 0; i < MOST_IN_TURN; i++) {
            Optional<Watch> first = state.firstDeadline();
            long left = first.map(watch -> watch.deadlineNanos() - now).orElse(LONGEST_REST.toNanos());
            if (left > 0) {
                return Math.min(left, LONGEST_REST.toNanos());
            }
            happened(first.orElseThrow().event());
        }
        return 0;
    }

    private void happened(Event event) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        change(new Change.Added(new Entry(ids.next(), now, event, state.missed())));
        keepBounds();
        if (state.forgets() && !saidThatItForgets) {
            saidThatItForgets = true;
            LOG.warn(
                    "more clients are there than the events for --hook remember: of some of them no event will tell, if they"
                            + " end while the relay is down");
        }
        answer();
    }

    private void keepBounds() {
        while (state.oldest().isPresent() && (state.waiting() > bounds.most() || state.bytes() > bounds.mostBytes())) {
            change(new Change.Dropped(state.oldest().get().id()));
            dropped++;
        }
    }

    /** Gives whoever asks the batch, once the file has what is in it: so it is the same after a kill. */
    private void answer() {
        CompletableFuture<Optional<Batch>> asked = asker;
        if (asked == null) {
            return;
        }
        if (state.batch().isEmpty()) {
            state.lastOfNextBatch().ifPresent(last -> change(new Change.Fixed(last.id())));
        }
        if (!state.batch().isEmpty()) {
            asker = null;
            Batch batch = batch();
            hold(() -> asked.complete(Optional.of(batch)));
        }
    }

    private void hold(Runnable completion) {
        held.add(file.map(OutboxFile::handed).orElse(0L), ticker.nanos(), completion);
        thread.wake();
    }

    /** Its id is that of its first event and how many there are: no other batch has the same. */
    private Batch batch() {
        List<Entry> entries = state.batch();
        return new Batch(entries.get(0).id() + "-" + entries.size(), entries);
    }

    private void change(Change change) {
        change.applyTo(state);
        file.ifPresent(there -> there.add(change));
    }

    private boolean isStored(long position) {
        return file.isEmpty() || file.get().hasStored(position);
    }
}
