package relay.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;

/**
 * Throws away what a client still sends after its last answer, up to a bound: a connection that is closed with bytes unread
 * is reset, and the client may never see the answer (RFC 9112 §9.6). For the thread that reads the connection.
 */
final class Discard {
    private static final long MAX_BYTES = 64L << 20;

    private final EndPoint endPoint;
    private final ByteBufferPool pool;
    private final int bufferBytes;
    private long bytes;

    Discard(EndPoint endPoint, ByteBufferPool pool, int bufferBytes) {
        this.endPoint = endPoint;
        this.pool = pool;
        this.bufferBytes = bufferBytes;
    }

    /** Throws away what has been read already. */
    void take(ByteBuffer buffer) {
        bytes += buffer.remaining();
        BufferUtil.clear(buffer);
    }

    /** Ends the relay's side and reads all that is there. Says whether there may be more later; if not, all is closed. */
    boolean readOn() {
        endPoint.shutdownOutput();
        RetainableByteBuffer buffer = pool.acquire(bufferBytes, true);
        try {
            int read = fill(buffer.getByteBuffer());
            while (read > 0 && bytes <= MAX_BYTES) {
                bytes += read;
                read = fill(buffer.getByteBuffer());
            }
            if (read != 0) {
                endPoint.close();
            }
            return read == 0;
        } finally {
            buffer.release();
        }
    }

    private int fill(ByteBuffer buffer) {
        try {
            BufferUtil.clear(buffer);
            return endPoint.fill(buffer);
        } catch (IOException e) {
            return -1;
        }
    }
}
