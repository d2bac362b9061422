package relay.websocket;

import java.nio.ByteBuffer;
import org.eclipse.jetty.util.BufferUtil;

/** Where a thread that selects reads pongs: one buffer for each thread, larger than any pong. For any thread. */
final class PongBuffers {
    /** As little as shows that there is more behind a pong, whose longest has 131 bytes. */
    private static final int BYTES = 256;

    private final ThreadLocal<ByteBuffer> buffers = ThreadLocal.withInitial(() -> BufferUtil.allocateDirect(BYTES));

    /** The calling thread's, empty, for as long as that reads from one connection. */
    ByteBuffer empty() {
        ByteBuffer buffer = buffers.get();
        BufferUtil.clear(buffer);
        return buffer;
    }
}
