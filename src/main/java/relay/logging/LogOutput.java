package relay.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Where the log goes. Whoever logs puts a line on a queue and goes on; one thread of its own, {@code log}, writes, and
 * waits where nobody reads what it writes.
 *
 * <p>The queue has a bound in bytes. Lines beyond it are dropped and counted until all that was on it is written; then one
 * line says how many there were, at the place where they are missing. For any thread.
 */
final class LogOutput extends UnsynchronizedAppenderBase<ILoggingEvent> {
    /** Some ten thousand lines. */
    static final int MAX_BYTES = 1 << 20;

    /** How long the end of the process may wait for what is on the queue. */
    private static final long LAST_WORDS_MILLIS = 1_000;

    private final LogLine encoder;
    private final OutputStream output;
    private final LogLimit limit = new LogLimit();
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private final Thread writer = new Thread(this::write, "log");
    private final Thread atTheEnd = new Thread(this::stop, "log-end");
    private int queuedBytes;
    private long dropped;
    private long droppedAndNotSaid;
    private boolean writing;

    /** @param output unbuffered; it may block */
    LogOutput(LogLine encoder, OutputStream output) {
        this.encoder = encoder;
        this.output = output;
    }

    /** How many lines were dropped so far. */
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

    /** Waits until all is written, but not long: perhaps nobody reads it. */
    @Override
    public void stop() {
        super.stop();
        synchronized (this) {
            notifyAll();
        }
        try {
            writer.join(LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (Thread.currentThread() != atTheEnd) {
            Runtime.getRuntime().removeShutdownHook(atTheEnd);
        }
    }

    /** Waits until what was logged is written, a second at most. */
    synchronized void flush() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LAST_WORDS_MILLIS);
        long left = LAST_WORDS_MILLIS;
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
            // The writer is to look at the end of the second.
            notifyAll();
        }
        return admitted;
    }

    /** Once there was no room there is none before all is written: so there is one place where lines are missing. */
    private synchronized void offer(byte[] line) {
        if (droppedAndNotSaid > 0 || queuedBytes + line.length > MAX_BYTES) {
            dropped++;
            droppedAndNotSaid++;
            return;
        }
        queue.add(line);
        queuedBytes += line.length;
        notifyAll();
    }

    /** There is nowhere to say it: a pipe whose reader has gone, a disk that is full. */
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

    /** What is to be written next, as soon as there is anything; empty: nothing any more. */
    private synchronized Optional<byte[]> next() throws InterruptedException {
        writing = false;
        while (true) {
            byte[] line = takeOrSayWhatIsMissing();
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
            // 0 is without end.
            wait(limit.millisUntilDue(System.nanoTime()));
        }
    }

    /** Empty: there is nothing. */
    private byte[] takeOrSayWhatIsMissing() {
        byte[] line = queue.poll();
        if (line != null) {
            queuedBytes -= line.length;
            return line;
        }
        if (droppedAndNotSaid == 0) {
            return new byte[0];
        }
        long missing = droppedAndNotSaid;
        droppedAndNotSaid = 0;
        return encoder.encode(
                LogLimit.warning(getClass(), "the log was not read in time: " + missing + " lines are missing here"));
    }
}
