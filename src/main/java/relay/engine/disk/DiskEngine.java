package relay.engine.disk;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Archive;
import relay.engine.Engine;
import relay.engine.Epochs;
import relay.engine.Epochs.Epoch;
import relay.engine.IdempotencyKey;
import relay.engine.Journal;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/**
 * The engine of a relay that is alone and keeps its data in a directory: messages, registrations and idempotency answers survive
 * the process. For any thread.
 */
public final class DiskEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(DiskEngine.class);
    private static final CompletionStage<Hold> NOTHING_TO_HOLD = CompletableFuture.completedStage(Hold.NONE);

    /** A new epoch begins so far behind the last one that no message of that had such a sequence. */
    private static final long JUMP = 1_000_000_000;

    private static final long STOP_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private final DiskOptions options;
    private final InstantSource clock;
    private final Opener opener;
    private final Inbox inbox = new Inbox();
    private final Journal journal;
    private final DiskArchive archive = new DiskArchive();
    private final Health health;
    private final DiskFigures.Gauges gauges = new DiskFigures.Gauges();

    /** Set when it is started, by the one thread that starts and stops it; read by others after that. */
    private volatile @Nullable Running running;

    /** Opens the directory. */
    interface Opener {
        Storage open() throws IOException;
    }

    private record Running(
            LockFile lock,
            SegmentLog log,
            Writer writer,
            Thread thread,
            double recoverySeconds,
            int damagedRanges,
            String bootId) {}

    /** It opens the directory when it is started. */
    public DiskEngine(DiskOptions options, InstantSource clock) {
        this(options, clock, () -> Directory.made(options.directory()));
    }

    DiskEngine(DiskOptions options, InstantSource clock, Opener opener) {
        this.options = options;
        this.clock = clock;
        this.opener = opener;
        this.journal = new DiskJournal(inbox, clock);
        this.health = new Health(options.directory().toString());
    }

    /**
     * Recovers what is in the directory.
     *
     * @throws InvalidInputException if the directory cannot be used
     */
    @Override
    public void start(Receiver receiver) {
        try {
            Storage storage = opener.open();
            Storage.File lock = storage.open(LockFile.NAME);
            if (!lock.tryLock()) {
                lock.close();
                throw unusable("another relay uses it: each needs a directory of its own");
            }
            boolean recovered = false;
            try {
                recover(storage, lock, receiver);
                recovered = true;
            } finally {
                if (!recovered) {
                    lock.close();
                }
            }
        } catch (IOException e) {
            throw unusable("it cannot be used: " + reason(e));
        } catch (Header.NewerFormatException e) {
            throw unusable("it was written by a newer relay (" + e.getMessage() + "), and this one knows format "
                    + Header.VERSION + ": start that version, or give another directory");
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName().replace("Exception", "") + ": " + Characters.oneLine(e);
    }

    private InvalidInputException unusable(String why) {
        return new InvalidInputException("--data " + options.directory() + ": " + why);
    }

    private void recover(Storage storage, Storage.File lockFile, Receiver receiver)
            throws IOException, Header.NewerFormatException {
        long begun = System.nanoTime();
        long now = clock.millis();
        Optional<LockFile.Run> last = LockFile.read(lockFile);
        LiveState live = new LiveState(options.bytes() / 2, options.idempotencyKeys(), options.idempotencyTtl());
        Retention retention = new Retention(options);
        Recovery recovery = new Recovery(live, retention, receiver, now);
        LogReader reader = new LogReader(storage, recovery, now);
        reader.open(false);
        reader.epochs().ifPresent(receiver::epochs);
        reader.read();
        List<Segment> segments = new ArrayList<>(reader.segments());
        dropTornTail(storage, reader, segments);

        long sequence = reader.lastSequence();
        Optional<String> lost = reader.epochs().isEmpty() ? Optional.empty() : lostEnd(last, storage, segments);
        Epochs epochs = reader.epochs().orElseGet(() -> Epochs.first(Epochs.newName()));
        if (lost.isPresent()) {
            LOG.warn("{}: clients are told of a gap", lost.get());
            epochs = next(epochs, sequence, live);
            sequence = epochs.current().before() + 1;
        }
        boolean goesOn = reader.newestHeaderIsGood() && lost.isEmpty();
        SegmentLog log = new SegmentLog(storage, segments, reader.seal().orElseGet(Seal::random), epochs, goesOn);
        if (!goesOn) {
            log.roll(sequence, now);
        }
        if (reader.epochs().isEmpty() || lost.isPresent()) {
            receiver.epochs(epochs);
        }
        RecordBuffer buffer = new RecordBuffer(log.seal());
        StateWriter states = new StateWriter(live, buffer);
        restore(live, states, receiver, now);
        receiver.reached(sequence);

        LockFile lock = new LockFile(lockFile);
        lock.write(run(storage.bootId(), false, 0));
        storage.sync();
        MessageId newest = new MessageId(epochs.current().name(), sequence);
        Group group = new Group(live, states, buffer, receiver, newest);
        Writer writer = new Writer(
                inbox,
                log,
                live,
                states,
                buffer,
                group,
                retention,
                health,
                receiver,
                clock,
                gauges,
                options.sync() == Sync.BATCH);
        gauges.holds(log, live);
        double seconds = (System.nanoTime() - begun) / 1e9;
        LOG.info(
                "{}: {} messages, {} registrations and {} idempotency keys in {} segments ({} bytes), read in {} s; {}",
                options.directory(),
                log.messages(),
                live.registrations(),
                live.keys(),
                log.count(),
                log.bytes(),
                String.format(java.util.Locale.ROOT, "%.1f", seconds),
                end(last, storage));
        Thread thread = new Thread(writer, "disk");
        archive.open(log);
        running = new Running(lock, log, writer, thread, seconds, recovery.damagedRanges(), storage.bootId());
        thread.start();
    }

    /** What is behind the last record of the newest segment was being written when the relay ended. */
    private static void dropTornTail(Storage storage, LogReader reader, List<Segment> segments) throws IOException {
        if (segments.isEmpty()) {
            return;
        }
        Segment newest = segments.get(segments.size() - 1);
        if (!reader.newestHeaderIsGood() && newest.size() <= Header.BYTES) {
            LOG.info("{} was being made when the relay ended: it is made anew", newest.name());
            newest.file.close();
            storage.delete(newest.name());
            segments.remove(newest);
        } else if (reader.tornBytes() > 0) {
            long good = newest.size() - reader.tornBytes();
            LOG.warn(
                    "{}: {} bytes at its end, from byte {}, are no whole record: cut off",
                    newest.name(),
                    reader.tornBytes(),
                    good);
            newest.file.truncate(good);
            newest.size(good);
        }
    }

    /** Why messages that clients have seen may be lost at the end of the log; empty if none are. */
    private Optional<String> lostEnd(Optional<LockFile.Run> last, Storage storage, List<Segment> segments) {
        if (last.isEmpty()) {
            return Optional.of("the files in " + options.directory() + " are older than its lock, like a backup");
        }
        LockFile.Run run = last.get();
        long end = segments.isEmpty() ? 0 : segments.get(segments.size() - 1).end();
        if (run.stopped()) {
            return end < run.end()
                    ? Optional.of("the end of the log in " + options.directory() + " is missing")
                    : Optional.empty();
        }
        boolean sameBoot = !run.bootId().isEmpty() && run.bootId().equals(storage.bootId());
        return run.sync() == Sync.NONE && !sameBoot
                ? Optional.of("the machine stopped while " + options.directory() + " was written without syncs")
                : Optional.empty();
    }

    /** A new epoch, behind all that may have been. */
    private static Epochs next(Epochs known, long sequence, LiveState live) {
        long newest = Math.max(
                sequence,
                live.all().stream().mapToLong(StoredRegistration::cursor).max().orElse(0));
        long before = newest + JUMP;
        List<Epoch> epochs = new ArrayList<>(known.epochs());
        Epoch lost = epochs.remove(epochs.size() - 1);
        epochs.add(new Epoch(lost.name(), lost.before(), sequence, before));
        epochs.add(new Epoch(Epochs.newName(), before, Long.MAX_VALUE, 0));
        return new Epochs(epochs.subList(Math.max(0, epochs.size() - Header.MOST_EPOCHS), epochs.size()));
    }

    private void restore(LiveState live, StateWriter states, Receiver receiver, long now) {
        for (StoredRegistration registration : List.copyOf(live.all())) {
            if (registration.isOver(now, options.registerTtl())) {
                states.end(registration);
                continue;
            }
            try {
                receiver.restored(registration.entry(now));
                states.leftAlone(registration, now);
            } catch (InvalidInputException e) {
                LOG.error("registration {} cannot be used any more: {}", registration.id, e.detail());
                states.end(registration);
            }
        }
    }

    private static String end(Optional<LockFile.Run> last, Storage storage) {
        return last.map(run -> run.stopped()
                        ? "the last relay was stopped"
                        : run.bootId().equals(storage.bootId())
                                ? "the last relay was killed"
                                : "the last relay ended with its machine")
                .orElse("no relay was here before");
    }

    private LockFile.Run run(String bootId, boolean stopped, long end) {
        return new LockFile.Run(ProcessHandle.current().pid(), bootId, stopped, options.sync(), end);
    }

    @Override
    public void stop() {
        Running now = running;
        if (now == null) {
            return;
        }
        inbox.close(UnavailableException.goingAway());
        archive.stop();
        try {
            now.thread().join(STOP_TIMEOUT_MILLIS);
            if (now.thread().isAlive()) {
                LOG.error(
                        "the disk with --data {} does not answer: what waits for it is not stored",
                        options.directory());
                return;
            }
            if (now.writer().endedWell()) {
                now.log().forceAll();
                now.lock().write(run(now.bootId(), true, now.log().end()));
            }
            now.log().close();
            now.lock().close();
        } catch (IOException e) {
            LOG.error("the files in {} could not be closed well", options.directory(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Optional<String> trouble() {
        return health.trouble();
    }

    @Override
    public void publish(Publication publication) {
        Optional<UnavailableException> refusal = health.refusal();
        if (refusal.isPresent()) {
            publication.refused(refusal.get());
        } else {
            inbox.add(publication);
        }
    }

    /** All messages come. */
    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<UserId> pastOf) {
        return NOTHING_TO_HOLD;
    }

    @Override
    public CompletionStage<Void> remember(IdempotencyKey key, String answer) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        inbox.add(new Request.Answer(key, answer, done));
        return done;
    }

    @Override
    public Optional<Journal> journal() {
        return Optional.of(journal);
    }

    @Override
    public Optional<Archive> archive() {
        return Optional.of(archive);
    }

    /** What there is to say about it now. */
    public DiskFigures figures() {
        Running now = running;
        return gauges.figures(
                now == null ? 0 : now.recoverySeconds(),
                now == null ? 0 : now.damagedRanges(),
                now != null && health.works());
    }
}
