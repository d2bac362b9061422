package relay.client;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of all inputs that have arrived only in part (bodies of requests, messages of clients), and of what is kept
 * between them for idle clients. It has a bound, so that many unfinished inputs do not fill the heap. For any thread; nothing
 * blocks.
 *
 * <p>It counts what has arrived or been allocated, not what was announced. An input that arrives whole is not counted: there
 * are no more of these than threads.
 */
public final class InputMemory {
    /** The bytes that have arrived, and the buffer that grows for them or the text made of them. */
    private static final int TAKEN_FOR_EACH_BYTE = 2;

    private static final int SHARE_OF_HEAP = 16;

    private final long most;
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong kept = new AtomicLong();

    /** @param most the bound in bytes */
    public InputMemory(long most) {
        this.most = most;
    }

    /** The default: a sixteenth of the heap, but enough for one input of this size beside all that may be kept. */
    public static InputMemory usual(int largest) {
        return new InputMemory(
                Math.max(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP, 2L * TAKEN_FOR_EACH_BYTE * largest));
    }

    /** Without a bound. */
    public static InputMemory unbounded() {
        return new InputMemory(Long.MAX_VALUE);
    }

    /** Lets an input grow by so many bytes, or shrink; returns false if all together would take too much. */
    public boolean change(long more) {
        return add(TAKEN_FOR_EACH_BYTE * more, held, most);
    }

    /**
     * Keeps so many more bytes for a connected client, or fewer; returns false if that would take too much. At most half of
     * the bound may be kept: it has no deadline, and must leave room for inputs.
     */
    public boolean keep(long more) {
        if (!add(more, kept, most / 2)) {
            return false;
        }
        if (!add(more, held, most)) {
            kept.addAndGet(-more);
            return false;
        }
        return true;
    }

    private static boolean add(long more, AtomicLong sum, long most) {
        if (sum.addAndGet(more) > most && more > 0) {
            sum.addAndGet(-more);
            return false;
        }
        return true;
    }

    /** How many bytes are taken. */
    public long held() {
        return held.get();
    }
}
