package relay.outbound;

import java.nio.ByteBuffer;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;

/** A wire that takes everything at once, and costs nothing. */
public final class OpenConnection implements Connection {
    private long bytes;

    /** The queue of a connection whose handshake is through. */
    public static SendQueue openQueue() {
        SendQueue queue = new SendQueue(new OpenConnection(), 1 << 20, new ConnectionTotals());
        queue.open();
        return queue;
    }

    /** How much was written. */
    public long bytes() {
        return bytes;
    }

    @Override
    public Encoding encoding() {
        return PlainText.INSTANCE;
    }

    @Override
    public boolean takesAtOnce() {
        return true;
    }

    @Override
    public void write(ByteBuffer frames) {
        bytes += frames.remaining();
        frames.position(frames.limit());
    }

    @Override
    public void writeFully(ByteBuffer frames, WriteListener listener) {
        write(frames);
        listener.written();
    }

    @Override
    public void ping(String payload) {}

    @Override
    public boolean answersPings() {
        return true;
    }

    @Override
    public long openedMillis() {
        return 0;
    }

    @Override
    public long lastHeardNanos() {
        return System.nanoTime();
    }

    @Override
    public void close(CloseReason reason) {}

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
        public void encode(MessageId id, Message message, ByteBuffer target) {
            target.putShort((short) message.text().size());
            message.text().putInto(target);
        }

        @Override
        public ByteBuffer encode(Gap gap) {
            return ByteBuffer.allocate(0);
        }
    }
}
