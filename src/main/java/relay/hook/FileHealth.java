package relay.hook;

import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.Characters;

/** Whether the file of an outbox takes what is written, and when that is tried again. Any thread may ask; the file's thread says. */
final class FileHealth {
    private static final Logger LOG = LoggerFactory.getLogger(FileHealth.class);

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofMinutes(1);

    private final String name;

    /** Written by the file's thread, read by those who would wait for the file. */
    private volatile boolean works = true;

    private Duration retry = Duration.ZERO;
    private long retryNanos;

    FileHealth(String name) {
        this.name = name;
    }

    boolean works() {
        return works;
    }

    /** How long not to try again. */
    Duration rest(long now) {
        return works ? Duration.ZERO : Duration.ofNanos(Math.max(0, retryNanos - now));
    }

    /** Returns how long not to try again. */
    Duration failed(IOException cause, long now) {
        if (works) {
            LOG.error(
                    "{} takes nothing ({}): the events for --hook are in memory only, until there is room, or the disk works"
                            + " again",
                    name,
                    Characters.oneLine(cause));
            works = false;
        }
        retry = retry.isZero() ? FIRST_RETRY : retry.multipliedBy(2);
        retry = retry.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : retry;
        retryNanos = now + retry.toNanos();
        return retry;
    }

    /** All is written. */
    void succeeded() {
        retry = Duration.ZERO;
        if (!works) {
            works = true;
            LOG.info("{} takes events again: all that wait are in it", name);
        }
    }
}
