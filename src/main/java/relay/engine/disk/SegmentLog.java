package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Epochs;

/** The segments, of which the newest is appended to. For the writer's thread; {@link #at} is for any. */
final class SegmentLog {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentLog.class);

    private final Storage storage;
    private final ConcurrentSkipListMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
    private final Seal seal;
    private final Epochs epochs;
    private @Nullable Segment current;

    /** Where the next segment begins. */
    private long next;

    private long bytes;
    private long messages;

    /** The latest time of a message, or of the making of a segment. */
    private long newestMillis;

    /**
     * A log of the segments that are there.
     *
     * @param epochs what new segments say
     * @param goesOn whether it goes on in the last one
     */
    SegmentLog(Storage storage, Collection<Segment> found, Seal seal, Epochs epochs, boolean goesOn) {
        this.storage = storage;
        this.seal = seal;
        this.epochs = epochs;
        for (Segment segment : found) {
            segments.put(segment.base, segment);
            current = goesOn ? segment : null;
            bytes += segment.size();
            messages += segment.messages();
            newestMillis = Math.max(newestMillis, segment.latestMillis());
        }
    }

    /** The time of a message that comes next: never less than that of one before it, also of an earlier run. */
    long timeOfNext(long nowMillis) {
        return Math.max(newestMillis, nowMillis);
    }

    Seal seal() {
        return seal;
    }

    /** The segment with a location; absent if it is deleted. */
    @Nullable
    Segment at(long location) {
        Map.Entry<Long, Segment> entry = segments.floorEntry(location);
        return entry == null ? null : entry.getValue();
    }

    /** The one that is appended to; absent if the next record begins a new one. */
    @Nullable
    Segment current() {
        return current;
    }

    /** Whether the one that is appended to can be found by the next start. */
    boolean isThere() {
        Segment segment = current;
        return segment == null || storage.has(segment.name());
    }

    /** The oldest one, if it is not appended to. */
    @Nullable
    Segment oldestClosed() {
        Map.Entry<Long, Segment> oldest = segments.firstEntry();
        return oldest == null || oldest.getValue() == current ? null : oldest.getValue();
    }

    int count() {
        return segments.size();
    }

    long bytes() {
        return bytes;
    }

    long messages() {
        return messages;
    }

    /** Begins a new segment: the disk has it when this returns. If it fails, nothing has changed. */
    void roll(long lastSequence, long nowMillis) throws IOException {
        long base = Math.max(
                next, segments.isEmpty() ? 0 : segments.lastEntry().getValue().end());
        Segment before = current;
        if (before != null) {
            before.file.force();
        }
        String name = Segment.name(base);
        Storage.File file = storage.open(name);
        try {
            Header header = new Header(seal, epochs, lastSequence + 1, timeOfNext(nowMillis));
            writeFully(file, header.toBytes(), 0);
            file.force();
            storage.sync();
            Segment segment = new Segment(base, file, header, Header.BYTES);
            segments.put(base, segment);
            bytes += segment.size();
            current = segment;
        } catch (IOException e) {
            discard(name, file, e);
            throw e;
        }
    }

    private void discard(String name, Storage.File file, IOException cause) {
        try {
            file.close();
            storage.delete(name);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** Appends records to the current segment. If it fails, some of it may be there: then {@link #cutBack}. */
    void append(ByteBuffer records) throws IOException {
        Segment segment = open();
        int length = records.remaining();
        writeFully(segment.file, records, segment.size());
        segment.size(segment.size() + length);
        bytes += length;
    }

    /** The messages among what was appended last. */
    void appended(int count, long newest, long timeMillis) {
        if (count > 0) {
            open().messages(count, newest - count + 1, newest, timeMillis);
            messages += count;
            newestMillis = Math.max(newestMillis, timeMillis);
        }
    }

    /** Removes what is behind the last record. */
    void cutBack() throws IOException {
        Segment segment = current;
        if (segment != null) {
            segment.file.truncate(segment.size());
        }
    }

    /** Whether the disk takes as many bytes as this; they are removed again. */
    void probe(ByteBuffer zeros) throws IOException {
        Segment segment = current;
        if (segment != null) {
            try {
                writeFully(segment.file, zeros, segment.size());
            } finally {
                cutBack();
            }
        }
    }

    /** The disk has everything when this returns. */
    void force() throws IOException {
        Segment segment = current;
        if (segment != null) {
            segment.file.force();
        }
    }

    /** The same for all segments, also those that nobody has waited for. */
    void forceAll() throws IOException {
        for (Segment segment : segments.values()) {
            segment.file.force();
        }
    }

    /** Where it ends. */
    long end() {
        return segments.isEmpty() ? 0 : segments.lastEntry().getValue().end();
    }

    /** Deletes the oldest segment; what still reads from it fails. */
    void deleteOldest() throws IOException {
        Segment oldest = segments.firstEntry().getValue();
        storage.delete(oldest.name());
        segments.remove(oldest.base);
        next = Math.max(next, oldest.end());
        bytes -= oldest.size();
        messages -= oldest.messages();
        close(oldest);
    }

    void close() {
        segments.values().forEach(SegmentLog::close);
    }

    private static void close(Segment segment) {
        try {
            segment.file.close();
        } catch (IOException e) {
            LOG.warn("{} could not be closed", segment.name(), e);
        }
    }

    private Segment open() {
        Segment segment = current;
        if (segment == null) {
            throw new IllegalStateException("no segment");
        }
        return segment;
    }

    static void writeFully(Storage.File file, ByteBuffer source, long position) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            int written = file.write(source, at);
            if (written <= 0) {
                throw new IOException("nothing could be written");
            }
            at += written;
        }
    }
}
