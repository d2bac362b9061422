package relay.net;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import relay.schedule.Periodic;
import relay.schedule.Ticker;

/**
 * Makes the HTTP/1 connections of one connector, and looks which of their clients are late. One task of the scheduler looks at
 * all of them. A connection that has become a WebSocket or a stream is no longer among them. For any thread, unless a method
 * says otherwise.
 */
public final class TimedHttpConnectionFactory extends HttpConnectionFactory implements ConnectionFactory.Configuring {
    /** Of the connections that wait for a request, the part that makes room at a time. */
    private static final int PART_THAT_MAKES_ROOM = 4;

    /** A connection that had its last request a shorter time ago is in use. */
    private static final Duration IN_USE = Duration.ofSeconds(1);

    private final Ticker ticker;
    private final HttpTimeouts times;
    private final Set<Watched> connections = ConcurrentHashMap.newKeySet();

    /** When a request was being handled last; only for the thread that stops the relay. */
    private long busyNanos;

    /** A connection whose client may be late. */
    interface Watched extends Connection {
        /** Ends the wait, or the connection, if the client is late. To be called now and then. */
        void check(long nowNanos);
    }

    /** A connection that waits for its next request, and how much longer it may. */
    private record Idle(TimedHttpConnection connection, long nanosLeft) {}

    /** Makes a factory for one connector, whose scheduler runs the checks. */
    public TimedHttpConnectionFactory(HttpConfiguration http, Ticker ticker, HttpTimeouts times) {
        super(http);
        this.ticker = ticker;
        this.times = times;
        addEventListener(new Connection.Listener() {
            @Override
            public void onOpened(Connection connection) {
                connections.add((Watched) connection);
            }

            @Override
            public void onClosed(Connection connection) {
                connections.remove((Watched) connection);
            }
        });
    }

    @Override
    public void configure(Connector connector) {
        addBean(new Periodic(
                connector.getScheduler(), times.betweenChecks(), () -> check((AbstractConnector) connector)));
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        InputDeadline deadline = new InputDeadline(times, ticker);
        return configure(
                new TimedHttpConnection(getHttpConfiguration(), connector, endPoint, this, deadline),
                connector,
                endPoint);
    }

    Connection newLingeringConnection(Connector connector, EndPoint endPoint) {
        return configure(new LingeringConnection(connector, endPoint, bodyDueNanos()), connector, endPoint);
    }

    /** What each connection is given. */
    public HttpTimeouts times() {
        return times;
    }

    long bodyDueNanos() {
        return ticker.nanos() + times.body().toNanos();
    }

    /** From now on each connection has one more answer, which says that it is the last (RFC 9112 §9.6). */
    public void endEachConnectionAfterItsAnswer() {
        getHttpConfiguration().setPersistentConnectionsEnabled(false);
        busyNanos = System.nanoTime();
    }

    /**
     * Whether no request has been handled for so long. Bodies that are still to come are no longer awaited. To be asked again
     * and again by the one thread that stops the relay.
     */
    public boolean isQuietFor(Duration time) {
        http().forEach(TimedHttpConnection::endBody);
        if (http().anyMatch(TimedHttpConnection::isBusy)) {
            busyNanos = System.nanoTime();
        }
        return System.nanoTime() - busyNanos >= time.toNanos();
    }

    private void check(AbstractConnector connector) {
        long now = ticker.nanos();
        connections.forEach(connection -> connection.check(now));
        // A socket that was closed just before its connection was replaced does not tell the new one.
        connections.removeIf(connection -> !connection.getEndPoint().isOpen());
        if (!connector.isAccepting()) {
            closeLongestIdle(now);
        }
    }

    /** There are as many sockets as there may be: part of the connections that wait for their next request make room. */
    private void closeLongestIdle(long now) {
        long most = times.idle().minus(IN_USE).toNanos();
        List<Idle> idle = http().filter(TimedHttpConnection::isIdle)
                .map(connection -> new Idle(connection, connection.nanosLeft(now)))
                .filter(one -> one.nanosLeft() <= most)
                .sorted(Comparator.comparingLong(Idle::nanosLeft))
                .toList();
        int count = (idle.size() + PART_THAT_MAKES_ROOM - 1) / PART_THAT_MAKES_ROOM;
        idle.subList(0, count).forEach(one -> one.connection().endIdle());
    }

    private Stream<TimedHttpConnection> http() {
        return connections.stream()
                .filter(TimedHttpConnection.class::isInstance)
                .map(TimedHttpConnection.class::cast);
    }
}
