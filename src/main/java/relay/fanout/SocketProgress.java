package relay.fanout;

/**
 * When a socket was last seen to take bytes: the sign of life of a client that reads slowly. Its answers to pings come late, for a
 * ping waits behind all that the client has yet to read. The owning worker only.
 */
final class SocketProgress {
    private static final long LONG_AGO = Long.MIN_VALUE / 2;

    private long taken;
    private long seenNanos = LONG_AGO;

    /** The socket has taken so many bytes in all by now. */
    void see(long takenByNow, long nowNanos) {
        if (takenByNow != taken) {
            taken = takenByNow;
            seenNanos = nowNanos;
        }
    }

    /** When it was last seen that the socket had taken more than before, on the worker's clock. */
    long seenNanos() {
        return seenNanos;
    }
}
