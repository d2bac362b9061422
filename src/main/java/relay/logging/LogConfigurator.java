package relay.logging;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configures Logback: the relay's own messages from {@code info} on, and those of libraries from {@code warn} on, to the
 * standard output. {@code -Dlogback.configurationFile} replaces it by a file of Logback's. Used once, by one thread, except
 * for the static methods.
 *
 * <p>It is not a {@code logback.xml}, because reading one would take a sixth of the relay's start time.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
    private static final String OUTPUT = "stdout";

    /** How many lines were dropped because nobody read the log in time. For any thread. */
    public static long droppedLines() {
        return output().map(LogOutput::dropped).orElse(0L);
    }

    /** Waits until what was logged is written, for a second at most; to be called before the process ends. For any thread. */
    public static void flush() {
        output().ifPresent(LogOutput::flush);
    }

    private static Optional<LogOutput> output() {
        return LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof ch.qos.logback.classic.Logger root
                        && root.getAppender(OUTPUT) instanceof LogOutput output
                ? Optional.of(output)
                : Optional.empty();
    }

    @Override
    public ExecutionStatus configure(LoggerContext log) {
        if (System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        LogLine line = new LogLine();
        line.start();
        LogOutput output = new LogOutput(line, new FileOutputStream(FileDescriptor.out));
        output.setContext(log);
        output.setName(OUTPUT);
        output.start();
        log.getLogger("relay").setLevel(Level.INFO);
        // These warn about what clients send.
        log.getLogger("org.eclipse.jetty.http.HttpParser").setLevel(Level.ERROR);
        log.getLogger("org.eclipse.jetty.util.HostPort").setLevel(Level.ERROR);
        ch.qos.logback.classic.Logger all = log.getLogger(Logger.ROOT_LOGGER_NAME);
        all.setLevel(Level.WARN);
        all.addAppender(output);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
