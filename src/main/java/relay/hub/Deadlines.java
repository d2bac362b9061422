package relay.hub;

import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;
import relay.client.Ticker;

/** When to look at which subscriber again: at most one moment for each. The owning worker only. */
final class Deadlines {
    private final Ticker ticker;

    /** Differences of the ticker's values order rightly as long as they span less than 292 years. */
    private final TreeSet<Subscriber> byDeadline = new TreeSet<>(Comparator.<Subscriber>comparingLong(s -> s.deadline)
            .thenComparingLong(s -> s.client.id().high())
            .thenComparingLong(s -> s.client.id().low()));

    private final long origin;

    Deadlines(Ticker ticker) {
        this.ticker = ticker;
        this.origin = ticker.nanos();
    }

    /** Nanoseconds since the worker began. */
    long now() {
        return ticker.nanos() - origin;
    }

    /** The same moment as {@link #now} counts it. */
    long since(long tickerNanos) {
        return tickerNanos - origin;
    }

    void set(Subscriber subscriber, long deadline) {
        byDeadline.remove(subscriber);
        subscriber.deadline = deadline;
        byDeadline.add(subscriber);
    }

    void clear(Subscriber subscriber) {
        byDeadline.remove(subscriber);
    }

    /** Nanoseconds until the next deadline, not above the bound. */
    long untilNext(long bound) {
        return byDeadline.isEmpty() ? bound : Math.min(bound, byDeadline.first().deadline - now());
    }

    /** Takes out a subscriber whose moment has come. */
    Optional<Subscriber> pollDue() {
        if (byDeadline.isEmpty() || byDeadline.first().deadline > now()) {
            return Optional.empty();
        }
        return Optional.ofNullable(byDeadline.pollFirst());
    }
}
