package relay.publish;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import relay.message.Message;

/** Counts the bytes of messages that wait for the workers, within a bound, and what has been stored. For any thread. */
public final class Backlog {
    /** What a waiting message counts beside its text, so that a flood of empty ones is bounded too. */
    private static final int MESSAGE_OVERHEAD_BYTES = 256;

    private static final long LOOK_AGAIN_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder storedMessages = new LongAdder();
    private final LongAdder storedBytes = new LongAdder();
    private final long maxBytes;
    private volatile boolean unbounded;

    public Backlog(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    public long bytes() {
        return bytes.get();
    }

    /** A message waits from now on; false if there is no room for it. */
    public boolean enter(Message message) {
        int cost = cost(message);
        if (bytes.addAndGet(cost) > maxBytes) {
            bytes.addAndGet(-cost);
            return false;
        }
        return true;
    }

    /** The same, but blocks until there is room for the message or the bound is gone. */
    public void enterWhenThereIsRoom(Message message) {
        while (!unbounded && !enter(message)) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    /** Lifts the bound: the workers that take messages out are gone, and nobody is to wait for them. */
    public void unbind() {
        unbounded = true;
    }

    /** A message does not wait any more. */
    public void leave(Message message) {
        bytes.addAndGet(-cost(message));
    }

    /** A message has its place in the sequence. */
    void stored(Message message) {
        storedMessages.increment();
        storedBytes.add(message.text().size());
    }

    public long storedMessages() {
        return storedMessages.sum();
    }

    /** The bytes of the texts of all messages that were stored. */
    public long storedBytes() {
        return storedBytes.sum();
    }

    private static int cost(Message message) {
        return message.text().size() + MESSAGE_OVERHEAD_BYTES;
    }
}
