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
 * A connection's end point as Jetty reads from it: its connection sees the bytes before Jetty's parser does. All else is
 * the end point's own.
 *
 * <p>It also hears, in Jetty's place, that there is something to read. A client that has been asked for a pong most likely
 * sends just that: so the thread that selects reads it and takes it, and wakes no other, one read for each ping. All else goes
 * to Jetty's parser in a thread of the pool, what was read here too. Jetty waits for bytes only when it has parsed all that
 * came and the next frame is asked for: whatever is taken here is in its place.
 */
final class ReadingEndPoint implements EndPoint.Wrapper, EndPoint, Callback {
    private final RelayConnection connection;

    /** What was read here and is Jetty's to parse, before all that has yet to be read. Whichever thread reads. */
    private @Nullable ByteBuffer ahead;

    /** Absent between messages, which is most of the time for most. Whichever Jetty thread reads. */
    private @Nullable FrameHeaders unfinished;

    ReadingEndPoint(RelayConnection connection) {
        this.connection = connection;
    }

    /** What came in before has been parsed when this is called: if it ended at a frame that must not be, that counts now. */
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

    /** In place where a pong is likely to have come; it is asked before each {@link #succeeded}. */
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

    /** Reads once. What is no pong, or is one of those that Jetty has to be told of, is kept for its parser. */
    private boolean readsNoMoreThanPong() {
        ByteBuffer bytes = connection.pongBuffer();
        int filled;
        try {
            filled = unwrap().fill(bytes);
        } catch (IOException e) {
            // Jetty, which reads again, finds the same.
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

    /** Takes a frame that must not be, and all after it, off the end of what has come in. */
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

    /** Whatever callback it is, which is always the connection's: this comes before it. */
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
