package relay;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.NetworkConnector;
import relay.hub.Admission;
import relay.hub.Hub;
import relay.net.TimedHttpConnectionFactory;

/**
 * How a relay leaves: it refuses new clients, sends what is queued, closes the clients' connections, and answers the requests
 * in progress. For one thread.
 *
 * <p>A relay alone accepts no more messages from the start of that, because the clients it disconnects have nowhere else to go.
 * So every message that it has accepted reaches every client that was connected, and there is no reason to spread the closing.
 * Where other relays share its engine, they have the messages that are published here, and take over the clients: these are
 * closed one after the other over the drain time, so that they arrive one after the other.
 */
record Drain(Hub hub, Admission admission, TimedHttpConnectionFactory http, NetworkConnector connector) {
    private static final long POLL_MILLIS = 20;

    /** The part of the time that the last connections have for the closing handshake. */
    private static final Duration CLOSING_TIME = Duration.ofSeconds(2);

    /** How long no request has to have been in progress before the connections of publishers are closed. */
    private static final Duration QUIET_TIME = Duration.ofMillis(200);

    /** For the requests in progress, even if the time is up. */
    private static final Duration LEAST_ANSWER_TIME = Duration.ofSeconds(1);

    /** Does all that, once. What is not done within the time is given up. */
    void within(Duration time) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        hub.refuseNewcomers();
        http.endEachConnectionAfterItsAnswer();
        if (hub.isShared()) {
            Duration spread = time.minus(CLOSING_TIME);
            hub.goAway(spread.isNegative() ? Duration.ZERO : spread);
        } else {
            hub.refuseMessages();
            awaitUntil(deadline, hub::holdsNoMessages);
            hub.goAway(Duration.ZERO);
        }
        awaitUntil(deadline, () -> admission.open() == 0);
        Future<Void> allGone = connector.shutdown();
        hub.refuseMessages();
        awaitUntil(
                Math.max(deadline, System.nanoTime() + LEAST_ANSWER_TIME.toNanos()),
                () -> allGone.isDone() || http.isQuietFor(QUIET_TIME));
    }

    private static void awaitUntil(long deadlineNanos, BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean() && deadlineNanos - System.nanoTime() > 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }
}
