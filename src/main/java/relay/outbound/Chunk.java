package relay.outbound;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait in a {@link SendQueue}, or the rest of them: read between their buffer's position and limit, filled
 * between its limit and capacity. Guarded by the queue's lock; while it is in flight, for the thread that writes it.
 */
public final class Chunk {
    /** A rough size of what it takes beside the bytes: this object, the buffer object, the listener. */
    private static final int OVERHEAD_BYTES = 200;

    private static final int NONE = -1;

    final ByteBuffer frames;
    final WriteListener listener;

    private final boolean fillable;

    /** The pool of the buffer; absent if it is not pooled. */
    private final @Nullable SendBufferPool buffers;

    /** Releases shared frames; absent if the buffer is not shared. */
    private final @Nullable Runnable shared;

    private int size;

    /** Where in the buffer the first and the last run of whole frames end; NONE if no run ends here. */
    private int firstEnd = NONE;

    private int lastEnd = NONE;

    private Chunk(
            ByteBuffer frames,
            WriteListener listener,
            boolean fillable,
            @Nullable SendBufferPool buffers,
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

    /** One with these frames, which takes no more. */
    static Chunk of(ByteBuffer frames, WriteListener listener) {
        return new Chunk(frames, listener, false, null, null);
    }

    /** One with shared frames, which takes no more. Consumes the buffer. */
    static Chunk of(ByteBuffer frames, SharedFrames shared, QueueMemory memory) {
        shared.retain(memory);
        ByteBuffer part = frames.slice();
        frames.position(frames.limit());
        return new Chunk(part, WriteListener.NONE, false, null, () -> shared.release(memory));
    }

    /** An empty one to be filled, in a small buffer in the heap. */
    static Chunk small(int bytes) {
        return new Chunk(ByteBuffer.allocate(bytes).limit(0), WriteListener.NONE, true, null, null);
    }

    /** An empty one to be filled, in a large buffer of the pool. */
    static Chunk large(SendBufferPool buffers) {
        return new Chunk(buffers.acquire().limit(0), WriteListener.NONE, true, buffers, null);
    }

    /** How many bytes it has been given in all. */
    int size() {
        return size;
    }

    /** How much memory it takes, filled or not; shared frames are counted elsewhere. */
    long memory() {
        return OVERHEAD_BYTES + (shared == null ? frames.capacity() : 0L);
    }

    boolean hasRoom() {
        return fillable && frames.limit() < frames.capacity();
    }

    /** Takes as much of a run of whole frames as there is room for, and returns how many bytes that was. */
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

    /** Whether it ends at the end of a frame. */
    boolean endsWhole() {
        return lastEnd == frames.limit();
    }

    /** Cuts off what follows the first run; returns false if that does not end here. */
    boolean cutAfterFirstRun() {
        if (firstEnd == NONE) {
            return false;
        }
        size -= frames.limit() - firstEnd;
        frames.limit(firstEnd);
        return true;
    }

    /** All of it has been written, or nothing of it will be: its buffer may be reused. */
    void release() {
        if (buffers != null) {
            buffers.release(frames);
        }
        if (shared != null) {
            shared.run();
        }
    }

    /** The rest of it will not be sent, but the wire may be reading it at this moment: its buffer must not be reused. */
    void abandon() {
        if (buffers != null) {
            buffers.abandon(frames);
        }
        if (shared != null) {
            shared.run();
        }
    }
}
