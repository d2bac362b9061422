package relay.outbound;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The frames of one large message, which all queues that have to keep them hold together: so a large message to many slow
 * clients takes the memory of one. Nobody writes to them. For any thread.
 */
public final class SharedFrames {
    private final ByteBuffer frames;
    private final AtomicInteger holders = new AtomicInteger();

    /** @param frames from their buffer's position to its limit: it must not change any more */
    public SharedFrames(ByteBuffer frames) {
        this.frames = frames;
    }

    /** A view of all of them, for one thread. */
    public ByteBuffer view() {
        return frames.duplicate();
    }

    /** A queue holds them, or a part of them: they count while one does. */
    void hold(QueueMemory memory) {
        if (holders.getAndIncrement() == 0) {
            memory.hold(frames.capacity());
        }
    }

    /** A queue that held them does so no longer. */
    void letGo(QueueMemory memory) {
        if (holders.decrementAndGet() == 0) {
            memory.hold(-frames.capacity());
        }
    }
}
