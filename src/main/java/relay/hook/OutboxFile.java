package relay.hook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.hook.EventsDisk.Output;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.schedule.Ticker;

/**
 * Writes the {@link Change}s of an outbox to its file, one after the other, in a thread of its own. When the file has grown, or what it
 * has is not known, it is written anew: what there is by then, and what changes from then on.
 *
 * <p>Nobody waits for it. While the disk takes nothing the outbox goes on in memory; what has not been written by then is kept up to a
 * bound, and beyond that is not needed: all is written anew when there is room.
 */
final class OutboxFile {
    private static final Logger LOG = LoggerFactory.getLogger(OutboxFile.class);

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);
    private static final Duration LONGEST_REST = Duration.ofHours(1);
    private static final Duration BETWEEN_SYNCS = Duration.ofSeconds(1);

    /** How many changes are written at once. */
    private static final int MOST_AT_ONCE = 500;

    private final OutboxState state;
    private final EventsDisk disk;
    private final String name;
    private final Ticker ticker;
    private final Runnable listener;
    private final OutboxCopy copies;
    private final ChangeText text = new ChangeText();
    private final TurnThread thread = new TurnThread("outbox-file", this::turn);
    private final FileHealth health;

    /** Guarded by the state's lock. */
    private final PendingChanges pending;

    /** Of the changes so many are in the file. Written by the file's thread, read by all. */
    private volatile long stored;

    /** Set by whoever stops it: the last turn does not wait for a retry, nor for the next sync. */
    private volatile boolean ending;

    /** By the file's thread only, after the start, as are those below. */
    private @Nullable Output output;

    private long size;
    private long sizeAnew;
    private byte[] unwritten = {};
    private long unwrittenTo;
    private boolean synced = true;
    private long syncedNanos;

    /**
     * One that is not open yet.
     *
     * @param name what people know the file as
     * @param mostPendingBytes about how much memory may be taken by what is not written yet
     * @param listener is told that more is stored; by the file's thread
     */
    OutboxFile(
            OutboxState state, EventsDisk disk, String name, long mostPendingBytes, Ticker ticker, Runnable listener) {
        this.state = state;
        this.disk = disk;
        this.name = name;
        this.health = new FileHealth(name);
        this.pending = new PendingChanges(mostPendingBytes);
        this.ticker = ticker;
        this.listener = listener;
        this.copies = new OutboxCopy(state, disk);
    }

    /**
     * Brings the state to what the file has. With the state's lock held.
     *
     * @throws InvalidInputException if it cannot be used
     */
    void open() {
        try {
            read();
        } catch (IOException e) {
            throw new InvalidInputException("--data: " + name + " cannot be used: " + Characters.oneLine(e.toString()));
        } catch (ChangeText.NewerFormatException e) {
            throw new InvalidInputException("--data: " + name + " was written by a newer relay (" + e.getMessage()
                    + "), and this one knows format " + ChangeText.FORMAT
                    + ": start that version, or move the file away, and with it the events that wait for --hook");
        }
    }

    private void read() throws IOException, ChangeText.NewerFormatException {
        ChangeReader reader = new ChangeReader(text);
        disk.discard();
        reader.read(disk.read(), change -> change.applyTo(state));
        Output opened = disk.open();
        output = opened;
        size = reader.end();
        if (reader.torn() > 0) {
            LOG.info("{}: {} bytes at its end are no whole line: cut off", name, reader.torn());
            opened.truncate(size);
        }
        if (reader.damaged() > 0) {
            LOG.warn(
                    "{}: {} lines are damaged: left out, and counted as events that were dropped; some may also come again",
                    name,
                    reader.damaged());
            state.miss(reader.damaged());
        }
        if (size == 0 || reader.damaged() > 0) {
            pending.writeAnew();
        }
        syncedNanos = ticker.nanos();
    }

    void start() {
        thread.start();
    }

    /** Waits a little for what is to be written. */
    void stop() {
        ending = true;
        if (!thread.stop(STOP_PATIENCE)) {
            LOG.error("{} does not answer: the last events are not in it", name);
            return;
        }
        try {
            closeOutput();
        } catch (IOException e) {
            LOG.error("{} could not be closed well", name, e);
        }
    }

    /** Adds what has changed. With the state's lock held. */
    void add(Change change) {
        pending.add(change);
        thread.wake();
    }

    /** How many changes there were. With the state's lock held. */
    long handed() {
        return pending.handed();
    }

    /** How many changes wait to be written. For tests. */
    int pending() {
        synchronized (state) {
            return pending.size();
        }
    }

    /** Whether so many changes are as safe as they will be. For any thread. */
    boolean hasStored(long position) {
        return !health.works() || stored >= position;
    }

    /** What its thread does when there is something to do. Returns how long there will be nothing. */
    Duration turn() {
        long now = ticker.nanos();
        Duration left = health.rest(now);
        if (!left.isZero() && !ending) {
            return left;
        }
        try {
            if (isToBeAnew()) {
                copy();
            }
            append();
            Duration rest = sync(now);
            health.succeeded();
            return rest;
        } catch (IOException e) {
            return health.failed(e, now);
        } catch (RuntimeException | Error e) {
            // What was taken to be written may not be.
            writeAnew();
            throw e;
        } finally {
            listener.run();
        }
    }

    private boolean isToBeAnew() throws IOException {
        synchronized (state) {
            if (pending.isAnew()) {
                return true;
            }
        }
        return copies.isWorthwhile(size, sizeAnew);
    }

    private void copy() throws IOException {
        OutboxCopy.Begin begin;
        long position;
        synchronized (state) {
            begin = copies.begin();
            position = pending.handed();
            pending.beginAnew();
        }
        unwritten = new byte[0];
        try {
            closeOutput();
            size = copies.write(begin);
            output = disk.open();
        } catch (IOException e) {
            writeAnew();
            throw e;
        }
        sizeAnew = size;
        synced = true;
        stored = position;
    }

    private void append() throws IOException {
        while (take()) {
            write();
            stored = unwrittenTo;
            listener.run();
        }
    }

    /** Takes the next changes; false if there are none. */
    private boolean take() {
        if (unwritten.length > 0) {
            return true;
        }
        List<Change> next;
        synchronized (state) {
            next = pending.take(MOST_AT_ONCE);
            unwrittenTo = pending.handed() - pending.size();
        }
        unwritten = text.lines(next);
        return !next.isEmpty();
    }

    private void write() throws IOException {
        Output file = output;
        if (file == null) {
            throw new IOException("it is closed");
        }
        try {
            file.write(ByteBuffer.wrap(unwritten), size);
            size += unwritten.length;
            unwritten = new byte[0];
            synced = false;
        } catch (IOException e) {
            cut(file);
            throw e;
        }
    }

    /** Half a line would spoil the next. */
    private void cut(Output file) {
        try {
            file.truncate(size);
        } catch (IOException e) {
            LOG.warn("{} could not be cut back: it is written anew ({})", name, Characters.oneLine(e));
            writeAnew();
        }
    }

    private Duration sync(long now) throws IOException {
        Output file = output;
        if (synced || file == null) {
            return LONGEST_REST;
        }
        long left = syncedNanos + BETWEEN_SYNCS.toNanos() - now;
        if (left > 0 && !ending) {
            return Duration.ofNanos(left);
        }
        try {
            file.force();
        } catch (IOException e) {
            // What it has is not known any more.
            writeAnew();
            throw e;
        }
        synced = true;
        syncedNanos = now;
        return LONGEST_REST;
    }

    private void writeAnew() {
        synchronized (state) {
            pending.writeAnew();
        }
    }

    private void closeOutput() throws IOException {
        Output file = output;
        output = null;
        if (file != null) {
            file.close();
        }
    }
}
