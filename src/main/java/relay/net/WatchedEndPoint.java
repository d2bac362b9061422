package relay.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.thread.Scheduler;
import relay.fatal.Fatal;

/** Jetty's end of a connection: what reading or writing throws would end this connection, and be logged nowhere. */
final class WatchedEndPoint extends SocketChannelEndPoint {
    WatchedEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
        super(channel, selector, key, scheduler);
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        try {
            return super.fill(buffer);
        } catch (Error e) {
            Fatal.report(e);
            throw e;
        }
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        try {
            return super.flush(buffers);
        } catch (Error e) {
            Fatal.report(e);
            throw e;
        }
    }
}
