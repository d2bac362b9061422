package relay.fatal;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;

/**
 * Reports fatal errors that are logged: in places that cannot be wrapped, Jetty, Netty and Lettuce catch an error, log it and
 * go on.
 */
public final class LoggedErrors extends UnsynchronizedAppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
        if (event.getThrowableProxy() instanceof ThrowableProxy logged) {
            Fatal.report(logged.getThrowable());
        }
    }
}
