package relay.cores;

import java.nio.ByteBuffer;
import relay.outbound.ConnectionTotals;
import relay.outbound.Encoding;
import relay.outbound.OpenConnection;
import relay.outbound.SendQueue;

/**
 * A wire that takes everything at once, and for which each write is the same amount of work, however much it carries. A worker's
 * clients are written to by that worker alone: so its counts are plain.
 */
final class FixedWire extends OpenConnection {
    private static final int MAX_QUEUED_BYTES = 1 << 20;

    private final int work;
    private long writes;
    private long rest;

    private FixedWire(Encoding encoding, int work) {
        super(encoding);
        this.work = work;
    }

    /** A wire and its queue, whose handshake is through. */
    record Opened(FixedWire wire, SendQueue queue) {}

    /** @param work how many steps a write takes */
    static Opened open(Encoding encoding, int work, ConnectionTotals totals) {
        FixedWire wire = new FixedWire(encoding, work);
        SendQueue queue = new SendQueue(wire, MAX_QUEUED_BYTES, totals);
        queue.open();
        return new Opened(wire, queue);
    }

    /** How often it was written to. To be read when the workers have settled. */
    long writes() {
        return writes;
    }

    @Override
    public void write(ByteBuffer frames) {
        super.write(frames);
        writes++;
        rest += work(work);
    }

    /** Takes about as many nanoseconds as there are steps, and cannot be left out by the compiler if the result is used. */
    static long work(int steps) {
        long value = steps;
        for (int i = 0; i < steps; i++) {
            value = value * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
        }
        return value;
    }
}
