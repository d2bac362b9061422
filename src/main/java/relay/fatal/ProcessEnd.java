package relay.fatal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process, with status {@value #STATUS} and one line on the standard error, when a thread meets an {@link Error}
 * that nobody survives. For any thread; the first one ends it.
 *
 * <p>There may be no memory left, so what it needs is made beforehand; the log, which may wait for others, is not asked.
 */
public final class ProcessEnd implements Thread.UncaughtExceptionHandler {
    /** The exit status: another start may do better. */
    public static final int STATUS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(ProcessEnd.class);
    private static final int MOST_FRAMES = 8;

    /** How long the line may take: nobody may be reading the standard error. */
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(1);

    private final FileOutputStream errors = new FileOutputStream(FileDescriptor.err);
    private final byte[] shortLine =
            "relay: ended by an error that it cannot go on from, too short of memory to say which\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private final Thread impatience = new Thread(ProcessEnd::endLater, "end");

    @Override
    public void uncaughtException(Thread thread, Throwable cause) {
        if (cause instanceof Error || Fatal.is(cause)) {
            end(thread, cause);
        } else {
            LOG.error("a thread has ended: {}", thread.getName(), cause);
        }
    }

    /** Whoever comes second waits for the end. */
    private synchronized void end(Thread thread, Throwable cause) {
        try {
            impatience.setDaemon(true);
            impatience.start();
        } catch (Throwable e) {
            // No thread to be had: then the line alone decides, which nearly always goes out at once.
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
            // There is nobody to tell it to.
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
            Thread.sleep(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Runtime.getRuntime().halt(STATUS);
        }
    }
}
