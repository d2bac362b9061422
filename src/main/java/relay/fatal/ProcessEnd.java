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

    /** How long writing the line may take, since perhaps nobody reads the standard error. */
    private static final long TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(1);

    private final FileOutputStream errors = new FileOutputStream(FileDescriptor.err);
    private final byte[] shortLine =
            "relay: ended by an error that it cannot go on from, too short of memory to say which\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private final Thread timeout = new Thread(ProcessEnd::endLater, "end");

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
            timeout.setDaemon(true);
            timeout.start();
        } catch (Throwable e) {
            // No thread can be started. The line alone remains, and is nearly always written at once.
        }
        try {
            errors.write(line(thread, cause));
        } catch (Throwable e) {
            writeShortLine();
        } finally {
            Runtime.getRuntime().halt(STATUS);
        }
    }

    private void writeShortLine() {
        try {
            errors.write(shortLine);
        } catch (IOException e) {
            // It cannot be reported anywhere.
        }
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
            Thread.sleep(TIMEOUT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Runtime.getRuntime().halt(STATUS);
        }
    }
}
