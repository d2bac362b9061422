package relay.net;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import relay.schedule.Periodic;
import relay.schedule.Ticker;

/**
 * Makes the HTTP/1 connections, and looks after the time that each has for a request's header and body, and until the
 * next request. One task looks at
 * all of them; a connection that has become a WebSocket is no longer among them.
 */
public final class TimedHttpConnectionFactory extends HttpConnectionFactory {
    /** Of the connections that wait for a request, the part that makes room at a time. */
    private static final int PART_THAT_MAKES_ROOM = 4;

    /** A connection that had its last request a shorter time ago is in use. */
    private static final Duration IN_USE = Duration.ofSeconds(1);

    private final Ticker ticker;
    private final HttpTimes times;
    private final Set<TimedHttpConnection> connections = ConcurrentHashMap.newKeySet();

    /** A connection that waits for its next request, and how long it would. */
    private record Idle(TimedHttpConnection connection, long nanosLeft) {}

    /** There are as many sockets as there may be. Volatile: written by those that accept and close, read by the check. */
    private volatile boolean full;

    /** When a request was under way last; only for the thread that stops the relay. */
    private long busyNanos;

    /**
     * Makes a factory for one connector.
     *
     * @param scheduler runs the checks; to be running before the connector is
     * @param times for all of its connections
     */
    public TimedHttpConnectionFactory(HttpConfiguration http, Ticker ticker, Scheduler scheduler, HttpTimes times) {
        super(http);
        this.ticker = ticker;
        this.times = times;
        addBean(new Periodic(scheduler, times.betweenChecks(), this::check));
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return configure(
                new TimedHttpConnection(getHttpConfiguration(), connector, endPoint, this), connector, endPoint);
    }

    /** What each connection is given. */
    public HttpTimes times() {
        return times;
    }

    long headerDueNanos() {
        return ticker.nanos() + times.header().toNanos();
    }

    long bodyDueNanos() {
        return ticker.nanos() + times.body().toNanos();
    }

    long requestDueNanos() {
        return ticker.nanos() + times.idle().toNanos();
    }

    /**
     * While there can be no more sockets, those connections are closed that have waited the longest for their next request, a
     * part of them at a time. For any thread.
     */
    public void makeRoom(boolean isFull) {
        full = isFull;
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
        if (full) {
            closeLongestIdle(now);
        }
    }

    private void closeLongestIdle(long now) {
        long most = times.idle().minus(IN_USE).toNanos();
        List<Idle> idle = connections.stream()
                .filter(TimedHttpConnection::awaitsRequest)
                .map(connection -> new Idle(connection, connection.nanosLeft(now)))
                .filter(one -> one.nanosLeft() <= most)
                .sorted(Comparator.comparingLong(Idle::nanosLeft))
                .toList();
        int count = (idle.size() + PART_THAT_MAKES_ROOM - 1) / PART_THAT_MAKES_ROOM;
        idle.subList(0, count).forEach(one -> one.connection().endIdle());
    }
}
