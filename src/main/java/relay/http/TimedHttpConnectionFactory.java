package relay.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import relay.client.Ticker;
import relay.schedule.Periodic;

/**
 * Makes the HTTP/1 connections, and looks after the time that each has for a request's header and body. One task looks at
 * all of them; a connection that has become a WebSocket is no longer among them.
 */
public final class TimedHttpConnectionFactory extends HttpConnectionFactory {
    private static final long MOST_MILLIS_BETWEEN_CHECKS = 1000;
    private static final long LEAST_MILLIS_BETWEEN_CHECKS = 20;
    private static final int CHECKS_PER_TIMEOUT = 8;

    private final Ticker ticker;
    private final Duration headerTimeout;
    private final Duration bodyTimeout;
    private final Set<TimedHttpConnection> connections = ConcurrentHashMap.newKeySet();

    /** When a request was under way last; only for the thread that stops the relay. */
    private long busyNanos;

    /**
     * Makes a factory for one connector.
     *
     * @param scheduler runs the checks; to be running before the connector is
     * @param headerTimeout from the first byte of a request's header to its last
     * @param bodyTimeout for the whole body; for one that is read line by line, from the end of a line to the end of the
     *     next
     */
    public TimedHttpConnectionFactory(
            HttpConfiguration http, Ticker ticker, Scheduler scheduler, Duration headerTimeout, Duration bodyTimeout) {
        super(http);
        this.ticker = ticker;
        this.headerTimeout = headerTimeout;
        this.bodyTimeout = bodyTimeout;
        Duration shortest = headerTimeout.compareTo(bodyTimeout) < 0 ? headerTimeout : bodyTimeout;
        addBean(new Periodic(scheduler, betweenChecks(shortest), this::check));
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return configure(
                new TimedHttpConnection(getHttpConfiguration(), connector, endPoint, this), connector, endPoint);
    }

    long headerDueNanos() {
        return ticker.nanos() + headerTimeout.toNanos();
    }

    long bodyDueNanos() {
        return ticker.nanos() + bodyTimeout.toNanos();
    }

    void opened(TimedHttpConnection connection) {
        connections.add(connection);
    }

    void closed(TimedHttpConnection connection) {
        connections.remove(connection);
    }

    /** From now on each connection has one more answer, which says that it is the last (RFC 9112 §9.6). */
    public void endEachConnectionAfterItsAnswer() {
        getHttpConfiguration().setPersistentConnectionsEnabled(false);
        busyNanos = System.nanoTime();
    }

    /**
     * Whether nobody is to be answered: no request has been under way for so long. Bodies that are still to come are awaited
     * no more. To be asked again and again by the one thread that stops the relay.
     */
    public boolean isQuietFor(Duration time) {
        connections.forEach(TimedHttpConnection::endBody);
        if (connections.stream().anyMatch(TimedHttpConnection::isBusy)) {
            busyNanos = System.nanoTime();
        }
        return System.nanoTime() - busyNanos >= time.toNanos();
    }

    private void check() {
        long now = ticker.nanos();
        connections.forEach(connection -> connection.check(now));
    }

    private static Duration betweenChecks(Duration shortest) {
        long millis = shortest.toMillis() / CHECKS_PER_TIMEOUT;
        return Duration.ofMillis(Math.min(MOST_MILLIS_BETWEEN_CHECKS, Math.max(LEAST_MILLIS_BETWEEN_CHECKS, millis)));
    }
}
