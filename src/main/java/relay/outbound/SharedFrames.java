package relay.outbound;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The frames of one large message, shared by all queues in which they wait: a large message to many slow clients takes the
 * memory of one. They are not changed any more. For any thread.
 */
public final class SharedFrames {
    private final ByteBuffer frames;
    private final AtomicInteger holders = new AtomicInteger();

    /** @param frames from their buffer's position to its limit: it must not be changed any more */
    public SharedFrames(ByteBuffer frames) {
        this.frames = frames;
    }

    /** A view of all of them, for one thread. */
    public ByteBuffer view() {
        return frames.duplicate();
    }

    /** One more queue holds them, or a part of them: they count in the memory while any does. */
    void retain(QueueMemory memory) {
        if (holders.getAndIncrement() == 0) {
            memory.hold(frames.capacity());
        }
    }

    /** A queue no longer holds them. */
    void release(QueueMemory memory) {
        if (holders.decrementAndGet() == 0) {
            memory.hold(-frames.capacity());
        }
    }
}
