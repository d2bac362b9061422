package relay.net;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * How many there are of something for each address (of IPv6, each /64), up to a bound. It remembers an address while there
 * is one. For any thread.
 */
public final class AddressCount {
    private final ConcurrentHashMap<Long, Integer> counts = new ConcurrentHashMap<>();
    private final int most;
    private final Predicate<InetAddress> exempt;

    /**
     * Counts from zero.
     *
     * @param most for one address; 0: any number
     * @param exempt addresses that are not counted; always says the same of the same address
     */
    public AddressCount(int most, Predicate<InetAddress> exempt) {
        this.most = most;
        this.exempt = exempt;
    }

    /** One more has come; says whether it may stay. It counts until it {@linkplain #leave leaves}, also if it may not. */
    public boolean enter(InetAddress address) {
        return !isCounted(address) || counts.merge(AddressBlock.of(address), 1, Integer::sum) <= most;
    }

    /** One that had come has gone. */
    public void leave(InetAddress address) {
        if (isCounted(address)) {
            counts.computeIfPresent(AddressBlock.of(address), (block, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Of how many addresses there are any. */
    int addresses() {
        return counts.size();
    }

    private boolean isCounted(InetAddress address) {
        return most > 0 && !exempt.test(address);
    }
}
