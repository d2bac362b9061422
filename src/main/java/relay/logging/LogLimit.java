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
 * One line a second of each kind, so that clients, who cause most of what there is to log, cannot fill the log: the first
 * one as it is, and then how many were left out. A kind is what one statement in the code logs. Whoever asks for
 * {@code debug} gets all of it. It is guarded by its owner.
 */
final class LogLimit {
    /** Some code puts what it knows into the text: beyond so many kinds at a time all others are one. */
    static final int MOST_KINDS = 200;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Kind OTHERS = new Kind(LogLimit.class.getName(), Level.WARN, "lines of many kinds");

    /** The oldest first, since one that is looked at is put last. */
    private final Map<Kind, Second> kinds = new LinkedHashMap<>();

    private record Kind(String logger, Level level, String text) {}

    /** What became of a kind's lines since a moment. */
    private static final class Second {
        private final long beganNanos;
        private int leftOut;

        Second(long beganNanos) {
            this.beganNanos = beganNanos;
        }
    }

    /** Whether this one is to be logged. */
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

    /** How long until somebody should ask for {@link #leftOut}; 0: until there is something else to log. */
    long millisUntilDue(long now) {
        return isAtRest()
                ? 0
                : Math.max(1, 1 + TimeUnit.NANOSECONDS.toMillis(SECOND_NANOS - (now - oldest().beganNanos)));
    }

    /**
     * Says of one kind whose second is over what was left out, and forgets those of which nothing was.
     *
     * @param early also if the second is not over
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

    /** A line of the log's own. */
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
