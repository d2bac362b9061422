package relay.hook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import relay.engine.Outbox.Entry;
import relay.hook.EventsDisk.Output;
import relay.hook.OutboxState.Watch;
import relay.message.ClientId;
import relay.message.UserId;

/**
 * Writes what an outbox has to a file that takes the place of its last one. For the file's thread.
 *
 * <p>The events are those of the moment when it begins. Clients and watched messages are read while it writes, without the lock, and may
 * be those of a later moment. That is as good: whatever changes after the beginning is written behind the copy, and so made again.
 */
final class OutboxCopy {
    /** What a file may have beyond twice what was in it when it was written anew. */
    private static final long SMALL = 4L << 20;

    /** How often what would do, at which it is written anew whatever the room. */
    private static final int MOST_TIMES = 4;

    private static final int PART = 500;

    /** What is left to the others on the disk. */
    private static final long RESERVE = 1L << 20;

    /** About what a line takes, without what is long in it. */
    private static final long LINE = 256;

    private final OutboxState state;
    private final EventsDisk disk;
    private final ChangeText text = new ChangeText();

    /**
     * The events of a moment.
     *
     * @param bytes about how many all lines will take, rather too many
     */
    record Begin(List<Entry> entries, int batch, String newest, long missed, long lines, long bytes) {}

    OutboxCopy(OutboxState state, EventsDisk disk) {
        this.state = state;
        this.disk = disk;
    }

    /** Whether a file of this size is to be written anew. It is put off while there is no room for both, but not for ever. */
    boolean isWorthwhile(long size, long sizeAnew) throws IOException {
        long enough = 2 * sizeAnew + SMALL;
        return size > enough && (size > MOST_TIMES * enough || disk.room() > size + RESERVE);
    }

    /** With the state's lock held. */
    Begin begin() {
        List<Entry> entries = state.entries();
        long lines = (long) entries.size() + state.watching() + state.present().size();
        long bytes = lines * LINE + state.bytes() + state.watchedBytes();
        return new Begin(entries, state.batch().size(), state.newest(), state.missed(), lines, bytes);
    }

    /** Returns the size of the file. */
    long write(Begin begin) throws IOException {
        if (disk.room() < begin.bytes() + RESERVE) {
            throw new IOException(
                    "there is no room for " + begin.lines() + " lines, and no file is filled up to the last");
        }
        try {
            long size;
            try (Output output = disk.create()) {
                size = write(begin, new Writing(output));
                output.force();
            }
            disk.replace();
            return size;
        } catch (IOException e) {
            try {
                disk.discard();
            } catch (IOException alsoFails) {
                e.addSuppressed(alsoFails);
            }
            throw e;
        }
    }

    private long write(Begin begin, Writing writing) throws IOException {
        writing.write(text.head());
        for (Map.Entry<ClientId, UserId> client : state.present().entrySet()) {
            writing.add(new Change.Present(client.getKey(), client.getValue()));
        }
        for (Watch watch : state.watched()) {
            writing.add(new Change.Watched(watch.event(), watch.untilMillis()));
        }
        for (Entry entry : begin.entries()) {
            writing.add(new Change.Added(entry));
        }
        if (begin.batch() > 0) {
            writing.add(new Change.Fixed(begin.entries().get(begin.batch() - 1).id()));
        }
        if (!begin.newest().isEmpty()) {
            writing.add(new Change.Reached(begin.newest()));
        }
        if (begin.missed() > 0) {
            writing.add(new Change.Missed(begin.missed()));
        }
        writing.flush();
        return writing.size;
    }

    private final class Writing {
        private final Output output;
        private final List<Change> part = new ArrayList<>();
        private long size;

        Writing(Output output) {
            this.output = output;
        }

        void add(Change change) throws IOException {
            part.add(change);
            if (part.size() == PART) {
                flush();
            }
        }

        void flush() throws IOException {
            write(text.lines(part));
            part.clear();
        }

        void write(byte[] bytes) throws IOException {
            output.write(ByteBuffer.wrap(bytes), size);
            size += bytes.length;
        }
    }
}
