package relay.engine.disk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Epochs;
import relay.engine.Epochs.Epoch;
import relay.engine.Receiver;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.InvalidInputException;
import relay.message.MessageId;

/**
 * A directory from its opening to its closing: the lock, what the last run has left, and whether its epoch goes on. By the thread that
 * starts and stops the engine.
 */
final class Opening {
    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

    /** A new epoch begins so far behind the last one that no message of that had such a sequence. */
    private static final long JUMP = 1_000_000_000;

    private static final double NANOS_PER_SECOND = 1e9;

    private final DiskOptions options;
    private final Storage storage;
    private final LockFile lock;
    private final LiveState live;
    private final Retention retention;
    private final SegmentLog log;
    private final RecordBuffer buffer;
    private final StateWriter states;
    private final MessageId newest;
    private final long trimmed;
    private final int damagedRanges;
    private final double seconds;

    /**
     * Takes the lock, and brings the receiver what is there.
     *
     * @throws InvalidInputException if another relay has it
     */
    Opening(DiskOptions options, Storage storage, Receiver receiver, long nowMillis)
            throws IOException, Header.NewerFormatException {
        long begun = System.nanoTime();
        this.options = options;
        this.storage = storage;
        this.lock = LockFile.take(storage)
                .orElseThrow(() -> new InvalidInputException("--data " + options.directory()
                        + ": another relay uses it; each needs a directory of its own"));
        boolean opened = false;
        try {
            Optional<LockFile.Run> last = lock.read();
            live = new LiveState(
                    options.bytes() / 2,
                    options.idempotencyKeys(),
                    options.idempotencyTtl(),
                    options.mostRetainedBytes());
            retention = new Retention(options);
            StateReader stateReader = new StateReader(live, nowMillis, MessageCodec.Parts.shared(), true);
            Recovery recovery = new Recovery(stateReader, retention, receiver, nowMillis);
            LogReader reader = new LogReader(storage, recovery, nowMillis);
            reader.open(false);
            reader.epochs().ifPresent(receiver::epochs);
            reader.read();
            List<Segment> segments = new ArrayList<>(reader.segments());
            dropTornTail(reader, segments);
            trimmed = segments.isEmpty() ? 0 : segments.get(0).before;
            damagedRanges = recovery.damagedRanges();

            long sequence = reader.lastSequence();
            boolean isNew = reader.epochs().isEmpty();
            Optional<String> lost = isNew ? Optional.empty() : lostEnd(last, segments);
            Epochs epochs = reader.epochs().orElseGet(() -> Epochs.first(Epochs.newName()));
            if (lost.isPresent()) {
                LOG.warn("{}: a new epoch begins, and clients are told of a gap", lost.get());
                epochs = next(epochs, sequence);
                sequence = epochs.current().before() + 1;
            }
            boolean goesOn = reader.newestHeaderIsGood() && !reader.newestIsOfOlderFormat() && lost.isEmpty();
            log = new SegmentLog(storage, segments, reader.seal().orElseGet(Seal::random), epochs, goesOn);
            if (options.sync() == Sync.BATCH && last.map(run -> !run.stopped()).orElse(true)) {
                // What was written before a kill is handed out now: no power cut may take it back.
                log.forceAll();
            }
            if (!goesOn) {
                log.roll(sequence, nowMillis);
            }
            if (isNew || lost.isPresent()) {
                receiver.epochs(epochs);
            }
            buffer = new RecordBuffer(log.seal());
            states = new StateWriter(live, buffer);
            live.retained().all(nowMillis).forEach(value -> receiver.retained(value.past(nowMillis)));
            restore(receiver, nowMillis);
            receiver.reached(sequence);
            newest = new MessageId(epochs.current().name(), sequence);
            lock.write(run(false, 0));
            storage.sync();
            opened = true;
            seconds = (System.nanoTime() - begun) / NANOS_PER_SECOND;
            LOG.info(
                    "{}: {} messages, {} registrations, {} idempotency keys and {} retained values in {} segments ({} bytes), read in {} s; {}",
                    options.directory(),
                    log.messages(),
                    live.registrations(),
                    live.keys(),
                    live.retained().count(),
                    log.count(),
                    log.bytes(),
                    String.format(Locale.ROOT, "%.1f", seconds),
                    last.map(this::howItEnded).orElse("no relay was here before"));
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    LiveState live() {
        return live;
    }

    Retention retention() {
        return retention;
    }

    SegmentLog log() {
        return log;
    }

    RecordBuffer buffer() {
        return buffer;
    }

    StateWriter states() {
        return states;
    }

    /** The newest message. */
    MessageId newest() {
        return newest;
    }

    /** Messages up to this sequence are not there any more. */
    long trimmed() {
        return trimmed;
    }

    int damagedRanges() {
        return damagedRanges;
    }

    /** How long it took. */
    double seconds() {
        return seconds;
    }

    /** Everything is written: the next start can rely on that. */
    void stopped() throws IOException {
        log.forceAll();
        lock.write(run(true, log.end()));
    }

    void close() throws IOException {
        log.close();
        lock.close();
    }

    /** What is behind the last record of the newest segment was being written when the relay ended. */
    private void dropTornTail(LogReader reader, List<Segment> segments) throws IOException {
        if (segments.isEmpty()) {
            return;
        }
        Segment newestSegment = segments.get(segments.size() - 1);
        if (!reader.newestHeaderIsGood() && newestSegment.size() <= Header.BYTES) {
            LOG.info("{} was being made when the relay ended: it is made anew", newestSegment.name());
            newestSegment.file.close();
            storage.delete(newestSegment.name());
            segments.remove(newestSegment);
        } else if (reader.tornBytes() > 0) {
            long good = newestSegment.size() - reader.tornBytes();
            LOG.warn(
                    "{}: {} bytes at its end, from byte {}, are no whole record: cut off",
                    newestSegment.name(),
                    reader.tornBytes(),
                    good);
            newestSegment.file.truncate(good);
            newestSegment.size(good);
        }
    }

    /** Why messages that clients have seen may be lost at the end of the log; empty if none are. */
    private Optional<String> lostEnd(Optional<LockFile.Run> last, List<Segment> segments) {
        if (last.isEmpty()) {
            return Optional.of("the files in " + options.directory() + " come without their lock, as from a backup");
        }
        LockFile.Run run = last.get();
        long end = segments.isEmpty() ? 0 : segments.get(segments.size() - 1).end();
        if (run.stopped()) {
            return end < run.end()
                    ? Optional.of("the end of the log in " + options.directory() + " is missing")
                    : Optional.empty();
        }
        return run.sync() == Sync.NONE && !isOfThisBoot(run)
                ? Optional.of("the machine ended while " + options.directory() + " was written without syncs")
                : Optional.empty();
    }

    private boolean isOfThisBoot(LockFile.Run run) {
        return !run.bootId().isEmpty() && run.bootId().equals(storage.bootId());
    }

    /** A new epoch, behind all that may have been. */
    private Epochs next(Epochs known, long sequence) {
        long furthest =
                live.all().stream().mapToLong(StoredRegistration::cursor).max().orElse(0);
        long before = Math.max(sequence, furthest) + JUMP;
        List<Epoch> epochs = new ArrayList<>(known.epochs());
        Epoch lost = epochs.remove(epochs.size() - 1);
        epochs.add(new Epoch(lost.name(), lost.before(), sequence, before));
        epochs.add(new Epoch(Epochs.newName(), before, Long.MAX_VALUE, 0));
        return new Epochs(epochs.subList(Math.max(0, epochs.size() - Header.MOST_EPOCHS), epochs.size()));
    }

    private void restore(Receiver receiver, long nowMillis) {
        for (StoredRegistration registration : List.copyOf(live.all())) {
            if (registration.isOver(nowMillis, options.registerTtl())) {
                states.end(registration);
                continue;
            }
            try {
                receiver.restored(registration.entry(nowMillis));
                states.leftAlone(registration, nowMillis);
            } catch (InvalidInputException e) {
                LOG.error("registration {} cannot be used any more: {}", registration.id, e.detail());
                states.end(registration);
            }
        }
    }

    private String howItEnded(LockFile.Run run) {
        if (run.stopped()) {
            return "the last relay was stopped";
        }
        return isOfThisBoot(run) ? "the last relay was killed" : "the last relay ended with its machine";
    }

    private LockFile.Run run(boolean stopped, long end) {
        return new LockFile.Run(ProcessHandle.current().pid(), storage.bootId(), stopped, options.sync(), end);
    }
}
