package relay.engine.disk;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Receiver;

/**
 * What is done between groups, a little each time: says which messages are too old, and gives space back. Before the oldest segment is
 * deleted, what is only in there and lives on is written again. For the writer's thread.
 */
final class Housekeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeper.class);
    private static final int CARRIED_BYTES = 1 << 20;
    private static final long SECOND_MILLIS = 1000;
    private static final long DELETE_AGAIN_MILLIS = 60_000;

    private final SegmentLog log;
    private final LiveState live;
    private final StateWriter states;
    private final RecordBuffer buffer;
    private final Retention retention;
    private final Appender appender;
    private final Health health;
    private final Receiver receiver;

    private long trimmed;
    private long secondMillis;

    /** When a segment could not be deleted. */
    private long notDeletedMillis;

    Housekeeper(Opening opening, Appender appender, Health health, Receiver receiver) {
        this.log = opening.log();
        this.live = opening.live();
        this.states = opening.states();
        this.buffer = opening.buffer();
        this.retention = opening.retention();
        this.trimmed = opening.trimmed();
        this.appender = appender;
        this.health = health;
        this.receiver = receiver;
    }

    /** Does what is due. */
    void run(long lastSequence, long now) {
        if (isOver(secondMillis, now, SECOND_MILLIS)) {
            secondMillis = now;
            trim(retention.takeAged(now));
            if (health.works() && !log.isThere()) {
                health.failed("finding the newest file", new IOException("it is not there any more"));
            }
            Segment current = log.current();
            if (current != null && health.works() && retention.isRollByAgeDue(current, now)) {
                var unused = appender.begin(lastSequence, now);
            }
        }
        if (isMoreDue(now)) {
            makeRoom(lastSequence, now);
        }
    }

    /** Whether there is more to do at once. */
    boolean isMoreDue(long now) {
        Segment oldest = log.oldestClosed();
        return oldest != null
                && isOver(notDeletedMillis, now, DELETE_AGAIN_MILLIS)
                && retention.isDeletionDue(oldest, log, now)
                && (health.works() ? states.isClean() : !health.hasFailed() && live.holdsNothingBefore(oldest.end()));
    }

    private void makeRoom(long lastSequence, long now) {
        Segment oldest = log.oldestClosed();
        if (oldest == null || (health.works() && !appender.begin(lastSequence, now))) {
            return;
        }
        buffer.clear();
        if (!states.carry(oldest.end(), CARRIED_BYTES, lastSequence, now, appender.location())) {
            var unused = appender.write(0, lastSequence, false, now);
        } else if (appender.sync()) {
            // Now the disk has all that replaces what is in there.
            delete(oldest, now);
        }
    }

    private void delete(Segment oldest, long now) {
        // First, so that nobody takes what cannot be read any more for damaged.
        trim(oldest.lastSequence());
        try {
            log.deleteOldest();
        } catch (IOException e) {
            LOG.error("{} could not be deleted: it is tried again in a minute", oldest.name(), e);
            notDeletedMillis = now;
        }
    }

    private void trim(long through) {
        if (through > trimmed) {
            trimmed = through;
            receiver.trimmed(through);
        }
    }

    private static boolean isOver(long since, long now, long millis) {
        return Math.abs(now - since) >= millis;
    }
}
