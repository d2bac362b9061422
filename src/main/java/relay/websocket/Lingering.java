package relay.websocket;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import relay.outbound.WriteListener;

/**
 * Ends a connection a moment after a close frame that expects no answer has gone out. After a protocol error Jetty would
 * close the socket as soon as the frame is out, and input that nobody has read makes that a reset.
 *
 * @param ended what is to happen after that moment
 */
record Lingering(EndPoint endPoint, Scheduler scheduler, Callback ended) implements WriteListener {
    private static final long MILLIS = 500;

    @Override
    public void written() {
        endPoint.shutdownOutput();
        scheduler.schedule(ended::succeeded, MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void failed(Throwable cause) {
        ended.failed(cause);
    }
}
