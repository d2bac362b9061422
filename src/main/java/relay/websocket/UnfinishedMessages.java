package relay.websocket;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import relay.client.Ticker;

/**
 * The connections on which a frame, or a message in fragments, has begun and not ended: each has a bounded time for it,
 * however many bytes drip in meanwhile. At most one entry for a connection, and none for one that is idle.
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

        /** Its time is over. */
        void overdue();
    }

    private final ConcurrentHashMap<Sender, Long> since = new ConcurrentHashMap<>();
    private final Ticker ticker;
    private final long limitNanos;

    /** @param limit how long a message may take from its first byte to its last */
    UnfinishedMessages(Ticker ticker, Duration limit) {
        this.ticker = ticker;
        this.limitNanos = limit.toNanos();
    }

    void began(Sender sender) {
        since.put(sender, ticker.nanos());
    }

    /** Its message has ended, or the sender has. Does nothing for one that is not known. */
    void ended(Sender sender) {
        since.remove(sender);
    }

    /** Ends whoever takes too long. Time in which the relay did not read does not count. To be called now and then. */
    void sweep() {
        long now = ticker.nanos();
        since.forEach((sender, began) -> {
            if (sender.isClosing()) {
                since.remove(sender, began);
            } else if (!sender.isAwaited()) {
                since.replace(sender, began, now);
            } else if (now - began >= limitNanos && since.remove(sender, began)) {
                sender.overdue();
            }
        });
    }
}
