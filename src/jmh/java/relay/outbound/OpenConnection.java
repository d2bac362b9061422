package relay.outbound;

import java.nio.ByteBuffer;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;

/** A wire that takes everything at once, and costs nothing. */
public class OpenConnection implements Connection {
    private final Encoding encoding;
    private long bytes;

    protected OpenConnection(Encoding encoding) {
        this.encoding = encoding;
    }

    /** The queue of a connection whose handshake is through. */
    public static SendQueue openQueue() {
        SendQueue queue = new SendQueue(new OpenConnection(PlainText.INSTANCE), 1 << 20, new ConnectionTotals());
        queue.open();
        return queue;
    }

    /** How much was written. */
    public final long bytes() {
        return bytes;
    }

    @Override
    public final Encoding encoding() {
        return encoding;
    }

    @Override
    public final boolean takesAtOnce() {
        return true;
    }

    @Override
    public void write(ByteBuffer frames) {
        bytes += frames.remaining();
        frames.position(frames.limit());
    }

    @Override
    public final void writeFully(ByteBuffer frames, WriteListener listener) {
        write(frames);
        listener.written();
    }

    @Override
    public void ping(String payload) {}

    @Override
    public final boolean answersPings() {
        return true;
    }

    @Override
    public final long openedMillis() {
        return 0;
    }

    @Override
    public final long lastHeardNanos() {
        return System.nanoTime();
    }

    @Override
    public final void expectPong() {}

    @Override
    public final void close(CloseReason reason) {}

    @Override
    public void abort(Throwable cause) {}

    /** Two bytes, as a frame's header has, and the text. */
    private enum PlainText implements Encoding {
        INSTANCE;

        @Override
        public long maxSize(Message message) {
            return 2L + message.text().size();
        }

        @Override
        public void encode(AcceptedMessage accepted, ByteBuffer target) {
            Message message = accepted.message();
            target.putShort((short) message.text().size());
            message.text().putInto(target);
        }

        @Override
        public boolean ping(long sequence, ByteBuffer target) {
            return false;
        }

        @Override
        public ByteBuffer encode(Gap gap) {
            return ByteBuffer.allocate(0);
        }
    }
}
