package relay.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.eclipse.jetty.io.SelectorManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many connections each address has (of IPv6, each /64), up to a bound. It remembers an address while it has any.
 *
 * <p>Added to a connector, it closes a connection beyond the bound as it is accepted: before anything is read, or any memory
 * is taken for it. A connection counts until its socket is closed, whatever it becomes. For any thread.
 */
public final class ConnectionsPerAddress implements SelectorManager.AcceptListener {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionsPerAddress.class);

    private final ConcurrentHashMap<Long, Integer> counts = new ConcurrentHashMap<>();
    private final int most;
    private final Predicate<InetAddress> exempt;

    /**
     * Counts from zero.
     *
     * @param most for one address; 0: any number
     * @param exempt addresses that are not counted; always says the same of the same address
     */
    public ConnectionsPerAddress(int most, Predicate<InetAddress> exempt) {
        this.most = most;
        this.exempt = exempt;
    }

    /** Counts one more, and says whether it may stay. Either way it counts until it {@linkplain #leave leaves}. */
    boolean enter(InetAddress address) {
        return !isCounted(address) || counts.merge(AddressBlock.of(address), 1, Integer::sum) <= most;
    }

    void leave(InetAddress address) {
        if (isCounted(address)) {
            counts.computeIfPresent(AddressBlock.of(address), (block, count) -> count == 1 ? null : count - 1);
        }
    }

    /** How many addresses have any. */
    int addresses() {
        return counts.size();
    }

    private boolean isCounted(InetAddress address) {
        return most > 0 && !exempt.test(address);
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
        InetAddress address = address(channel);
        if (!enter(address)) {
            LOG.debug("{} has as many connections as it may", address);
            try {
                // Then accepting it fails, and it leaves.
                channel.close();
            } catch (IOException e) {
                LOG.debug("a refused connection could not be closed", e);
            }
        }
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        leave(address(channel));
    }

    @Override
    public void onClosed(SelectableChannel channel) {
        leave(address(channel));
    }

    /** A closed channel forgets its peer. Its socket does not, but is one more object that stays with the connection. */
    private static InetAddress address(SelectableChannel accepted) {
        SocketChannel channel = (SocketChannel) accepted;
        try {
            return ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
        } catch (IOException e) {
            return channel.socket().getInetAddress();
        }
    }
}
