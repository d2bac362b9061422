package relay.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One client's socket, from connect to close. For the thread of its {@link SubscriberLoop} only. */
final class Subscriber implements FrameParser.Listener {
    private static final int PONG = 10;
    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;

    /** A client has to mask (RFC 6455 §5.3); a mask of zeros changes nothing. */
    private static final int MASK = 0;

    /**
     * A registered client that is to connect.
     *
     * @param number its place among the subscribers of its loop, from 0
     * @param topic the number of the topic that it asked for
     * @param target the relay that it connects to
     * @param id its registration
     * @param source the address to connect from; empty: the system chooses
     */
    record Spec(int number, int topic, Target target, String id, Optional<InetAddress> source) {}

    private final Spec spec;
    private final Tally tally;
    private final SocketChannel channel;
    private final FrameParser parser = new FrameParser(this);
    private @Nullable Handshake handshake = new Handshake();

    private Subscriber(Spec spec, Tally tally, SocketChannel channel) {
        this.spec = spec;
        this.tally = tally;
        this.channel = channel;
    }

    /** Starts to connect; the subscriber is the attachment of the selector's key. */
    static void connect(Spec spec, Tally tally, Selector selector) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            if (spec.source().isPresent()) {
                channel.bind(new InetSocketAddress(spec.source().get(), 0));
            }
            channel.connect(spec.target().address());
            channel.register(selector, SelectionKey.OP_CONNECT, new Subscriber(spec, tally, channel));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    boolean isOpen() {
        return handshake == null;
    }

    /** Finishes the connect, and sends the request for the WebSocket. */
    void connected(SelectionKey key) throws IOException {
        if (channel.finishConnect()) {
            write(Handshake.request(spec.target(), spec.id()));
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    /** Reads what has arrived into the shared buffer, and parses it. Returns false at the end of the stream. */
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
        tally.message(spec.number(), spec.topic(), bytes, at, length);
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

    /** A client sends so little that a relay which does not take it at once is not reading. */
    private void write(ByteBuffer bytes) throws IOException {
        channel.write(bytes);
        if (bytes.hasRemaining()) {
            throw new IOException("the relay does not read what a connection sends");
        }
    }
}
