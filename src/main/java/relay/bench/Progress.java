package relay.bench;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Shows the progress of a run once a second. For the one thread that waits for the others. */
final class Progress {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int LINE_WIDTH = 100;

    private final PrintStream out;
    private final boolean overwrite;
    private final Clock clock;
    private final LiveCounts live;
    private long lastLine;
    private long lastPublished;
    private long lastDelivered;

    /** @param overwrite whether each line replaces the one before, as on a terminal */
    Progress(PrintStream out, boolean overwrite, Clock clock, LiveCounts live) {
        this.out = out;
        this.overwrite = overwrite;
        this.clock = clock;
        this.live = live;
        this.lastLine = clock.nanos();
    }

    /** Waits for a moment, and shows what the run is doing if a second has passed. */
    void pause(String doing) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("the run was interrupted");
        }
        clock.waitUntil(clock.nanos() + PAUSE_NANOS);
        long now = clock.nanos();
        if (now - lastLine >= LINE_NANOS) {
            print(line(doing, now));
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

    private String line(String doing, long now) {
        double seconds = (now - lastLine) / 1e9;
        long published = live.published.sum();
        long delivered = live.delivered.sum();
        String line = String.format(
                Locale.ROOT,
                "%s: %,d connections, %,.0f publishes/s, %,.0f deliveries/s, %,d repeated, %,d closed",
                doing,
                live.opened.sum(),
                (published - lastPublished) / seconds,
                (delivered - lastDelivered) / seconds,
                live.repeated.sum(),
                live.closed.sum());
        lastPublished = published;
        lastDelivered = delivered;
        return line;
    }

    private void print(String line) {
        if (overwrite) {
            out.printf("\r%-" + LINE_WIDTH + "s", line);
            out.flush();
        } else {
            out.println(line);
        }
    }
}
