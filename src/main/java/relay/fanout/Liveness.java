package relay.fanout;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import relay.outbound.Connection;
import relay.outbound.SendQueue;

/**
 * Whether connected clients are still there. The owning worker only.
 *
 * <p>A client is pinged when nothing has come from it for an interval, and is gone if it leaves two pings unanswered for a
 * whole interval each. What counts is the pings, not the time of silence: this relay may have been stopped meanwhile. An
 * event stream cannot answer: what counts there is that the socket took what was sent. That counts as well of a client that catches
 * up when it is slow, for its answers wait until it has read what comes before the pings: it is gone if its socket takes nothing at
 * all for three intervals.
 */
final class Liveness {
    /** An answer may be lost in a pause of the network; two are not. */
    private static final int MOST_UNANSWERED = 2;

    /** The worker looks at its timers at least once a second: if it comes so much too late, it was stopped. */
    private static final long SLACK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Timers timers;
    private final long interval;

    /** When the worker last looked at its timers. */
    private long attended;

    /** When the worker last found that it had not run for an interval: no answer could come in then. */
    private long awakeSince;

    /** What to do about a connection. */
    enum Verdict {
        /** Nothing, until the subscriber is looked at again. */
        THERE,
        /** Ping it; that counts as done. */
        PING,
        /** End it. */
        GONE
    }

    Liveness(Timers timers, Duration interval) {
        this.timers = timers;
        this.interval = interval.toNanos();
        this.attended = timers.now();
        this.awakeSince = attended;
    }

    /** The worker looks at its timers now. */
    void attend() {
        long now = timers.now();
        if (now - attended > interval + SLACK_NANOS) {
            awakeSince = now;
        }
        attended = now;
    }

    Verdict check(Subscriber subscriber, SendQueue queue) {
        Connection connection = queue.connection();
        long now = timers.now();
        if (subscriber.progress != null) {
            subscriber.progress.see(queue.taken(), now);
        }
        if (heard(subscriber, connection) >= subscriber.lastPing) {
            subscriber.unanswered = 0;
        }
        if (now < nextLook(subscriber, connection)) {
            return Verdict.THERE;
        }
        if (subscriber.unanswered == MOST_UNANSWERED) {
            return Verdict.GONE;
        }
        subscriber.unanswered++;
        subscriber.lastPing = now;
        return Verdict.PING;
    }

    /** When to look at the subscriber again. */
    long nextLook(Subscriber subscriber, Connection connection) {
        long since =
                subscriber.unanswered == 0 ? heard(subscriber, connection) : Math.max(subscriber.lastPing, awakeSince);
        return since + interval;
    }

    private long heard(Subscriber subscriber, Connection connection) {
        long heard = timers.since(connection.lastHeardNanos());
        SocketProgress progress = subscriber.progress;
        return progress == null ? heard : Math.max(heard, progress.seenNanos());
    }
}
