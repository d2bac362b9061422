package relay.websocket;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import relay.client.InputMemory;
import relay.schedule.Ticker;

/**
 * The connections on which a frame, or a fragmented message, has begun and not ended. Each has a time limit for it, however
 * many bytes drip in, and all together have a memory limit. At most one entry per connection, and none for an idle one.
 *
 * <p>Any thread may call any method; none blocks.
 */
final class UnfinishedMessages {
    /** A connection that receives messages. */
    interface Sender {
        /** Whether the relay waits for its bytes, and is not itself holding back. */
        boolean isAwaited();

        /** Whether it is closing, so that nothing is expected any more. */
        boolean isClosing();

        /** Whether it has ended and holds nothing of its message. */
        boolean isGone();

        /** Its time limit is over. */
        void overdue();
    }

    private final ConcurrentHashMap<Sender, Unfinished> unfinished = new ConcurrentHashMap<>();
    private final Ticker ticker;
    private final InputMemory memory;
    private final long limitNanos;

    private record Unfinished(long sinceNanos, int bytes) {}

    /**
     * @param memory for all unfinished messages together
     * @param limit how long a message may take from its first byte to its last
     */
    UnfinishedMessages(Ticker ticker, InputMemory memory, Duration limit) {
        this.ticker = ticker;
        this.memory = memory;
        this.limitNanos = limit.toNanos();
    }

    /** A message has begun; an earlier one has ended. */
    void began(Sender sender) {
        Unfinished before = unfinished.put(sender, new Unfinished(ticker.nanos(), 0));
        release(before);
    }

    /**
     * Sets the size of what has arrived, or is allocated, of its message.
     *
     * @return whether there is memory for it; if not, it is not counted
     */
    boolean holds(Sender sender, int bytes) {
        Unfinished known = unfinished.get(sender);
        if (known == null || known.bytes == bytes) {
            return true;
        }
        if (!memory.change(bytes - known.bytes)) {
            return false;
        }
        // Only the reading thread changes the bytes; others change the time or remove the entry.
        Unfinished now = unfinished.computeIfPresent(sender, (key, old) -> new Unfinished(old.sinceNanos, bytes));
        if (now == null) {
            memory.change(known.bytes - bytes);
        }
        return true;
    }

    /** Its message has ended, or the connection has. Does nothing without an entry. */
    void ended(Sender sender) {
        release(unfinished.remove(sender));
    }

    /**
     * Calls {@link Sender#overdue} for connections whose message takes too long. Time in which the relay did not read does
     * not count. To be called periodically.
     */
    void sweep() {
        long now = ticker.nanos();
        unfinished.forEach((sender, known) -> {
            if (sender.isGone()) {
                ended(sender);
            } else if (!sender.isAwaited()) {
                unfinished.replace(sender, known, new Unfinished(now, known.bytes));
            } else if (now - known.sinceNanos >= limitNanos && !sender.isClosing()) {
                sender.overdue();
            }
        });
    }

    private void release(@Nullable Unfinished ended) {
        if (ended != null) {
            memory.change(-ended.bytes);
        }
    }
}
