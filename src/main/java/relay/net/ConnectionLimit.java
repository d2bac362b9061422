package relay.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.SelectorManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection as it is accepted where its address has as many as it may: before anything is read, or any memory
 * is taken for it. For whatever it becomes later, until its socket is closed. Jetty's threads run it.
 */
public final class ConnectionLimit implements SelectorManager.AcceptListener {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimit.class);

    private final AddressCount connections;

    public ConnectionLimit(AddressCount connections) {
        this.connections = connections;
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
        InetAddress address = address(channel);
        if (!connections.enter(address)) {
            LOG.debug("{} has as many connections as it may", address);
            try {
                // What comes next to the channel fails, and it is counted out.
                channel.close();
            } catch (IOException e) {
                LOG.debug("a refused connection could not be closed", e);
            }
        }
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        connections.leave(address(channel));
    }

    @Override
    public void onClosed(SelectableChannel channel) {
        connections.leave(address(channel));
    }

    /** A closed channel forgets its peer; its socket does not, but is an object more that stays with the connection. */
    private static InetAddress address(SelectableChannel accepted) {
        SocketChannel channel = (SocketChannel) accepted;
        try {
            return ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
        } catch (IOException e) {
            return channel.socket().getInetAddress();
        }
    }
}
