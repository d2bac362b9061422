package relay.net;

import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import relay.fatal.Fatal;

/** Jetty's pool of buffers: where one cannot be had, a connection would end without a word, and all others after it. */
public final class WatchedBuffers extends ArrayByteBufferPool {
    @Override
    public RetainableByteBuffer.Mutable acquire(int size, boolean direct) {
        try {
            return super.acquire(size, direct);
        } catch (Error e) {
            Fatal.report(e);
            throw e;
        }
    }
}
