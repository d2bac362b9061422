package relay.websocket;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import relay.outbound.WriteListener;

/**
 * Ends a connection a moment after its close frame was written, when no answer to that is expected. Jetty would close the
 * socket at once, and with input that nobody has read the client would see a reset and not the close frame.
 *
 * @param ended called after that moment
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
