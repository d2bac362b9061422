package relay.websocket;

import java.util.Arrays;
import java.util.zip.Inflater;
import relay.client.InputMemory;

/**
 * The end of what a client has sent compressed, as far back as its compressor can refer. It is agreed that no message refers
 * to those before it; but some clients do not hear that, Tornado's for one. To all others it makes no difference. One for
 * each connection; it takes no more than the client has sent, and never more than {@value #WINDOW_BYTES} bytes.
 *
 * <p>For any thread: the connection may end in another than the one that reads.
 */
final class KeptContext {
    /** The largest window that DEFLATE has. */
    private static final int WINDOW_BYTES = 32 << 10;

    private static final byte[] NOTHING = {};

    private final InputMemory memory;
    private byte[] window = NOTHING;
    private boolean complete = true;
    private boolean ended;

    KeptContext(InputMemory memory) {
        this.memory = memory;
    }

    /** Lets a message refer to those before it. */
    synchronized void giveTo(Inflater inflater) {
        if (window.length > 0) {
            inflater.setDictionary(window);
        }
    }

    /**
     * Keeps what the client has sent now, the first bytes of an array. If there is no room for it, all is let go: with a part
     * missing, a reference would lead to something else than what is meant.
     */
    synchronized void append(byte[] inflated, int size) {
        int added = Math.min(size, WINDOW_BYTES);
        int kept = Math.min(window.length, WINDOW_BYTES - added);
        if (ended || !memory.keep(kept + added - window.length)) {
            letGo();
            return;
        }
        int start = window.length - kept;
        window = Arrays.copyOfRange(window, start, start + kept + added);
        System.arraycopy(inflated, size - added, window, kept, added);
    }

    /** Whether nothing was let go of what a message may refer to. */
    synchronized boolean isComplete() {
        return complete;
    }

    /** Nothing more comes. */
    synchronized void end() {
        ended = true;
        letGo();
    }

    private void letGo() {
        memory.keep(-window.length);
        window = NOTHING;
        complete = false;
    }
}
