package relay.http;

import java.util.concurrent.atomic.AtomicLong;
import relay.message.UnavailableException;

/**
 * The memory of all large answers that are being written: each waits for its client to read it. It has a bound, so that clients who
 * read slowly do not fill the heap. For any thread; nothing blocks.
 */
final class AnswerMemory {
    private static final int SHARE_OF_HEAP = 16;

    private final long most;
    private final AtomicLong held = new AtomicLong();

    /** @param most the bound in bytes; one answer alone may be larger */
    AnswerMemory(long most) {
        this.most = most;
    }

    /** The default: a sixteenth of the heap. */
    static AnswerMemory usual() {
        return new AnswerMemory(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    }

    /**
     * Takes room for an answer, to be given back by {@link #leave}.
     *
     * @throws UnavailableException if there is none
     */
    void enter(int bytes) {
        if (held.addAndGet(bytes) > most && bytes < held.get()) {
            held.addAndGet(-bytes);
            throw UnavailableException.answersAreFull();
        }
    }

    void leave(int bytes) {
        held.addAndGet(-bytes);
    }
}
