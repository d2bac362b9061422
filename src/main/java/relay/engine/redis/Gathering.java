package relay.engine.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages on their way to the server of one connection, in the order in which they were given: one that comes while little is under way
 * leaves at once, and those that gather meanwhile leave together. For any thread; only {@link #sendAll} and {@link #close} may wait, for as
 * long as another thread needs to write a call.
 */
final class Gathering {
    /** The most messages of one call, which the server does nothing beside; with several topics one counts as several. */
    static final int MOST_MESSAGES = 128;

    /** The most bytes of one call, unless a single message has more. */
    static final int MOST_BYTES = 256 << 10;

    /** While one is answered, the server has another. With more of them fewer messages would come together. */
    private static final int USUAL_CALLS = 2;

    /** What is gathered leaves as well when it fills a call: then waiting for more gains nothing, and the server may be far away. */
    private static final int MOST_CALLS = 64;

    /** The most that wait. */
    static final int MOST_WAITING = 16_384;

    static final long MOST_WAITING_BYTES = 64L << 20;

    /** What is around a text, for each of its topics. */
    private static final int OVERHEAD_BYTES = 256;

    private final Consumer<List<PendingPublications.Pending>> sender;
    private final Queue<PendingPublications.Pending> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger calls = new AtomicInteger();

    /** Held while messages are taken out and written, so that calls keep the order of their messages. */
    private final ReentrantLock sending = new ReentrantLock();

    private volatile @Nullable EngineException closed;

    /** @param sender writes a call with these messages; {@link #answered} is called when it is over */
    Gathering(Consumer<List<PendingPublications.Pending>> sender) {
        this.sender = sender;
    }

    /** One more is to be sent. It is refused here if too many wait, or if the connection has ended. */
    void add(PendingPublications.Pending message) {
        if (messages.get() >= MOST_WAITING || bytes.get() >= MOST_WAITING_BYTES) {
            message.refuse(EngineException.refused("as many messages wait for the engine as may")
                    .unpublished());
            return;
        }
        messages.addAndGet(topics(message));
        bytes.addAndGet(size(message));
        waiting.add(message);
        if (closed == null) {
            send();
        } else {
            refuseAll();
        }
    }

    /** A call is over. */
    void answered() {
        calls.decrementAndGet();
        send();
    }

    /** Who finds the lock taken may go: whoever has it looks again afterwards. */
    private void send() {
        while (mayLeave() && sending.tryLock()) {
            try {
                while (mayLeave()) {
                    sendSome();
                }
            } finally {
                sending.unlock();
            }
        }
    }

    /** What is called after this comes behind all that was added before. */
    void sendAll() {
        if (waiting.isEmpty() && !sending.isLocked()) {
            return;
        }
        sending.lock();
        try {
            while (!waiting.isEmpty()) {
                sendSome();
            }
        } finally {
            sending.unlock();
        }
    }

    private boolean mayLeave() {
        if (waiting.isEmpty()) {
            return false;
        }
        int underWay = calls.get();
        return underWay < USUAL_CALLS
                || underWay < MOST_CALLS && (messages.get() >= MOST_MESSAGES || bytes.get() >= MOST_BYTES);
    }

    /** With the lock held, which is why there is one at least. */
    private void sendSome() {
        List<PendingPublications.Pending> some = new ArrayList<>();
        int topics = 0;
        long size = 0;
        for (PendingPublications.Pending next = waiting.peek(); next != null; next = waiting.peek()) {
            topics += topics(next);
            size += size(next);
            if (!some.isEmpty() && (topics > MOST_MESSAGES || size > MOST_BYTES)) {
                break;
            }
            some.add(next);
            takeOut(next);
        }
        calls.incrementAndGet();
        sender.accept(some);
    }

    private void takeOut(PendingPublications.Pending first) {
        waiting.remove();
        messages.addAndGet(-topics(first));
        bytes.addAndGet(-size(first));
    }

    /** The connection has ended: what still waits was not published. */
    void close(EngineException why) {
        closed = why;
        refuseAll();
    }

    private void refuseAll() {
        List<PendingPublications.Pending> all = new ArrayList<>();
        sending.lock();
        try {
            for (PendingPublications.Pending next = waiting.peek(); next != null; next = waiting.peek()) {
                all.add(next);
                takeOut(next);
            }
        } finally {
            sending.unlock();
        }
        EngineException why = closed;
        if (why != null) {
            all.forEach(message -> message.refuse(why.unpublished()));
        }
    }

    private static int topics(PendingPublications.Pending message) {
        return message.publication().message().topics().size();
    }

    private static int size(PendingPublications.Pending message) {
        return message.publication().message().text().size() + topics(message) * OVERHEAD_BYTES;
    }
}
