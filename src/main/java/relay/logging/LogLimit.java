package relay.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Limits the log to one line of each kind a second, so that clients, who cause most of the lines, cannot fill it: the first
 * line as it is, and later how many were left out. A kind is what one statement in the code logs. Lines of {@code debug} are
 * not limited. Guarded by its owner's lock.
 */
final class LogLimit {
    /** With more kinds at a time than this, all others count as one: some code puts values into the text itself. */
    static final int MOST_KINDS = 200;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Kind OTHERS = new Kind(LogLimit.class.getName(), Level.WARN, "lines of many kinds");

    /** The oldest first: a kind is put last when its second begins again. */
    private final Map<Kind, Second> kinds = new LinkedHashMap<>();

    private record Kind(String logger, Level level, String text) {}

    /** The lines of a kind since a moment. */
    private static final class Second {
        private final long beganNanos;
        private int leftOut;

        Second(long beganNanos) {
            this.beganNanos = beganNanos;
        }
    }

    /** Whether this event is to be logged. */
    boolean admits(ILoggingEvent event, long now) {
        if (!event.getLevel().isGreaterOrEqual(Level.INFO)) {
            return true;
        }
        Kind kind = new Kind(event.getLoggerName(), event.getLevel(), String.valueOf(event.getMessage()));
        if (!kinds.containsKey(kind) && kinds.size() >= MOST_KINDS) {
            kind = OTHERS;
        }
        Second second = kinds.get(kind);
        if (second == null) {
            kinds.put(kind, new Second(now));
            return true;
        }
        second.leftOut++;
        return false;
    }

    /** Whether nothing is remembered. */
    boolean isAtRest() {
        return kinds.isEmpty();
    }

    /** How long until {@link #leftOut} has something to report; 0: not before another line is logged. */
    long millisUntilDue(long now) {
        return isAtRest()
                ? 0
                : Math.max(1, 1 + TimeUnit.NANOSECONDS.toMillis(SECOND_NANOS - (now - oldest().beganNanos)));
    }

    /**
     * Returns a line about what was left out of one kind whose second is over, and forgets the kinds of which nothing was.
     *
     * @param early also if its second is not over
     */
    Optional<ILoggingEvent> leftOut(long now, boolean early) {
        while (!isAtRest() && (early || now - oldest().beganNanos >= SECOND_NANOS)) {
            Iterator<Map.Entry<Kind, Second>> entries = kinds.entrySet().iterator();
            Map.Entry<Kind, Second> due = entries.next();
            Kind kind = due.getKey();
            Second second = due.getValue();
            entries.remove();
            if (second.leftOut > 0) {
                kinds.put(kind, new Second(now));
                long seconds = Math.max(1, (now - second.beganNanos) / SECOND_NANOS);
                return Optional.of(event(
                        kind,
                        "and " + second.leftOut + " more in " + seconds + " s: "
                                + kind.text().replace("{}", "…")));
            }
        }
        return Optional.empty();
    }

    /** A warning of the log itself. */
    static ILoggingEvent warning(Class<?> logger, String text) {
        return event(new Kind(logger.getName(), Level.WARN, text), text);
    }

    private Second oldest() {
        return kinds.values().iterator().next();
    }

    private static ILoggingEvent event(Kind kind, String text) {
        LoggingEvent event = new LoggingEvent();
        event.setLoggerName(kind.logger());
        event.setLevel(kind.level());
        event.setMessage(text);
        event.setInstant(Instant.now());
        return event;
    }
}
