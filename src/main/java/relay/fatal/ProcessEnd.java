package relay.fatal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process, with status {@value #STATUS} and one line on the standard error, when a thread meets a fatal
 * {@link Error}. For any thread; the first one ends it.
 *
 * <p>There may be no memory left, so what it needs is allocated beforehand. It does not use the log, which may block.
 */
public final class ProcessEnd implements Thread.UncaughtExceptionHandler {
    /** The exit status; a restart may help. */
    public static final int STATUS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(ProcessEnd.class);
    private static final int MOST_FRAMES = 8;

    /** How long making the line may take: with a full heap, the garbage collector may need all the time there is. */
    private static final long LINE_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(1);

    /** How long everything may take, since perhaps nobody reads the standard error. */
    private static final long END_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(2);

    private final FileOutputStream errors = new FileOutputStream(FileDescriptor.err);
    private final byte[] shortLine =
            "relay: ended by an error that it cannot go on from, too short of memory to say which\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private final Thread lineTimeout = daemon("end-line", this::writeShortLineLater);
    private final Thread endTimeout = daemon("end", ProcessEnd::endLater);

    /** Guarded by {@link #errors}. */
    private boolean isWritten;

    @Override
    public void uncaughtException(Thread thread, Throwable cause) {
        if (cause instanceof Error || Fatal.is(cause)) {
            end(thread, cause);
        } else {
            LOG.error("a thread has ended: {}", thread.getName(), cause);
        }
    }

    /** A second thread waits here for the end. */
    private synchronized void end(Thread thread, Throwable cause) {
        try {
            endTimeout.start();
            lineTimeout.start();
        } catch (Throwable e) {
            // No thread can be started. The line alone remains, and is nearly always written at once.
        }
        try {
            write(line(thread, cause));
        } catch (Throwable e) {
            write(shortLine);
        } finally {
            Runtime.getRuntime().halt(STATUS);
        }
    }

    /** Writes the line, unless one has been written. Returns when it is out. */
    private void write(byte[] line) {
        synchronized (errors) {
            if (isWritten) {
                return;
            }
            isWritten = true;
            try {
                errors.write(line);
            } catch (IOException e) {
                // It cannot be reported anywhere.
            }
        }
    }

    private void writeShortLineLater() {
        pause(LINE_TIMEOUT_MILLIS);
        write(shortLine);
    }

    private static byte[] line(Thread thread, Throwable cause) {
        StringBuilder line = new StringBuilder("relay: ended by an error in thread ")
                .append(thread.getName())
                .append(": ")
                .append(cause);
        StackTraceElement[] frames = cause.getStackTrace();
        for (int i = 0; i < Math.min(MOST_FRAMES, frames.length); i++) {
            line.append(" at ").append(frames[i]);
        }
        return (line.toString().replaceAll("\\s*\\R\\s*", " ") + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static void endLater() {
        try {
            pause(END_TIMEOUT_MILLIS);
        } finally {
            Runtime.getRuntime().halt(STATUS);
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
