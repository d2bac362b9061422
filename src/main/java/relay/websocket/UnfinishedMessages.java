package relay.websocket;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import relay.client.InputMemory;
import relay.schedule.Ticker;

/**
 * The connections on which a frame, or a message in fragments, has begun and not ended: each has a bounded time for it,
 * however many bytes drip in meanwhile, and all together a bounded memory. At most one entry for a connection, and none for one that is idle.
 *
 * <p>Any thread may call any method; none blocks.
 */
final class UnfinishedMessages {
    /** Who sends. */
    interface Sender {
        /** Whether the relay waits for its bytes, and does not itself hold back with reading. */
        boolean isAwaited();

        /** Whether nothing is expected of it any more. */
        boolean isClosing();

        /** Whether it has ended, and nothing of its message is there. */
        boolean isGone();

        /** Its time is over. */
        void overdue();
    }

    private final ConcurrentHashMap<Sender, Unfinished> unfinished = new ConcurrentHashMap<>();
    private final Ticker ticker;
    private final InputMemory memory;
    private final long limitNanos;

    private record Unfinished(long sinceNanos, int bytes) {}

    /**
     * None yet.
     *
     * @param memory what they may take together
     * @param limit how long a message may take from its first byte to its last
     */
    UnfinishedMessages(Ticker ticker, InputMemory memory, Duration limit) {
        this.ticker = ticker;
        this.memory = memory;
        this.limitNanos = limit.toNanos();
    }

    /** A message has begun, after what there was of another has ended. */
    void began(Sender sender) {
        Unfinished before = unfinished.put(sender, new Unfinished(ticker.nanos(), 0));
        release(before);
    }

    /**
     * What there is of its message takes so much, or room has been made for so much.
     *
     * @return whether there is room for it; if not, it is not counted
     */
    boolean holds(Sender sender, int bytes) {
        Unfinished known = unfinished.get(sender);
        if (known == null || known.bytes == bytes) {
            return true;
        }
        if (!memory.change(bytes - known.bytes)) {
            return false;
        }
        // Only the thread that reads changes the bytes; others change the time, or end it all.
        Unfinished now = unfinished.computeIfPresent(sender, (key, old) -> new Unfinished(old.sinceNanos, bytes));
        if (now == null) {
            memory.change(known.bytes - bytes);
        }
        return true;
    }

    /** Its message has ended, or the sender has. Does nothing for one that is not known. */
    void ended(Sender sender) {
        release(unfinished.remove(sender));
    }

    /** Ends whoever takes too long. Time in which the relay did not read does not count. To be called now and then. */
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
