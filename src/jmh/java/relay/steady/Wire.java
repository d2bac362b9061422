package relay.steady;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import relay.outbound.ConnectionTotals;
import relay.outbound.Encoding;
import relay.outbound.OpenConnection;
import relay.outbound.SendQueue;

/** A wire that takes everything at once, and keeps the writing thread busy for a while each time, as a system call does. */
final class Wire extends OpenConnection {
    /** What a write of a few small frames to a loopback socket takes. */
    static final long SYSTEM_CALL_NANOS = TimeUnit.MICROSECONDS.toNanos(5);

    /** A text frame begins otherwise. */
    private static final byte PING = (byte) 0x89;

    private static final ConnectionTotals TOTALS = new ConnectionTotals();
    private static final int MAX_QUEUED_BYTES = 1 << 20;

    private final long writeNanos;
    private final Peer peer;
    private final SendQueue queue = new SendQueue(this, MAX_QUEUED_BYTES, TOTALS);

    /** Who is at the other end. Is told by the writing thread. */
    interface Peer {
        /** Frames came that are no pings; so many bytes. */
        void received(int bytes);

        /** A ping came. */
        void asked(long sequence);
    }

    private Wire(Encoding encoding, long writeNanos, Peer peer) {
        super(encoding);
        this.writeNanos = writeNanos;
        this.peer = peer;
    }

    /**
     * The queue of a new one, whose handshake is through.
     *
     * @param writeNanos how long each write takes
     */
    static SendQueue queue(Encoding encoding, long writeNanos, Peer peer) {
        SendQueue queue = new Wire(encoding, writeNanos, peer).queue;
        queue.open();
        return queue;
    }

    @Override
    public void write(ByteBuffer frames) {
        long end = System.nanoTime() + writeNanos;
        int bytes = frames.remaining();
        boolean ping = bytes > 0 && frames.get(frames.position()) == PING;
        frames.position(frames.limit());
        while (bytes > 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        if (bytes > 0 && !ping) {
            peer.received(bytes);
        }
    }

    @Override
    public void ping(String payload) {
        byte[] digits = payload.getBytes(StandardCharsets.US_ASCII);
        queue.ask(ByteBuffer.allocate(2 + digits.length)
                .put(PING)
                .put((byte) digits.length)
                .put(digits)
                .flip());
        if (!payload.isEmpty()) {
            peer.asked(Long.parseLong(payload));
        }
    }

    @Override
    public void abort(Throwable cause) {
        throw new IllegalStateException("a wire that takes everything", cause);
    }
}
