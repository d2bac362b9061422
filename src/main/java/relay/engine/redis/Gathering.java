package relay.engine.redis;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import relay.engine.redis.PendingPublications.Pending;
import relay.fatal.Fatal;

/**
 * Messages on their way to the server of one connection, in the order in which they were given: one that comes while little is under way
 * leaves at once, and those that gather meanwhile leave together. For any thread; nothing blocks.
 *
 * <p>Only the thread of the connection takes messages out and writes calls: what it writes itself would overtake what another has handed
 * it to write.
 */
final class Gathering {
    /** The most messages of one call, beside which the server does nothing; one with several topics counts as several. */
    static final int MOST_MESSAGES = 128;

    /** The most bytes of one call, unless a single message has more. */
    static final int MOST_BYTES = 256 << 10;

    /** While one is answered, the server has another. With more of them fewer messages would come together. */
    private static final int USUAL_CALLS = 2;

    /** What fills a call leaves as well: it would gain nothing by waiting, and the server may be far away. */
    private static final int MOST_CALLS = 64;

    /** The most that wait. */
    static final int MOST_WAITING = 16_384;

    private static final long MOST_WAITING_BYTES = 64L << 20;

    /** What is around a text, for each of its topics. */
    private static final int OVERHEAD_BYTES = 256;

    private final EventLoop connection;
    private final Consumer<List<Pending>> sender;
    private final Queue<Pending> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile @Nullable EngineException closed;

    /** The connection's thread's. */
    private boolean sending;

    /**
     * @param connection the connection's thread
     * @param sender writes a call with these messages; {@link #answered} is called when it is over
     */
    Gathering(EventLoop connection, Consumer<List<Pending>> sender) {
        this.connection = connection;
        this.sender = sender;
    }

    /** One more is to be sent. It is refused here if too many wait, or if the connection has ended. */
    void add(Pending message) {
        if (messages.get() >= MOST_WAITING || bytes.get() >= MOST_WAITING_BYTES) {
            message.refuse(EngineException.refused("as many messages wait for the engine as may")
                    .unpublished());
            return;
        }
        messages.addAndGet(topics(message));
        bytes.addAndGet(size(message));
        waiting.add(message);
        if (closed != null) {
            refuseAll();
        } else if (mayLeave() && scheduled.compareAndSet(false, true)) {
            inConnection(this::send);
        }
    }

    /** A call is over. */
    void answered() {
        calls.decrementAndGet();
        if (mayLeave()) {
            inConnection(this::send);
        }
    }

    /** Whatever this thread has the connection write next comes behind all that was added before. */
    void sendAll() {
        if (!waiting.isEmpty()) {
            inConnection(() -> {
                while (!waiting.isEmpty()) {
                    sendSome();
                }
            });
        }
    }

    private void inConnection(Runnable task) {
        if (connection.inEventLoop()) {
            task.run();
            return;
        }
        try {
            connection.execute(Fatal.watched(task));
        } catch (RejectedExecutionException e) {
            close(EngineException.internal("the relay has left the engine"));
        }
    }

    private void send() {
        scheduled.set(false);
        // A call that fails at once ends within the one that sends it.
        if (!sending) {
            sending = true;
            try {
                while (mayLeave()) {
                    sendSome();
                }
            } finally {
                sending = false;
            }
        }
    }

    /** For any thread: what is added after a call is over finds that it may leave, or is found when it is over. */
    private boolean mayLeave() {
        if (waiting.isEmpty()) {
            return false;
        }
        int underWay = calls.get();
        return underWay < USUAL_CALLS
                || (underWay < MOST_CALLS && (messages.get() >= MOST_MESSAGES || bytes.get() >= MOST_BYTES));
    }

    private void sendSome() {
        List<Pending> some = takeOut(MOST_MESSAGES, MOST_BYTES);
        if (!some.isEmpty()) {
            calls.incrementAndGet();
            sender.accept(some);
        }
    }

    /** As many as go into a call, but one at least, if there is one. */
    private synchronized List<Pending> takeOut(int mostMessages, long mostBytes) {
        List<Pending> some = new ArrayList<>();
        int taken = 0;
        long size = 0;
        for (Pending next = waiting.peek(); next != null; next = waiting.peek()) {
            int more = topics(next);
            int moreBytes = size(next);
            if (!some.isEmpty() && (taken + more > mostMessages || size + moreBytes > mostBytes)) {
                break;
            }
            some.add(waiting.remove());
            taken += more;
            size += moreBytes;
        }
        messages.addAndGet(-taken);
        bytes.addAndGet(-size);
        return some;
    }

    /** The connection has ended: what still waits was not published. */
    void close(EngineException why) {
        closed = why;
        refuseAll();
    }

    private void refuseAll() {
        EngineException why = closed;
        if (why != null) {
            takeOut(Integer.MAX_VALUE, Long.MAX_VALUE).forEach(message -> message.refuse(why.unpublished()));
        }
    }

    private static int topics(Pending message) {
        return message.publication().message().topics().size();
    }

    private static int size(Pending message) {
        return message.publication().message().text().size() + topics(message) * OVERHEAD_BYTES;
    }
}
