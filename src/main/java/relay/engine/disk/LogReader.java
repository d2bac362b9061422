package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import relay.engine.Epochs;
import relay.engine.Epochs.Epoch;

/** Reads all segments of a log in their order, and finds what is damaged. It changes nothing. For one thread, once. */
final class LogReader {
    private final Storage storage;
    private final Handler handler;
    private final long nowMillis;
    private final List<Found> found = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private @Nullable Epochs epochs;
    private @Nullable Seal seal;

    /** Of the newest message; -1 before it is known. */
    private long lastSequence = -1;

    private long tornBytes;
    private boolean newestHeaderIsGood;
    private boolean newestIsOfOlderFormat;

    /** Damage that the next good record will tell the extent of. */
    private @Nullable Damage pending;

    private record Found(long base, Storage.File file, long size, Optional<Header> header) {}

    /** Takes what is read. */
    interface Handler {
        /** Messages up to this sequence are not in the log any more. */
        void begins(long through);

        /** A message. */
        void message(long sequence, ByteBuffer payload, long timeMillis, long location);

        /** Another record. */
        void state(byte kind, long sequence, ByteBuffer payload, long location);

        void damaged(Damage damage);
    }

    LogReader(Storage storage, Handler handler, long nowMillis) {
        this.storage = storage;
        this.handler = handler;
        this.nowMillis = nowMillis;
    }

    /**
     * Opens all segments, and reads their headers.
     *
     * @param onlyToRead whether they are read only
     * @throws Header.NewerFormatException if one is of a newer format
     */
    void open(boolean onlyToRead) throws IOException, Header.NewerFormatException {
        for (String name : storage.names()) {
            OptionalLong base = Segment.base(name);
            if (base.isPresent()) {
                Storage.File file;
                try {
                    file = onlyToRead ? storage.openToRead(name) : storage.open(name);
                } catch (NoSuchFileException e) {
                    // The relay that uses it has deleted it meanwhile.
                    continue;
                }
                long size = file.size();
                // With half a header it was never written to.
                Optional<Header> header = Header.of(file).filter(known -> size >= Header.BYTES);
                header.ifPresent(known -> {
                    epochs = known.epochs();
                    seal = known.seal();
                });
                found.add(new Found(base.getAsLong(), file, size, header));
            }
        }
    }

    /** Reads all records. */
    void read() {
        Scanner scanner = new Scanner();
        for (int i = 0; i < found.size(); i++) {
            read(found.get(i), i == found.size() - 1, scanner);
        }
    }

    /** Closes all files. */
    void close() throws IOException {
        for (Found one : found) {
            one.file().close();
        }
    }

    List<Segment> segments() {
        return segments;
    }

    /** What the newest segment knows; empty if no header can be read. */
    Optional<Epochs> epochs() {
        return Optional.ofNullable(epochs);
    }

    Optional<Seal> seal() {
        return Optional.ofNullable(seal);
    }

    long lastSequence() {
        return Math.max(0, lastSequence);
    }

    /** How many bytes at the end of the newest segment are no whole record. */
    long tornBytes() {
        return tornBytes;
    }

    /** Whether the log can go on in its newest segment. */
    boolean newestHeaderIsGood() {
        return newestHeaderIsGood;
    }

    /** Whether nothing may be written to the newest segment that an older relay would not understand. */
    boolean newestIsOfOlderFormat() {
        return newestIsOfOlderFormat;
    }

    private void read(Found one, boolean newest, Scanner scanner) {
        boolean readable = one.header().isPresent();
        newestHeaderIsGood = readable;
        newestIsOfOlderFormat = readable && one.header().get().version() < Header.VERSION;
        Segment segment = new Segment(one.base(), one.file(), one.header().orElseGet(this::assumedHeader), one.size());
        segments.add(segment);
        Contents contents = new Contents(segment);
        if (readable) {
            contents.begins();
        } else if (one.size() > Header.BYTES || !newest) {
            contents.damage(0, Math.min(one.size(), Header.BYTES));
        }
        long good = Math.min(one.size(), scanner.scan(one.file(), one.size(), segment.seal, contents));
        if (good < one.size()) {
            if (newest && readable) {
                tornBytes = one.size() - good;
            } else {
                contents.damage(good, one.size() - good);
            }
        }
        if (newest && pending != null) {
            reaches(lastSequence(), segment, 0);
        }
    }

    /** What a header that is damaged has said, as far as the others know. */
    private Header assumedHeader() {
        return new Header(
                seal == null ? Seal.random() : seal,
                epochs == null ? Epochs.first(Epochs.newName()) : epochs,
                lastSequence() + 1,
                nowMillis);
    }

    /** What is between here and the last good record is damaged. */
    private void reaches(long sequence, Segment segment, long at) {
        if (lastSequence < 0) {
            lastSequence = sequence;
            handler.begins(sequence);
        }
        boolean lost = sequence > lastSequence && !isJump(lastSequence, sequence);
        Damage where = pending;
        if (lost || where != null) {
            handler.damaged(new Damage(
                    where == null ? segment.name() : where.file(),
                    where == null ? at : where.at(),
                    where == null ? 0 : where.bytes(),
                    lastSequence,
                    lost ? sequence : lastSequence));
            pending = null;
        }
        lastSequence = Math.max(lastSequence, sequence);
    }

    /** Whether a new epoch began there, and nothing is missing but what that says. */
    private boolean isJump(long from, long to) {
        if (epochs != null) {
            List<Epoch> known = epochs.epochs();
            for (int i = 1; i < known.size(); i++) {
                long before = known.get(i).before();
                if (from <= before && known.get(i - 1).last() <= from && to <= before + 1 && to >= before) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The records of one segment. */
    private final class Contents implements Scanner.Sink {
        private final Segment segment;

        Contents(Segment segment) {
            this.segment = segment;
        }

        void begins() {
            reaches(segment.before, segment, 0);
        }

        @Override
        public void record(byte kind, long sequence, long timeMillis, ByteBuffer payload, long at) {
            if (kind != Layout.MESSAGE) {
                reaches(sequence, segment, at);
                handler.state(kind, sequence, payload, segment.base + at);
            } else if (sequence > lastSequence) {
                reaches(sequence - 1, segment, at);
                lastSequence = sequence;
                segment.message(sequence, timeMillis);
                handler.message(sequence, payload, timeMillis, segment.base + at);
            }
        }

        @Override
        public void damage(long at, long bytes) {
            Damage before = pending;
            if (before != null) {
                // Nothing good is between them.
                reaches(lastSequence(), segment, at);
            }
            pending = new Damage(segment.name(), at, bytes, lastSequence(), lastSequence());
        }
    }
}
