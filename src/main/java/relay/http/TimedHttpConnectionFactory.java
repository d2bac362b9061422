package relay.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import relay.client.Ticker;

/**
 * Makes the HTTP/1 connections, and looks after the time that each has for a request's header and body. One task looks at
 * all of them; a connection that has become a WebSocket is no longer among them.
 */
public final class TimedHttpConnectionFactory extends HttpConnectionFactory {
    private static final long MOST_MILLIS_BETWEEN_CHECKS = 1000;
    private static final long LEAST_MILLIS_BETWEEN_CHECKS = 20;
    private static final int CHECKS_PER_TIMEOUT = 8;

    private final Ticker ticker;
    private final Scheduler scheduler;
    private final Duration headerTimeout;
    private final Duration bodyTimeout;
    private final Set<TimedHttpConnection> connections = ConcurrentHashMap.newKeySet();
    private Scheduler.@Nullable Task nextCheck;
    private boolean stopped;

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
        this.scheduler = scheduler;
        this.headerTimeout = headerTimeout;
        this.bodyTimeout = bodyTimeout;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return configure(
                new TimedHttpConnection(getHttpConfiguration(), connector, endPoint, this), connector, endPoint);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        scheduleCheck();
    }

    @Override
    protected void doStop() throws Exception {
        stopChecks();
        super.doStop();
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

    private void check() {
        long now = ticker.nanos();
        connections.forEach(connection -> connection.check(now));
        scheduleCheck();
    }

    private synchronized void scheduleCheck() {
        if (!stopped) {
            long shortest = Math.min(headerTimeout.toMillis(), bodyTimeout.toMillis());
            long between = Math.min(
                    MOST_MILLIS_BETWEEN_CHECKS, Math.max(LEAST_MILLIS_BETWEEN_CHECKS, shortest / CHECKS_PER_TIMEOUT));
            nextCheck = scheduler.schedule(this::check, between, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void stopChecks() {
        stopped = true;
        if (nextCheck != null) {
            nextCheck.cancel();
        }
    }
}
