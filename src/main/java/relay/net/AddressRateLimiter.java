package relay.net;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Limits how often each address (of IPv6, each /64) may do something: a second's worth at once, and then evenly. A refusal
 * costs nothing, so the many clients behind one address share its rate, however often they ask. For any thread.
 *
 * <p>It is a token bucket, stored as the time when it will be full again (the generic cell rate algorithm, ITU-T I.371).
 * Jetty's {@code DoSHandler} counts refusals too: a client that asks a little too often would be refused for good.
 */
public final class AddressRateLimiter {
    /** Beyond it, the address that has been quiet the longest is forgotten: its bucket is full first. */
    static final int MAX_ADDRESSES = 1 << 16;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int perSecond;
    private final Predicate<InetAddress> exempt;
    private final Map<Long, Long> fullAgain = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > MAX_ADDRESSES;
        }
    };

    /**
     * Begins with every bucket full.
     *
     * @param perSecond 1 to 1,000,000; 0: no limit
     * @param exempt addresses that have no limit
     */
    public AddressRateLimiter(int perSecond, Predicate<InetAddress> exempt) {
        this.perSecond = perSecond;
        this.exempt = exempt;
    }

    /** Whether this address may do it now, by a clock that only runs forward. If not, it may within a second. */
    public boolean admits(InetAddress address, long nowNanos) {
        if (perSecond == 0 || exempt.test(address)) {
            return true;
        }
        long block = AddressBlock.of(address);
        synchronized (fullAgain) {
            long next = Math.max(fullAgain.getOrDefault(block, nowNanos) - nowNanos, 0) + SECOND_NANOS / perSecond;
            if (next > SECOND_NANOS) {
                return false;
            }
            fullAgain.put(block, nowNanos + next);
            return true;
        }
    }

    /** How many addresses it remembers. */
    int addresses() {
        synchronized (fullAgain) {
            return fullAgain.size();
        }
    }
}
