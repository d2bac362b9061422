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
 * Ends connections whose handshake takes too long, however busily they drip. It holds one entry for each handshake that is
 * under way, so as many at most as there are connections, and none for those that are through. For any thread.
 */
final class HandshakeLimit implements SslHandshakeListener {
    private final Map<SSLEngine, Begun> underWay = new ConcurrentHashMap<>();
    private final Duration limit;
    private final Ticker ticker;

    private record Begun(EndPoint endPoint, long nanos) {}

    HandshakeLimit(Duration limit, Ticker ticker) {
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

    /** Ends those that are over their time, and forgets those that have gone without a word. To be called now and then. */
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
