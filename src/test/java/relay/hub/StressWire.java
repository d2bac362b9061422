package relay.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import relay.outbound.CloseReason;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.outbound.WriteListener;
import relay.testing.StubConnection;

/**
 * A wire that takes as many bytes of a write as it likes, and the rest when a thread of the {@link Network} comes by. For any
 * thread.
 */
final class StressWire extends StubConnection {
    /** How often a write began while another was under way: there must be none. */
    static final class Overlaps {
        final AtomicInteger count = new AtomicInteger();
    }

    /** What is left of writes, on any wire. */
    static final class Network {
        private final Queue<Rest> rests = new ConcurrentLinkedQueue<>();

        /** Lets some of what waits go on; false if nothing does. */
        boolean move() {
            Rest rest = rests.poll();
            if (rest != null && rest.wire.moveOn(rest)) {
                rests.add(rest);
            }
            return rest != null;
        }
    }

    private record Rest(StressWire wire, ByteBuffer bytes, WriteListener listener) {}

    /** Something whole that came. */
    record Frame(byte kind, long sequence, int number) {}

    private final Network network;
    private final Overlaps overlaps;
    private final LongSupplier nanos;
    private final AtomicBoolean writing = new AtomicBoolean();
    private byte[] taken = new byte[256];
    private int from;
    private int to;

    private volatile int bytesPerWrite;
    private volatile boolean broken;
    private volatile boolean aborted;
    private volatile @Nullable SendQueue queue;

    StressWire(Encoding encoding, Network network, Overlaps overlaps, LongSupplier nanos, int bytesPerWrite) {
        super(encoding);
        this.network = network;
        this.overlaps = overlaps;
        this.nanos = nanos;
        this.bytesPerWrite = bytesPerWrite;
    }

    /** To be called once, before anything else. */
    void carries(SendQueue itsQueue) {
        queue = itsQueue;
    }

    void breakIt() {
        broken = true;
    }

    /** Whether what is sent may be lost on it. */
    boolean isBroken() {
        return broken;
    }

    boolean isAborted() {
        return aborted;
    }

    boolean isFast() {
        return bytesPerWrite == Integer.MAX_VALUE;
    }

    /** The next frame, if all of it has come. */
    synchronized Optional<Frame> next() {
        if (to - from < StressEncoding.HEAD) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(taken, from, to - from);
        Frame frame = new Frame(bytes.get(), bytes.getLong(), bytes.getInt());
        int following = bytes.getInt();
        if (bytes.remaining() < following) {
            return Optional.empty();
        }
        from = bytes.position() + following;
        if (from == to) {
            from = 0;
            to = 0;
            taken = taken.length > 1 << 16 ? new byte[256] : taken;
        }
        return Optional.of(frame);
    }

    private synchronized void take(ByteBuffer bytes, int count) {
        if (to + count > taken.length) {
            byte[] longer = to - from + count > taken.length / 2 ? new byte[2 * (to - from + count)] : taken;
            System.arraycopy(taken, from, longer, 0, to - from);
            taken = longer;
            to -= from;
            from = 0;
        }
        bytes.get(taken, to, count);
        to += count;
    }

    /** Whether there is more to move. */
    private boolean moveOn(Rest rest) {
        if (broken) {
            writing.set(false);
            rest.listener.failed(new IOException("cut"));
            return false;
        }
        take(rest.bytes, Math.min(rest.bytes.remaining(), Math.max(bytesPerWrite, 1) * 4));
        if (rest.bytes.hasRemaining()) {
            return true;
        }
        writing.set(false);
        rest.listener.written();
        return false;
    }

    private SendQueue queue() {
        SendQueue its = queue;
        if (its == null) {
            throw new IllegalStateException("carries nothing yet");
        }
        return its;
    }

    private void begin() {
        if (writing.getAndSet(true)) {
            overlaps.count.incrementAndGet();
        }
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        begin();
        try {
            if (broken) {
                throw new IOException("cut");
            }
            take(bytes, Math.min(bytesPerWrite, bytes.remaining()));
        } finally {
            writing.set(false);
        }
    }

    @Override
    public void writeFully(ByteBuffer bytes, WriteListener listener) {
        begin();
        network.rests.add(new Rest(this, bytes, listener));
    }

    @Override
    public void ping(String payload) {
        queue().ask(StressEncoding.ping(payload));
    }

    /** It is alive. */
    @Override
    public long lastHeardNanos() {
        return nanos.getAsLong();
    }

    @Override
    public void close(CloseReason reason) {
        queue().close(StressEncoding.close(reason), WriteListener.NONE);
    }

    @Override
    public void abort(Throwable cause) {
        aborted = true;
    }
}
