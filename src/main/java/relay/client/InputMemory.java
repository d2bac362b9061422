package relay.client;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory what others have sent in part may take together, requests' bodies and clients' messages: so that however
 * many begin something, they do not fill the heap. For any thread; nothing blocks.
 *
 * <p>Counted is what has come, or what room has been made for, not what somebody says will come. What comes whole at once is
 * not counted: there is no more of it than there are threads.
 */
public final class InputMemory {
    /** What has come, and what grows to hold it or is made of it at the end. */
    private static final int TAKEN_FOR_EACH_BYTE = 2;

    private static final int SHARE_OF_HEAP = 16;

    private final long most;
    private final AtomicLong held = new AtomicLong();

    /** @param most how much may be taken, in bytes */
    public InputMemory(long most) {
        this.most = most;
    }

    /** A sixteenth of the heap's size, and never less than one input of this size takes. */
    public static InputMemory usual(int largest) {
        return new InputMemory(
                Math.max(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP, (long) TAKEN_FOR_EACH_BYTE * largest));
    }

    /** Memory without an end. */
    public static InputMemory unbounded() {
        return new InputMemory(Long.MAX_VALUE);
    }

    /** Lets one input grow by so many bytes, or shrink, unless all together would take too much. */
    public boolean change(long more) {
        long taken = TAKEN_FOR_EACH_BYTE * more;
        if (held.addAndGet(taken) > most && taken > 0) {
            held.addAndGet(-taken);
            return false;
        }
        return true;
    }

    /** How much is taken. */
    public long held() {
        return held.get();
    }
}
