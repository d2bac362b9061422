package relay.fanout;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import relay.outbound.Connection;

/**
 * Whether those whom a worker serves are still there. That worker only.
 *
 * <p>One is asked for a sign of life after an interval without any, and is gone if it was asked twice and had a whole interval
 * each time: what counts is what was asked, not how long it was silent, since this relay may have been stopped meanwhile. Of
 * an event stream it is a sign of life that the wire took what it was sent.
 */
final class Liveness {
    /** An answer may be lost with a pause of the network; two are not. */
    private static final int ASKS = 2;

    /** The worker looks at timers at least once a second: if it comes so much too late, it was stopped. */
    private static final long SLACK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Timers timers;
    private final long interval;

    /** When the worker looked at the timers last. */
    private long attended;

    /** When it last found that it had not run for an interval: nobody could be heard then. */
    private long awakeSince;

    /** What to do about a connection. */
    enum Verdict {
        /** Nothing until the subscriber is looked at again. */
        THERE,
        /** To send a ping; that counts as sent. */
        TO_BE_ASKED,
        /** To end it. */
        GONE
    }

    Liveness(Timers timers, Duration interval) {
        this.timers = timers;
        this.interval = interval.toNanos();
        this.attended = timers.now();
        this.awakeSince = attended;
    }

    /** The worker looks at timers now. */
    void attend() {
        long now = timers.now();
        if (now - attended > interval + SLACK_NANOS) {
            awakeSince = now;
        }
        attended = now;
    }

    /** A connection serves the subscriber from now on. */
    void begin(Subscriber subscriber) {
        subscriber.unanswered = 0;
    }

    Verdict check(Subscriber subscriber, Connection connection) {
        long now = timers.now();
        if (heard(connection) >= subscriber.askedForLife) {
            subscriber.unanswered = 0;
        }
        if (now < nextLook(subscriber, connection)) {
            return Verdict.THERE;
        }
        if (subscriber.unanswered == ASKS) {
            return Verdict.GONE;
        }
        subscriber.unanswered++;
        subscriber.askedForLife = now;
        return Verdict.TO_BE_ASKED;
    }

    /** When to look at the subscriber again. */
    long nextLook(Subscriber subscriber, Connection connection) {
        long since = subscriber.unanswered == 0 ? heard(connection) : Math.max(subscriber.askedForLife, awakeSince);
        return since + interval;
    }

    private long heard(Connection connection) {
        return timers.since(connection.lastHeardNanos());
    }
}
