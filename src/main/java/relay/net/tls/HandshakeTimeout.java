package relay.net.tls;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import relay.schedule.Ticker;

/**
 * Closes connections whose handshake takes too long, even if the client keeps sending a byte now and then. It holds one entry
 * for each handshake under way, so never more than there are connections. For any thread.
 */
final class HandshakeTimeout implements SslHandshakeListener {
    private final Map<SSLEngine, Begun> underWay = new ConcurrentHashMap<>();
    private final Duration limit;
    private final Ticker ticker;

    private record Begun(EndPoint endPoint, long nanos) {}

    HandshakeTimeout(Duration limit, Ticker ticker) {
        this.limit = limit;
        this.ticker = ticker;
    }

    void begins(SSLEngine engine, EndPoint endPoint) {
        underWay.put(engine, new Begun(endPoint, ticker.nanos()));
    }

    @Override
    public void handshakeSucceeded(Event event) {
        underWay.remove(event.getSSLEngine());
    }

    @Override
    public void handshakeFailed(Event event, Throwable failure) {
        underWay.remove(event.getSSLEngine());
    }

    /** Closes those that are late, and forgets those that are already closed. To be called now and then. */
    void sweep() {
        long now = ticker.nanos();
        underWay.values().removeIf(handshake -> {
            boolean late = now - handshake.nanos() >= limit.toNanos();
            if (late) {
                handshake.endPoint().close(new TimeoutException("the TLS handshake took longer than " + limit));
            }
            return late || !handshake.endPoint().isOpen();
        });
    }

    int underWay() {
        return underWay.size();
    }
}
