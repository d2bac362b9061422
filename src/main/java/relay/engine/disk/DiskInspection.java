package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import relay.engine.Epochs;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.InvalidInputException;

/**
 * What is in a directory, seen without changing it. A relay may be using it meanwhile: then this is about what it held at one moment.
 *
 * @param lastRun what the relay that uses it, or used it last, has written of itself; empty: nothing that can be read
 * @param epochs the oldest first, as the newest segment knows them; none: no segment can be read
 * @param segments the oldest first
 * @param messages how many can be read
 * @param registrations how many are stored, those included whose time is over
 * @param idempotencyKeys how many are stored, those included whose time is over
 * @param retainedValues how many are stored, those included whose time is over
 * @param damage what cannot be read, the oldest first
 * @param tornBytes how many bytes at the end of the newest segment are no whole record: a relay that starts cuts them off. With a relay
 *     that is running, it may be just writing them
 */
public record DiskInspection(
        Optional<LastRun> lastRun,
        List<Epochs.Epoch> epochs,
        List<SegmentFigures> segments,
        long messages,
        int registrations,
        int idempotencyKeys,
        int retainedValues,
        List<Damage> damage,
        long tornBytes) {
    /**
     * What a relay has written of itself.
     *
     * @param pid of its process
     * @param bootId of its machine; may be empty
     * @param stopped whether it has ended well; if not, it is running, or was killed
     * @param sync when it took something as stored
     */
    public record LastRun(long pid, String bootId, boolean stopped, Sync sync) {}

    /**
     * One file.
     *
     * @param messages how many of its messages can be read; 0: the sequences say where it begins, and the times when it was made
     * @param firstSequence of its first message
     * @param lastSequence of its last message
     * @param first when its first message was stored
     * @param last when its last message was stored
     */
    public record SegmentFigures(
            String name,
            long bytes,
            long messages,
            long firstSequence,
            long lastSequence,
            Instant first,
            Instant last) {}

    public DiskInspection {
        epochs = List.copyOf(epochs);
        segments = List.copyOf(segments);
        damage = List.copyOf(damage);
    }

    /**
     * Reads a directory.
     *
     * @throws InvalidInputException if it is none, or of a newer format
     * @throws IOException if it cannot be read
     */
    public static DiskInspection of(Path directory, Instant now) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new InvalidInputException(directory + " is not a directory: name what --data names");
        }
        return of(new Directory(directory), directory, now.toEpochMilli());
    }

    static DiskInspection of(Storage storage, Path directory, long nowMillis) throws IOException {
        LiveState live =
                new LiveState(Long.MAX_VALUE, Integer.MAX_VALUE, Duration.ofMillis(Long.MAX_VALUE), Long.MAX_VALUE);
        Contents contents = new Contents(new StateReader(live, nowMillis, MessageCodec.Parts.shared(), false));
        LogReader reader = new LogReader(storage, contents, nowMillis);
        try {
            reader.open(true);
            reader.read();
            return new DiskInspection(
                    lastRun(storage),
                    reader.epochs().map(Epochs::epochs).orElse(List.of()),
                    reader.segments().stream().map(DiskInspection::figures).toList(),
                    reader.segments().stream().mapToLong(Segment::messages).sum(),
                    live.registrations(),
                    live.keys(),
                    live.retained().count(),
                    contents.damage,
                    reader.tornBytes());
        } catch (Header.NewerFormatException e) {
            throw new InvalidInputException(directory + " was written by a newer relay (" + e.getMessage()
                    + "), and this one knows format " + Header.VERSION + ": use that version");
        } finally {
            reader.close();
        }
    }

    private static SegmentFigures figures(Segment segment) {
        return new SegmentFigures(
                segment.name(),
                segment.size(),
                segment.messages(),
                segment.messages() == 0 ? segment.before + 1 : segment.firstSequence(),
                segment.lastSequence(),
                Instant.ofEpochMilli(segment.firstMillis()),
                Instant.ofEpochMilli(segment.lastMillis()));
    }

    private static Optional<LastRun> lastRun(Storage storage) throws IOException {
        try (Storage.File lock = storage.openToRead(LockFile.NAME)) {
            return LockFile.read(lock).map(run -> new LastRun(run.pid(), run.bootId(), run.stopped(), run.sync()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Counts what is read. */
    private static final class Contents implements LogReader.Handler {
        private final StateReader states;
        private final List<Damage> damage = new ArrayList<>();

        Contents(StateReader states) {
            this.states = states;
        }

        @Override
        public void begins(long through) {}

        @Override
        public void message(long sequence, ByteBuffer payload, long timeMillis, long location) {
            var unused = states.readMessage(sequence, payload, timeMillis, location);
        }

        @Override
        public void state(byte kind, long sequence, ByteBuffer payload, long location) {
            states.read(kind, sequence, payload, location);
        }

        @Override
        public void damaged(Damage found) {
            damage.add(found);
        }
    }
}
