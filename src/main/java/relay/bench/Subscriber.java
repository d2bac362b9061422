package relay.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One client's socket, from the connect to the end. The thread of its {@link SubscriberLoop} only. */
final class Subscriber implements FrameParser.Listener {
    private static final int PONG = 10;
    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;

    /** A client has to mask (RFC 6455 §5.3); a mask of zeros changes nothing. */
    private static final int MASK = 0;

    private final Seat seat;
    private final Tally tally;
    private final SocketChannel channel;
    private final FrameParser parser = new FrameParser(this);
    private @Nullable Handshake handshake = new Handshake();

    private Subscriber(Seat seat, Tally tally, SocketChannel channel) {
        this.seat = seat;
        this.tally = tally;
        this.channel = channel;
    }

    /** Begins to connect; the selector's key holds the subscriber. */
    static void connect(Seat seat, Tally tally, Selector selector) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            if (seat.source().isPresent()) {
                channel.bind(new InetSocketAddress(seat.source().get(), 0));
            }
            channel.connect(seat.target().address());
            channel.register(selector, SelectionKey.OP_CONNECT, new Subscriber(seat, tally, channel));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    boolean isOpen() {
        return handshake == null;
    }

    /** The connection stands, or does not: asks for the WebSocket. */
    void connected(SelectionKey key) throws IOException {
        if (channel.finishConnect()) {
            write(Handshake.request(seat.target(), seat.id()));
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    /** Reads what is there into the buffer that all share, and works through it. False at the stream's end. */
    boolean read(ByteBuffer shared) throws IOException {
        shared.clear();
        if (channel.read(shared) < 0) {
            return false;
        }
        shared.flip();
        if (handshake != null && handshake.accept(shared)) {
            handshake = null;
        }
        if (handshake == null) {
            parser.parse(shared);
        }
        return true;
    }

    @Override
    public void text(ByteBuffer bytes, int at, long length) {
        tally.message(seat.number(), seat.topic(), bytes, at, length);
    }

    @Override
    public void control(int opCode, ByteBuffer payload) throws IOException {
        if (opCode == FrameParser.PING) {
            write(frame(PONG, payload));
        } else if (opCode == FrameParser.CLOSE) {
            throw new IOException("the relay closed a connection"
                    + (payload.remaining() < 2 ? "" : " with " + (payload.getShort(0) & 0xFFFF)));
        }
    }

    private static ByteBuffer frame(int opCode, ByteBuffer payload) {
        return ByteBuffer.allocate(6 + payload.remaining())
                .put((byte) (FIN | opCode))
                .put((byte) (MASKED | payload.remaining()))
                .putInt(MASK)
                .put(payload)
                .flip();
    }

    /** What a client sends is little: a relay that does not even take that is not reading. */
    private void write(ByteBuffer bytes) throws IOException {
        channel.write(bytes);
        if (bytes.hasRemaining()) {
            throw new IOException("the relay does not read what a connection sends");
        }
    }
}
