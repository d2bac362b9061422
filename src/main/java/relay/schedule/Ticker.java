package relay.schedule;

/** A monotonic clock. Tests use their own. */
@FunctionalInterface
public interface Ticker {
    /** Nanoseconds since some fixed moment; any thread may ask. Compare by difference, never by size. */
    long nanos();

    /** The machine's monotonic clock. */
    static Ticker system() {
        return System::nanoTime;
    }
}
