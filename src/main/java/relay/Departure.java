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
 * A relay leaves: it refuses whoever is new, sends what waits, closes the clients' connections, and answers the requests
 * under way.
 *
 * <p>A relay on its own takes in no messages from the beginning on, for those that it has closed have nowhere else to go.
 * So what it has answered reaches everybody who was connected, and closing them one after the other would help nobody.
 * Where others share its engine, they have what is published here, and take the clients over: those are closed one after
 * the other over the time, so that they come so. For one thread.
 */
record Departure(Hub hub, Admission admission, TimedHttpConnectionFactory http, NetworkConnector connector) {
    private static final long POLL_MILLIS = 20;

    /** What is left of the time for the last connections to finish the closing handshake. */
    private static final Duration CLOSING_TIME = Duration.ofSeconds(2);

    /** How long no request may have been under way before the connections of those who publish are closed. */
    private static final Duration QUIET_TIME = Duration.ofMillis(200);

    /** For the requests under way, even where the time is up. */
    private static final Duration LEAST_ANSWER_TIME = Duration.ofSeconds(1);

    /** Does all that; to be called once. What is not done within the time is given up. */
    void leaveWithin(Duration time) throws InterruptedException {
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
