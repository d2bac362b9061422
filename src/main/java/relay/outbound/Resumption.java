package relay.outbound;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Goes on when the operating system has taken the rest of a chunk. Of the thread that asked for the write and the one that
 * hears of its end, whoever comes second goes on: so a write that ends at once makes the loop go round, not the stack grow.
 */
final class Resumption implements WriteListener {
    private final SendQueue queue;
    private final Chunk chunk;
    private final AtomicBoolean oneCame = new AtomicBoolean();

    Resumption(SendQueue queue, Chunk chunk) {
        this.queue = queue;
        this.chunk = chunk;
    }

    boolean cameSecond() {
        return oneCame.getAndSet(true);
    }

    @Override
    public void written() {
        if (cameSecond()) {
            queue.resume(chunk);
        }
    }

    @Override
    public void failed(Throwable cause) {
        queue.fail(cause);
    }
}
