package relay.logging;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.Logger;

/**
 * What is logged, and where to: the relay's own news and the warnings of others, to the standard output. Whoever wants it
 * otherwise names a file of Logback's with {@code -Dlogback.configurationFile}. Used once, by one thread.
 *
 * <p>Not a {@code logback.xml}: to read one takes a sixth of the time in which the relay starts.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
    @Override
    public ExecutionStatus configure(LoggerContext log) {
        if (System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        LogLine line = new LogLine();
        line.start();
        ConsoleAppender<ILoggingEvent> output = new ConsoleAppender<>();
        output.setContext(log);
        output.setName("stdout");
        output.setEncoder(line);
        output.start();
        log.getLogger("relay").setLevel(Level.INFO);
        // They warn of what clients send.
        log.getLogger("org.eclipse.jetty.http.HttpParser").setLevel(Level.ERROR);
        log.getLogger("org.eclipse.jetty.util.HostPort").setLevel(Level.ERROR);
        // It warns with every attempt of what the engine says once.
        log.getLogger("io.lettuce.core.cluster.topology").setLevel(Level.ERROR);
        ch.qos.logback.classic.Logger all = log.getLogger(Logger.ROOT_LOGGER_NAME);
        all.setLevel(Level.WARN);
        all.addAppender(output);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
