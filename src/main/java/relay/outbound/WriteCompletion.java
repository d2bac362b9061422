package relay.outbound;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Continues a queue when the wire has taken the rest of a chunk. Two threads meet here: the one that asked for the write and
 * the one that is told of its end. The second to come continues, so that a write that ends at once is one more turn of the
 * loop instead of a deeper stack.
 */
final class WriteCompletion implements WriteListener {
    private final SendQueue queue;
    private final Chunk chunk;
    private final AtomicBoolean reached = new AtomicBoolean();

    WriteCompletion(SendQueue queue, Chunk chunk) {
        this.queue = queue;
        this.chunk = chunk;
    }

    /** Whether the other thread has been here already. */
    boolean isSecond() {
        return reached.getAndSet(true);
    }

    @Override
    public void written() {
        if (isSecond()) {
            queue.resume(chunk);
        }
    }

    @Override
    public void failed(Throwable cause) {
        queue.fail(cause);
    }
}
