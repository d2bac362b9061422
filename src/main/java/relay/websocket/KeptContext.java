package relay.websocket;

import java.util.Arrays;
import java.util.zip.Inflater;
import relay.client.InputMemory;

/**
 * The last bytes that a client has sent, decompressed, as far back as its compressor may refer. It was agreed that no
 * message refers to earlier ones, but some clients, such as Tornado's, ignore that; for the others it makes no difference.
 * One for each connection. It holds no more than the client has sent, and at most {@value #WINDOW_BYTES} bytes.
 *
 * <p>For any thread: the connection may end in another thread than the one that reads.
 */
final class KeptContext {
    /** The largest window of DEFLATE. */
    private static final int WINDOW_BYTES = 32 << 10;

    private static final byte[] NOTHING = {};

    private final InputMemory memory;
    private byte[] window = NOTHING;
    private boolean complete = true;
    private boolean ended;

    KeptContext(InputMemory memory) {
        this.memory = memory;
    }

    /** Lets the next message refer to earlier ones. */
    synchronized void giveTo(Inflater inflater) {
        if (window.length > 0) {
            inflater.setDictionary(window);
        }
    }

    /**
     * Adds what the client has just sent, the first bytes of an array. If there is no memory for it, everything is dropped:
     * with a part missing, references would lead to wrong bytes.
     */
    synchronized void append(byte[] inflated, int size) {
        int added = Math.min(size, WINDOW_BYTES);
        int kept = Math.min(window.length, WINDOW_BYTES - added);
        if (ended || !memory.keep(kept + added - window.length)) {
            drop();
            return;
        }
        int start = window.length - kept;
        window = Arrays.copyOfRange(window, start, start + kept + added);
        System.arraycopy(inflated, size - added, window, kept, added);
    }

    /** Whether nothing was dropped that a message may refer to. */
    synchronized boolean isComplete() {
        return complete;
    }

    /** No more messages come. */
    synchronized void end() {
        ended = true;
        drop();
    }

    private void drop() {
        memory.keep(-window.length);
        window = NOTHING;
        complete = false;
    }
}
