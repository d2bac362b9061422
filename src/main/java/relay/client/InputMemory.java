package relay.client;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory what others have sent in part may take together, requests' bodies and clients' messages, and what is kept
 * of these while their clients are idle: so that however many begin something, they do not fill the heap. For any thread;
 * nothing blocks.
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
    private final AtomicLong kept = new AtomicLong();

    /** @param most how much may be taken, in bytes */
    public InputMemory(long most) {
        this.most = most;
    }

    /** A sixteenth of the heap's size, and never less than one input of this size takes beside all that may be kept. */
    public static InputMemory usual(int largest) {
        return new InputMemory(
                Math.max(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP, 2L * TAKEN_FOR_EACH_BYTE * largest));
    }

    /** Memory without an end. */
    public static InputMemory unbounded() {
        return new InputMemory(Long.MAX_VALUE);
    }

    /** Lets one input grow by so many bytes, or shrink, unless all together would take too much. */
    public boolean change(long more) {
        return add(TAKEN_FOR_EACH_BYTE * more, held, most);
    }

    /**
     * Keeps so many bytes for a client that is connected, or lets them go, unless that would take too much. It is never more
     * than half of all: nobody has to finish it in time, and it must not keep out what others send.
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

    /** How much is taken. */
    public long held() {
        return held.get();
    }
}
