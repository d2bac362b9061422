package relay.websocket;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.OpCode;

/**
 * A WebSocket that is opened only to be closed: it sends a close frame, ignores what comes, and ends when the client ends its side,
 * or after {@value #MOST_SECONDS} s. It is no client's connection. Jetty's threads run it.
 */
final class RefusedConnection extends AbstractConnection {
    private static final int MOST_SECONDS = 5;
    private static final int READ_BYTES = 256;

    /** How much a client may send before it has seen the close frame. */
    private static final int MOST_BYTES_IN = 64 << 10;

    /** The payload of a close frame has two bytes for the code (RFC 6455 §5.5). */
    private static final int MOST_REASON_BYTES = 123;

    private final ByteBufferPool buffers;
    private final Scheduler scheduler;
    private final ByteBuffer close;
    private final Callback whenFillable =
            Callback.from(InvocationType.NON_BLOCKING, this::onFillable, this::onFillInterestedFailed);
    private int bytesIn;

    /** @param detail why, for people; what is too long is cut off */
    RefusedConnection(EndPoint endPoint, Connector connector, int code, String detail) {
        super(endPoint, connector.getExecutor());
        this.buffers = connector.getByteBufferPool();
        this.scheduler = connector.getScheduler();
        this.close = Frames.of(OpCode.CLOSE, CloseStatus.asPayloadBuffer(code, shortened(detail)));
    }

    @Override
    public void onOpen() {
        super.onOpen();
        Scheduler.Task timeout = scheduler.schedule(
                () -> end(new TimeoutException("the client has not ended its side")), MOST_SECONDS, TimeUnit.SECONDS);
        addEventListener(new Listener() {
            @Override
            public void onClosed(org.eclipse.jetty.io.Connection connection) {
                timeout.cancel();
            }
        });
        getEndPoint().setIdleTimeout(0);
        getEndPoint().write(Callback.from(InvocationType.NON_BLOCKING, this::written, this::end), close);
    }

    private void written() {
        getEndPoint().shutdownOutput();
        fillInterested(whenFillable);
    }

    @Override
    public void onFillable() {
        RetainableByteBuffer buffer = buffers.acquire(READ_BYTES, true);
        try {
            int read = fill(buffer.getByteBuffer());
            while (read > 0 && bytesIn <= MOST_BYTES_IN) {
                bytesIn += read;
                read = fill(buffer.getByteBuffer());
            }
            if (read == 0) {
                fillInterested(whenFillable);
            } else {
                end(new EOFException("the client has ended its side, or sends too much"));
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
    public void onFillInterestedFailed(Throwable cause) {
        end(cause);
    }

    private void end(Throwable cause) {
        getEndPoint().close(cause);
    }

    /** As many characters from the beginning as fit. */
    private static String shortened(String detail) {
        int end = detail.length();
        while (detail.substring(0, end).getBytes(StandardCharsets.UTF_8).length > MOST_REASON_BYTES) {
            end = detail.offsetByCodePoints(end, -1);
        }
        return detail.substring(0, end);
    }
}
