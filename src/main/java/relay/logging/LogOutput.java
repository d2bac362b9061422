package relay.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Writes the log without blocking those who log: they put a line on a queue, and one thread, {@code log}, writes it and may
 * block.
 *
 * <p>The queue has a bound in bytes. Lines beyond it are dropped and counted until the whole queue is written; then one line
 * says how many are missing at that place. For any thread.
 */
final class LogOutput extends UnsynchronizedAppenderBase<ILoggingEvent> {
    /** Some ten thousand lines. */
    static final int MAX_BYTES = 1 << 20;

    /** How long the end of the process waits for the queue. */
    private static final long FLUSH_MILLIS = 1_000;

    private final LogLine encoder;
    private final OutputStream output;
    private final LogLimit limit = new LogLimit();
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private final Thread writer = new Thread(this::write, "log");
    private final Thread atTheEnd = new Thread(this::stop, "log-end");
    private int queuedBytes;
    private long dropped;
    private long droppedUnreported;
    private boolean writing;

    /** @param output without a buffer; it may block */
    LogOutput(LogLine encoder, OutputStream output) {
        this.encoder = encoder;
        this.output = output;
    }

    /** How many lines have been dropped. */
    synchronized long dropped() {
        return dropped;
    }

    @Override
    public void start() {
        super.start();
        writer.setDaemon(true);
        writer.start();
        Runtime.getRuntime().addShutdownHook(atTheEnd);
    }

    /** Waits until all is written, for a second at most. */
    @Override
    public void stop() {
        super.stop();
        synchronized (this) {
            notifyAll();
        }
        try {
            writer.join(FLUSH_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (Thread.currentThread() != atTheEnd) {
            Runtime.getRuntime().removeShutdownHook(atTheEnd);
        }
    }

    /** Waits until what was logged is written, a second at most. */
    synchronized void flush() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FLUSH_MILLIS);
        long left = FLUSH_MILLIS;
        try {
            while ((writing || !queue.isEmpty()) && left > 0) {
                wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (isWithinLimit(event)) {
            offer(encoder.encode(event));
        }
    }

    private synchronized boolean isWithinLimit(ILoggingEvent event) {
        boolean first = limit.isAtRest();
        boolean admitted = limit.admits(event, System.nanoTime());
        if (first) {
            // The writer has to report at the end of the second.
            notifyAll();
        }
        return admitted;
    }

    /** Once a line was dropped, all are until the queue is written: so lines are missing in one place only. */
    private synchronized void offer(byte[] line) {
        if (droppedUnreported > 0 || queuedBytes + line.length > MAX_BYTES) {
            dropped++;
            droppedUnreported++;
            return;
        }
        queue.add(line);
        queuedBytes += line.length;
        notifyAll();
    }

    /** A line could not be written, to a closed pipe or a full disk; that cannot be logged either. */
    private synchronized void notWritten() {
        dropped++;
    }

    private void write() {
        try {
            for (Optional<byte[]> line = next(); line.isPresent(); line = next()) {
                try {
                    output.write(line.get());
                } catch (IOException e) {
                    notWritten();
                }
            }
        } catch (InterruptedException e) {
            addError("the thread that writes the log was interrupted", e);
        }
    }

    /** Waits for the next line to write; empty at the end. */
    private synchronized Optional<byte[]> next() throws InterruptedException {
        writing = false;
        while (true) {
            byte[] line = takeOrReportMissing();
            if (line.length == 0) {
                line = limit.leftOut(System.nanoTime(), !isStarted())
                        .map(encoder::encode)
                        .orElse(line);
            }
            if (line.length > 0) {
                writing = true;
                return Optional.of(line);
            }
            notifyAll();
            if (!isStarted()) {
                return Optional.empty();
            }
            // 0 waits without a limit.
            wait(limit.millisUntilDue(System.nanoTime()));
        }
    }

    /** The next line of the queue, or the report of missing ones; an array of length 0 if there is neither. */
    private byte[] takeOrReportMissing() {
        byte[] line = queue.poll();
        if (line != null) {
            queuedBytes -= line.length;
            return line;
        }
        if (droppedUnreported == 0) {
            return new byte[0];
        }
        long missing = droppedUnreported;
        droppedUnreported = 0;
        return encoder.encode(
                LogLimit.warning(getClass(), "the log was not read in time: " + missing + " lines are missing here"));
    }
}
