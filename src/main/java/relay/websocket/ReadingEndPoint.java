package relay.websocket;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The end point as Jetty reads from it: {@link FrameHeaders} sees the bytes before Jetty's parser. Everything else goes to
 * the real end point.
 *
 * <p>It also gets the callback, in place of Jetty, that there is something to read. A client that was asked for a pong most
 * likely sends just that. So the selecting thread reads once for each ping, and takes a pong without waking another thread.
 * Everything else goes to Jetty's parser in a thread of the pool, including what was read here. The order is kept: Jetty
 * waits for bytes only when it has parsed all that came and the next frame is demanded.
 */
final class ReadingEndPoint implements EndPoint.Wrapper, EndPoint, Callback {
    private final RelayConnection connection;

    /** What was read here and is for Jetty to parse, before anything else. The reading thread only. */
    private @Nullable ByteBuffer ahead;

    /** Null between messages, which is most of the time. The reading Jetty thread only. */
    private @Nullable FrameHeaders unfinished;

    ReadingEndPoint(RelayConnection connection) {
        this.connection = connection;
    }

    /** Jetty calls this when it has parsed what came before: if that ended at an invalid frame, it is time to say so. */
    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        if (unfinished != null) {
            unfinished.throwFault();
        }
        int filled = ahead == null ? unwrap().fill(buffer) : fillFrom(ahead, buffer);
        if (filled > 0) {
            check(buffer);
            if (!buffer.hasRemaining() && unfinished != null) {
                unfinished.throwFault();
            }
            return buffer.remaining();
        }
        return filled;
    }

    private int fillFrom(ByteBuffer bytes, ByteBuffer buffer) {
        int filled = BufferUtil.append(buffer, bytes);
        ahead = bytes.hasRemaining() ? bytes : null;
        return filled;
    }

    /** Non-blocking if a pong is expected; asked before each {@link #succeeded}. */
    @Override
    public InvocationType getInvocationType() {
        return connection.expectsPong() ? InvocationType.NON_BLOCKING : InvocationType.BLOCKING;
    }

    @Override
    public void succeeded() {
        if (!connection.expectsPong()) {
            connection.onFillable();
        } else if (readsNoMoreThanPong()) {
            fillInterested(this);
        } else {
            parseElsewhere();
        }
    }

    @Override
    public void failed(Throwable cause) {
        connection.onFillInterestedFailed(cause);
    }

    /** Reads once. Returns false if it read something for Jetty's parser. */
    private boolean readsNoMoreThanPong() {
        ByteBuffer bytes = connection.pongBuffer();
        int filled;
        try {
            filled = unwrap().fill(bytes);
        } catch (IOException e) {
            // Jetty reads again and gets the same error.
            return false;
        }
        if (filled <= 0) {
            return filled == 0;
        }
        if (unfinished == null && connection.takesPong(bytes)) {
            return true;
        }
        ahead = ByteBuffer.allocate(filled).put(bytes).flip();
        return false;
    }

    private void parseElsewhere() {
        try {
            connection.getExecutor().execute(connection);
        } catch (RejectedExecutionException e) {
            close(e);
        }
    }

    /** Cuts an invalid frame, and everything after it, off what has arrived. */
    void check(ByteBuffer bytes) {
        boolean began = unfinished == null;
        FrameHeaders headers = unfinished == null ? connection.newHeaders() : unfinished;
        headers.read(bytes);
        if (headers.isUnfinished()) {
            unfinished = headers;
            if (began || headers.beganAnew()) {
                connection.messageBegan();
            }
            if (!connection.hasRoomFor(headers.heldBytes())) {
                headers.refuse(bytes);
            }
        } else if (!began) {
            unfinished = null;
            connection.messageEnded();
        }
    }

    @Override
    public EndPoint unwrap() {
        return connection.wire();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return unwrap().getLocalSocketAddress();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return unwrap().getRemoteSocketAddress();
    }

    @Override
    public boolean isOpen() {
        return unwrap().isOpen();
    }

    @Override
    public long getCreatedTimeStamp() {
        return unwrap().getCreatedTimeStamp();
    }

    @Override
    public void shutdownOutput() {
        unwrap().shutdownOutput();
    }

    @Override
    public boolean isOutputShutdown() {
        return unwrap().isOutputShutdown();
    }

    @Override
    public boolean isInputShutdown() {
        return unwrap().isInputShutdown();
    }

    @Override
    public void close(Throwable cause) {
        unwrap().close(cause);
    }

    @Override
    public SocketAddress receive(ByteBuffer buffer) throws IOException {
        return unwrap().receive(buffer);
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        return unwrap().flush(buffers);
    }

    @Override
    public boolean send(SocketAddress address, ByteBuffer... buffers) throws IOException {
        return unwrap().send(address, buffers);
    }

    @Override
    public Object getTransport() {
        return unwrap().getTransport();
    }

    @Override
    public long getIdleTimeout() {
        return unwrap().getIdleTimeout();
    }

    @Override
    public void setIdleTimeout(long idleTimeout) {
        unwrap().setIdleTimeout(idleTimeout);
    }

    /** Ignores the callback, which is always the connection's: this object comes first. */
    @Override
    public void fillInterested(Callback callback) {
        unwrap().fillInterested(this);
    }

    @Override
    public boolean tryFillInterested(Callback callback) {
        return unwrap().tryFillInterested(this);
    }

    @Override
    public boolean isFillInterested() {
        return unwrap().isFillInterested();
    }

    @Override
    public void write(Callback callback, ByteBuffer... buffers) {
        unwrap().write(callback, buffers);
    }

    @Override
    public void write(Callback callback, SocketAddress address, ByteBuffer... buffers) {
        unwrap().write(callback, address, buffers);
    }

    @Override
    public void write(boolean last, ByteBuffer buffer, Callback callback) {
        unwrap().write(last, buffer, callback);
    }

    @Override
    public Callback cancelWrite(Throwable cause) {
        return unwrap().cancelWrite(cause);
    }

    @Override
    public Connection getConnection() {
        return unwrap().getConnection();
    }

    @Override
    public void setConnection(Connection newConnection) {
        unwrap().setConnection(newConnection);
    }

    @Override
    public void onOpen() {
        unwrap().onOpen();
    }

    @Override
    public void onClose(Throwable cause) {
        unwrap().onClose(cause);
    }

    @Override
    public void upgrade(Connection newConnection) {
        unwrap().upgrade(newConnection);
    }

    @Override
    public SslSessionData getSslSessionData() {
        return unwrap().getSslSessionData();
    }

    @Override
    public boolean isSecure() {
        return unwrap().isSecure();
    }
}
