package relay.bench;

/**
 * When one publisher sends. With a rate, each message is due at its own moment, however late those before it were answered,
 * and the wait for them counts towards its latency (no coordinated omission). Without a rate, the next one is due now. One
 * thread at a time.
 */
final class Schedule {
    /** How long after the end a publisher that is behind may still catch up. */
    private static final long GRACE_NANOS = 10_000_000_000L;

    private final Clock clock;
    private final Span span;
    private final long first;
    private final double interval;
    private long left;
    private long number;
    private long due;

    /**
     * When a run's messages are sent, in nanoseconds of the clock.
     *
     * @param start when the first is sent
     * @param measureFrom from when on they are measured
     * @param end when no more are sent
     */
    record Span(long start, long measureFrom, long end) {
        boolean isMeasured(long moment) {
            return moment - measureFrom >= 0;
        }
    }

    /**
     * @param first the moment of the first message, in nanoseconds after the start
     * @param interval nanoseconds from one message to the next; 0: as fast as possible
     * @param quota how many measured messages it sends at most
     */
    Schedule(Clock clock, Span span, long first, double interval, long quota) {
        this.clock = clock;
        this.span = span;
        this.first = span.start() + first;
        this.interval = interval;
        this.left = quota;
    }

    /** Goes on to the next message; returns false if there is none. */
    boolean advance() {
        long now = clock.nanos();
        due = interval == 0 ? later(now, first) : first + Math.round(interval * number++);
        if (due - span.end() >= 0 || now - span.end() > GRACE_NANOS) {
            return false;
        }
        return !isMeasured() || left-- > 0;
    }

    /** When this message is due. */
    long due() {
        return due;
    }

    /** Whether this message is measured. */
    boolean isMeasured() {
        return span.isMeasured(due);
    }

    private static long later(long one, long other) {
        return one - other > 0 ? one : other;
    }
}
