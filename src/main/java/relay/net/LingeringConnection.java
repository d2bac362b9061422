package relay.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * What an HTTP connection becomes after its last answer: a lingering close. It throws away what the client still sends, up to
 * a bound and for a time. A connection that is closed with unread bytes is reset, and then the client may never see the
 * answer (RFC 9112 §9.6). Jetty's threads run it, one at a time; {@link #check} is for the one that watches the time.
 */
final class LingeringConnection extends AbstractConnection
        implements Connection.UpgradeTo, TimedHttpConnectionFactory.Watched {
    private static final long MAX_BYTES = 64L << 20;

    private final Connector connector;
    private final long dueNanos;
    private long bytes;

    LingeringConnection(Connector connector, EndPoint endPoint, long dueNanos) {
        super(endPoint, connector.getExecutor());
        this.connector = connector;
        this.dueNanos = dueNanos;
    }

    /** Throws away what has already been read. */
    @Override
    public void onUpgradeTo(ByteBuffer read) {
        bytes = read.remaining();
    }

    @Override
    public void onOpen() {
        super.onOpen();
        getEndPoint().shutdownOutput();
        // Mostly the client ends its side next, which blocks nobody.
        fillInterested(Callback.from(
                connector.getServer().getInvocationType(), this::onFillable, this::onFillInterestedFailed));
    }

    @Override
    public void onFillable() {
        ByteBufferPool pool = connector.getByteBufferPool();
        RetainableByteBuffer buffer = pool.acquire(getInputBufferSize(), true);
        try {
            int read = fill(buffer.getByteBuffer());
            while (read > 0 && bytes <= MAX_BYTES) {
                bytes += read;
                read = fill(buffer.getByteBuffer());
            }
            if (read == 0) {
                fillInterested();
            } else {
                close();
            }
        } finally {
            buffer.release();
        }
    }

    private int fill(ByteBuffer buffer) {
        try {
            BufferUtil.clear(buffer);
            return getEndPoint().fill(buffer);
        } catch (IOException e) {
            return -1;
        }
    }

    @Override
    public void check(long nowNanos) {
        if (nowNanos - dueNanos >= 0) {
            close();
        }
    }
}
