package relay.fanout;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import relay.engine.Epochs;
import relay.history.HistoryReader.Archived;
import relay.history.StoredMessage;
import relay.message.Topic;
import relay.outbound.Encoding;
import relay.outbound.SharedFrames;

/**
 * The frames of messages that were replayed lately, in one format: many clients come back to the same messages, and each message is
 * encoded once for all of them. The owning worker only.
 *
 * <p>They lie one behind the other in {@value #SEGMENTS} direct buffers of {@value #SEGMENT_BYTES} bytes, which are allocated when they
 * are needed; then the oldest is overwritten. Messages that lie behind each other are sent from there; others are joined first. At
 * most {@value #PLACES} messages are found again. Messages larger than a page are not among them: their frames are shared with the
 * send queues that hold them, and found until the garbage collector takes them.
 */
final class ReplayFrameCache {
    private static final int SEGMENT_BYTES = 512 << 10;
    private static final int SEGMENTS = 8;
    private static final int PLACES = 1 << 14;

    private static final long SPREAD = 0x9E3779B97F4A7C15L;
    private static final int FIRST_JOINED_BYTES = 64 << 10;
    private static final int FEW_LARGE = 64;

    private final Encoding encoding;
    private final ByteBuffer[] segments = new ByteBuffer[SEGMENTS];

    /** For each slot: the last sequence there, where its frame starts, and how long it is. */
    private final long[] sequences = new long[PLACES];

    private final long[] starts = new long[PLACES];
    private final int[] lengths = new int[PLACES];

    /** By which topic it is sent: a message with several topics has a frame for each. */
    private final @Nullable Topic[] topics = new Topic[PLACES];

    /** Where the next frame goes. Places only grow; those in segments that were overwritten are past. */
    private long end;

    private @Nullable Epochs epochs;
    private ByteBuffer joined = ByteBuffer.allocate(0);

    /** The frames that are to be sent, behind those that were joined. */
    private long runStart;

    private long runEnd;
    private final Map<Long, WeakReference<SharedFrames>> large = new HashMap<>();
    private int unusedSince;

    ReplayFrameCache(Encoding encoding) {
        this.encoding = encoding;
    }

    Encoding encoding() {
        return encoding;
    }

    /** To be called now and then; returns how many times it was since the last use. */
    int rest() {
        return ++unusedSince;
    }

    /**
     * The frames of a page of messages, in order. To be used before the next call.
     *
     * @param now the epochs that the messages' ids are of
     */
    ByteBuffer of(List<StoredMessage> messages, Epochs now) {
        use(now);
        begin();
        for (StoredMessage held : messages) {
            int slot = slot(held.sequence());
            if (!isKnown(held.sequence(), held.message().topic(), slot)) {
                long room = encoding.maxSize(held.message());
                if (end % SEGMENT_BYTES + room > SEGMENT_BYTES) {
                    // What is to be sent may be in the segment that is overwritten next.
                    joinRun();
                    end = (end / SEGMENT_BYTES + 1) * SEGMENT_BYTES;
                    runStart = end;
                    runEnd = end;
                }
                encode(held, slot);
            }
            add(slot);
            if (!held.isPlain()) {
                // Others do not get it, or not later, or by another topic.
                sequences[slot] = 0;
            }
        }
        return whole();
    }

    /**
     * How many messages, from the first on, need not be read because their frames are known.
     *
     * @param maxBytes how long their frames may be together
     */
    int known(List<Archived> messages, int maxBytes, Epochs now) {
        use(now);
        int bytes = 0;
        int count = 0;
        while (count < messages.size()) {
            Archived message = messages.get(count);
            int slot = slot(message.sequence());
            bytes += isKnown(message.sequence(), message.log().topic(), slot) ? lengths[slot] : maxBytes + 1;
            if (bytes > maxBytes) {
                return count;
            }
            count++;
        }
        return count;
    }

    /** The frames of messages that are {@linkplain #known known}. To be used before the next call. */
    ByteBuffer ofKnown(List<Archived> messages) {
        begin();
        for (Archived message : messages) {
            add(slot(message.sequence()));
        }
        return whole();
    }

    private boolean isKnown(long sequence, Topic topic, int slot) {
        return sequences[slot] == sequence && starts[slot] >= oldest() && topic.equals(topics[slot]);
    }

    private void begin() {
        joined.clear();
        runStart = end;
        runEnd = end;
    }

    private void add(int slot) {
        if (starts[slot] != runEnd || runStart / SEGMENT_BYTES != starts[slot] / SEGMENT_BYTES) {
            joinRun();
            runStart = starts[slot];
            runEnd = runStart;
        }
        runEnd += lengths[slot];
    }

    private ByteBuffer whole() {
        if (joined.position() == 0) {
            return run(runStart, runEnd);
        }
        joinRun();
        return joined.flip();
    }

    /** The frames of a message that is larger than a page. */
    SharedFrames ofLarge(StoredMessage held, Epochs now) {
        use(now);
        WeakReference<SharedFrames> known = held.isPlain() ? large.get(held.sequence()) : null;
        SharedFrames frames = known == null ? null : known.get();
        if (frames == null) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(encoding.maxSize(held.message())));
            encoding.encode(held.accepted(now), bytes);
            frames = new SharedFrames(bytes.flip());
            if (large.size() >= FEW_LARGE) {
                large.values().removeIf(reference -> reference.get() == null);
            }
            if (held.isPlain()) {
                large.put(held.sequence(), new WeakReference<>(frames));
            }
        }
        return frames;
    }

    private void use(Epochs now) {
        unusedSince = 0;
        if (!now.equals(epochs)) {
            // Frames contain the name of the epoch.
            Arrays.fill(sequences, 0);
            large.clear();
        }
        epochs = now;
    }

    /** Fibonacci hashing: sequences that follow each other, or are the same distance apart, get slots of their own. */
    private static int slot(long sequence) {
        return (int) ((sequence * SPREAD) >>> (Long.SIZE - Integer.numberOfTrailingZeros(PLACES)));
    }

    private long oldest() {
        return (end / SEGMENT_BYTES - SEGMENTS + 1) * SEGMENT_BYTES;
    }

    private void encode(StoredMessage held, int slot) {
        // It must not be found before it is complete.
        sequences[slot] = 0;
        int segment = (int) (end / SEGMENT_BYTES % SEGMENTS);
        if (segments[segment] == null) {
            segments[segment] = ByteBuffer.allocateDirect(SEGMENT_BYTES);
        }
        int start = (int) (end % SEGMENT_BYTES);
        ByteBuffer target = segments[segment].clear().position(start);
        encoding.encode(held.accepted(Objects.requireNonNull(epochs)), target);
        starts[slot] = end;
        lengths[slot] = target.position() - start;
        topics[slot] = held.message().topic();
        sequences[slot] = held.sequence();
        end += lengths[slot];
    }

    private ByteBuffer run(long from, long to) {
        int start = (int) (from % SEGMENT_BYTES);
        return segments[(int) (from / SEGMENT_BYTES % SEGMENTS)]
                .clear()
                .position(start)
                .limit(start + (int) (to - from));
    }

    private void joinRun() {
        if (runStart < runEnd) {
            ByteBuffer run = run(runStart, runEnd);
            if (joined.remaining() < run.remaining()) {
                int needed = joined.position() + run.remaining();
                joined = ByteBuffer.allocateDirect(Math.max(FIRST_JOINED_BYTES, 2 * needed))
                        .put(joined.flip());
            }
            joined.put(run);
        }
    }
}
