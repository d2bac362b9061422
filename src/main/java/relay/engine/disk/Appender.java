package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes the buffer to the log, waits for the disk, and says what became of it. For the writer's thread. */
final class Appender {
    private static final int PROBE_BYTES = 64 << 10;

    private final SegmentLog log;
    private final StateWriter states;
    private final RecordBuffer buffer;
    private final Retention retention;
    private final Health health;
    private final DiskFigures.Gauges gauges;
    private final boolean syncs;

    /** Whether something is written that the disk may not have yet. */
    private boolean isUnsynced;

    /** What became of a buffer. */
    enum Written {
        DONE,
        /** It failed, and nothing of it is there. */
        NOTHING_LEFT,
        /** It failed, and perhaps some of it is there. */
        UNKNOWN
    }

    /** @param syncs whether an answer waits for the disk */
    Appender(Opening opening, Health health, DiskFigures.Gauges gauges, boolean syncs) {
        this.log = opening.log();
        this.states = opening.states();
        this.buffer = opening.buffer();
        this.retention = opening.retention();
        this.health = health;
        this.gauges = gauges;
        this.syncs = syncs;
    }

    /** Begins a new segment if that is due; false if that failed. */
    boolean begin(long lastSequence, long now) {
        if (!retention.isRollDue(log.current(), now)) {
            return true;
        }
        if (syncs && !sync()) {
            return false;
        }
        try {
            log.roll(lastSequence, now);
            return true;
        } catch (IOException e) {
            health.takesNothing(e);
            return false;
        }
    }

    /** Where in the log the buffer goes. */
    long location() {
        Segment current = log.current();
        return current == null ? 0 : current.end();
    }

    /**
     * Writes the buffer, and waits for the disk if somebody waits for that.
     *
     * @param messages how many messages it has
     * @param lastSequence of the newest of them
     */
    Written write(int messages, long lastSequence, boolean waits, long now) {
        if (!buffer.isEmpty()) {
            try {
                log.append(buffer.toWrite());
            } catch (IOException e) {
                return notWritten(e);
            }
            isUnsynced = true;
        }
        if (syncs && waits && !sync()) {
            return Written.UNKNOWN;
        }
        states.written();
        if (messages > 0) {
            log.appended(messages, lastSequence, log.timeOfNext(now));
            retention.stored(lastSequence, now);
            gauges.stored(messages);
        }
        return Written.DONE;
    }

    private Written notWritten(IOException cause) {
        states.forgetEncoded();
        try {
            log.cutBack();
        } catch (IOException e) {
            health.failed("cutting off what was written in part", e);
            return Written.UNKNOWN;
        }
        health.takesNothing(cause);
        return Written.NOTHING_LEFT;
    }

    /** Waits for the disk; if that fails, all is over. */
    boolean sync() {
        if (!isUnsynced) {
            return true;
        }
        long begun = System.nanoTime();
        try {
            log.force();
        } catch (IOException e) {
            health.failed("a sync (fdatasync)", e);
            return false;
        }
        gauges.synced(System.nanoTime() - begun);
        isUnsynced = false;
        return true;
    }

    /** Tries whether the disk takes something again. */
    boolean heals() {
        try {
            log.probe(ByteBuffer.allocateDirect(PROBE_BYTES));
        } catch (IOException e) {
            return false;
        }
        health.takesAgain();
        return true;
    }
}
