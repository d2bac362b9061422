package relay.bench;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What the threads of a run count and report while it goes on, for any thread; and its lines on a screen, one a second, for
 * the one thread that waits for the others.
 */
final class Progress {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int LINE_WIDTH = 100;

    /** Sockets whose handshake has succeeded. */
    final LongAdder opened = new LongAdder();

    /** Sockets that could not be opened. */
    final LongAdder refused = new LongAdder();

    /** Sockets that were open and ended before the run did. */
    final LongAdder closed = new LongAdder();

    /** Messages that the relay took. */
    final LongAdder published = new LongAdder();

    /** Messages that arrived at a subscriber, repeats not included. */
    final LongAdder delivered = new LongAdder();

    /** Messages that arrived again. */
    final LongAdder repeated = new LongAdder();

    private final AtomicReference<@Nullable String> firstError = new AtomicReference<>();
    private final PrintStream out;
    private final boolean overwrite;
    private final Clock clock;
    private long lastLine;
    private long lastPublished;
    private long lastDelivered;

    /** @param overwrite whether each line replaces the one before, as on a terminal */
    Progress(PrintStream out, boolean overwrite, Clock clock) {
        this.out = out;
        this.overwrite = overwrite;
        this.clock = clock;
        this.lastLine = clock.nanos();
    }

    /** Reports an error; the first one is kept. */
    void error(String what) {
        firstError.compareAndSet(null, what);
    }

    Optional<String> firstError() {
        return Optional.ofNullable(firstError.get());
    }

    /** Waits for a moment, and shows what the run is doing if a second has passed. */
    void pause(String doing) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("the run was interrupted");
        }
        clock.waitUntil(clock.nanos() + PAUSE_NANOS);
        long now = clock.nanos();
        if (now - lastLine >= LINE_NANOS) {
            String line = line(doing, (now - lastLine) / 1e9);
            out.print(overwrite ? String.format("\r%-" + LINE_WIDTH + "s", line) : line + System.lineSeparator());
            out.flush();
            lastLine = now;
        }
    }

    /** Clears the line for what is printed next. */
    void end() {
        if (overwrite) {
            out.print("\r" + " ".repeat(LINE_WIDTH) + "\r");
            out.flush();
        }
    }

    private String line(String doing, double seconds) {
        long nowPublished = published.sum();
        long nowDelivered = delivered.sum();
        String line = String.format(
                Locale.ROOT,
                "%s: %,d connections, %,.0f publishes/s, %,.0f deliveries/s, %,d repeated, %,d closed",
                doing,
                opened.sum(),
                (nowPublished - lastPublished) / seconds,
                (nowDelivered - lastDelivered) / seconds,
                repeated.sum(),
                closed.sum());
        lastPublished = nowPublished;
        lastDelivered = nowDelivered;
        return line;
    }
}
