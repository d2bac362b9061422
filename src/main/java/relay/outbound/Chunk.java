package relay.outbound;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait in a {@link SendQueue}, or the rest of them: read from their buffer's position to its limit, filled from
 * its limit to its capacity. For whoever the queue lets at it.
 */
public final class Chunk {
    /** What it costs beside its buffer, roughly: this, the buffer's own object, the listener. */
    private static final int OVERHEAD_BYTES = 200;

    private static final int NONE = -1;

    final ByteBuffer frames;
    final WriteListener listener;

    private final boolean fillable;

    /** Where the buffer is from; absent if it is from nowhere. */
    private final @Nullable SendBuffers buffers;

    /** Lets go of what others hold too; absent if the buffer is nobody else's. */
    private final @Nullable Runnable shared;

    private int size;

    /** Where in the buffer the first and the last of the runs of whole frames end that end here. */
    private int firstEnd = NONE;

    private int lastEnd = NONE;

    private Chunk(
            ByteBuffer frames,
            WriteListener listener,
            boolean fillable,
            @Nullable SendBuffers buffers,
            @Nullable Runnable shared) {
        this.frames = frames;
        this.listener = listener;
        this.fillable = fillable;
        this.buffers = buffers;
        this.shared = shared;
        this.size = frames.remaining();
        if (!fillable) {
            runEnds();
        }
    }

    /** One that takes nothing more. */
    static Chunk of(ByteBuffer frames, WriteListener listener) {
        return new Chunk(frames, listener, false, null, null);
    }

    /** One that takes nothing more, of what others hold too. Uses the buffer up. */
    static Chunk of(ByteBuffer frames, SharedFrames shared, QueueMemory memory) {
        shared.hold(memory);
        ByteBuffer part = frames.slice();
        frames.position(frames.limit());
        return new Chunk(part, WriteListener.NONE, false, null, () -> shared.letGo(memory));
    }

    /** One to be filled, of a size that the heap can bear. */
    static Chunk small(int bytes) {
        return new Chunk(ByteBuffer.allocate(bytes).limit(0), WriteListener.NONE, true, null, null);
    }

    /** One to be filled, in a large buffer. */
    static Chunk large(SendBuffers buffers) {
        return new Chunk(buffers.take().limit(0), WriteListener.NONE, true, buffers, null);
    }

    /** How many bytes it was made with and has been filled with. */
    int size() {
        return size;
    }

    /** How much memory it takes, filled or not; what others hold too counts by itself. */
    long memory() {
        return OVERHEAD_BYTES + (shared == null ? frames.capacity() : 0L);
    }

    boolean hasRoom() {
        return fillable && frames.limit() < frames.capacity();
    }

    /** Takes as much as there is room for of a run of whole frames, and says how many bytes that was. */
    int append(ByteBuffer more) {
        int end = frames.limit();
        int length = Math.min(more.remaining(), frames.capacity() - end);
        frames.limit(end + length);
        frames.put(end, more, more.position(), length);
        more.position(more.position() + length);
        size += length;
        if (!more.hasRemaining()) {
            runEnds();
        }
        return length;
    }

    private void runEnds() {
        lastEnd = frames.limit();
        firstEnd = firstEnd == NONE ? lastEnd : firstEnd;
    }

    /** Whether what comes after it begins with a frame. */
    boolean endsWhole() {
        return lastEnd == frames.limit();
    }

    /** Takes off what follows the end of the first run; false if that does not end here. */
    boolean cutAfterFirstRun() {
        if (firstEnd == NONE) {
            return false;
        }
        size -= frames.limit() - firstEnd;
        frames.limit(firstEnd);
        return true;
    }

    /** All of it is out, or nothing of it ever will be: its buffer is free. */
    void giveBack() {
        if (buffers != null) {
            buffers.giveBack(frames);
        }
        if (shared != null) {
            shared.run();
        }
    }

    /** It will not be sent to its end, and the wire may be at it at this moment. */
    void abandon() {
        if (buffers != null) {
            buffers.abandon(frames);
        }
        if (shared != null) {
            shared.run();
        }
    }
}
