package relay.client;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait in a {@link SendQueue}, or the rest of them: read from their buffer's position to its limit, filled from
 * its limit to its capacity. For whoever the queue lets at it.
 */
final class Chunk {
    final ByteBuffer frames;
    final WriteListener listener;

    private final boolean fillable;

    /** Where the buffer is from; absent if it is from nowhere. */
    private final @Nullable SendBuffers buffers;

    private int size;

    private Chunk(ByteBuffer frames, WriteListener listener, boolean fillable, @Nullable SendBuffers buffers) {
        this.frames = frames;
        this.listener = listener;
        this.fillable = fillable;
        this.buffers = buffers;
        this.size = frames.remaining();
    }

    /** One that takes nothing more. */
    static Chunk of(ByteBuffer frames, WriteListener listener) {
        return new Chunk(frames, listener, false, null);
    }

    /** One to be filled, of a size that the heap can bear. */
    static Chunk small(int bytes) {
        return new Chunk(ByteBuffer.allocate(bytes).limit(0), WriteListener.NONE, true, null);
    }

    /** One to be filled, in a large buffer. */
    static Chunk large(SendBuffers buffers) {
        return new Chunk(buffers.take().limit(0), WriteListener.NONE, true, buffers);
    }

    /** How many bytes it was made with and has been filled with. */
    int size() {
        return size;
    }

    boolean hasRoom() {
        return fillable && frames.limit() < frames.capacity();
    }

    /** Takes as much as there is room for. */
    void append(ByteBuffer more) {
        int end = frames.limit();
        int length = Math.min(more.remaining(), frames.capacity() - end);
        frames.limit(end + length);
        frames.put(end, more, more.position(), length);
        more.position(more.position() + length);
        size += length;
    }

    /** All of it is out, or nothing of it ever will be: its buffer is free. */
    void giveBack() {
        if (buffers != null) {
            buffers.giveBack(frames);
        }
    }

    /** It will not be sent to its end, and the wire may be at it at this moment. */
    void abandon() {
        if (buffers != null) {
            buffers.abandon(frames);
        }
    }
}
