package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.fatal.Fatal;
import relay.message.UnavailableException;

/**
 * The one thread that writes. It takes all that waits, gives the sequences, writes it at once, waits for the disk once, and only then
 * tells the receiver and all who wait; meanwhile the next group gathers.
 */
final class Writer implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    private static final int CARRIED_BYTES = 1 << 20;
    private static final int CURSORS_AT_A_TIME = 1000;
    private static final long CURSORS_EVERY_MILLIS = 100;
    private static final long SECOND_MILLIS = 1000;
    private static final long DELETE_AGAIN_MILLIS = 60_000;
    private static final int PROBE_BYTES = 64 << 10;

    /** What became of a buffer. */
    private enum Written {
        DONE,
        /** It failed, and nothing of it is there. */
        NOTHING_LEFT,
        /** It failed, and perhaps some of it is there. */
        UNKNOWN
    }

    private final Inbox inbox;
    private final SegmentLog log;
    private final LiveState live;
    private final StateWriter states;
    private final RecordBuffer buffer;
    private final Group group;
    private final Retention retention;
    private final Health health;
    private final Receiver receiver;
    private final InstantSource clock;
    private final DiskFigures.Gauges gauges;
    private final boolean syncs;

    /** What is being stored, from the first that has not been told on. */
    private List<Object> items = List.of();

    private int next;

    /** Whether something is written that the disk may not have yet. */
    private boolean isUnsynced;

    /** Whether something was written again that is in the oldest segment. */
    private boolean hasCarried;

    private long cursorsMillis;
    private long secondMillis;
    private long trimmed;

    /** When a segment could not be deleted. */
    private long notDeletedMillis;

    /** Set at its end, read after that. */
    private boolean endedWell;

    /** @param syncs whether an answer waits for the disk */
    Writer(
            Inbox inbox,
            Opening opening,
            Group group,
            Health health,
            Receiver receiver,
            InstantSource clock,
            DiskFigures.Gauges gauges,
            boolean syncs) {
        this.inbox = inbox;
        this.log = opening.log();
        this.live = opening.live();
        this.states = opening.states();
        this.buffer = opening.buffer();
        this.retention = opening.retention();
        this.trimmed = opening.trimmed();
        this.group = group;
        this.health = health;
        this.receiver = receiver;
        this.clock = clock;
        this.gauges = gauges;
        this.syncs = syncs;
    }

    @Override
    public void run() {
        List<Object> empty = new ArrayList<>();
        try {
            boolean last = false;
            while (!last) {
                last = inbox.isClosed();
                items = inbox.take(empty, waitMillis());
                next = 0;
                store(last);
                housekeep();
                empty = items;
                empty.clear();
            }
            endedWell = health.works() && states.isClean();
        } catch (InterruptedException e) {
            abandon(e);
        } catch (Throwable e) {
            LOG.error("the thread that writes to the disk has ended", e);
            abandon(e);
            Fatal.report(e);
        }
    }

    /** Nobody waits for ever. */
    private void abandon(Throwable cause) {
        health.failed("the thread that writes", cause);
        inbox.close(Health.unknown());
        List<Object> left = new ArrayList<>(items.subList(Math.min(next, items.size()), items.size()));
        try {
            left.addAll(inbox.take(new ArrayList<>(), 0));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        group.refuse(left, Health.unknown());
    }

    /** Whether everything was written when it ended. To be asked after that. */
    boolean endedWell() {
        return endedWell;
    }

    private long waitMillis() {
        if (!health.works()) {
            return SECOND_MILLIS;
        }
        if (!states.isClean() || isCarryDue(clock.millis())) {
            return 0;
        }
        return inbox.changes.hasCursors() ? CURSORS_EVERY_MILLIS : SECOND_MILLIS;
    }

    /**
     * Stores what was taken, and what has changed.
     *
     * @param last whether nothing comes after that: then messages are refused, and all changes are written
     */
    private void store(boolean last) {
        if (last) {
            group.refuse(
                    items.stream().filter(Publication.class::isInstance).toList(), UnavailableException.goingAway());
            items.removeIf(Publication.class::isInstance);
        }
        do {
            long now = clock.millis();
            if (health.works() || heals(now)) {
                storeGroup(now, last);
            } else {
                takeChanges(now, false);
                refuseRest(health.refusal().orElseGet(Health::unknown));
                return;
            }
        } while (next < items.size() || (last && !states.isClean()));
    }

    private void storeGroup(long now, boolean last) {
        if (!begin(now)) {
            return;
        }
        long location = location();
        int count = group.encode(items, next, location, now);
        boolean all = next + count == items.size();
        if (all) {
            takeChanges(now, last || group.isSettling());
            states.encode(group.lastSequence(), now, location);
        }
        switch (write(group.messages(), group.isWaitedFor() || last, now)) {
            case DONE -> {
                group.stored(items, next, now);
                next += count;
                if (all && states.isClean()) {
                    group.settled();
                }
            }
            case NOTHING_LEFT -> {
                group.refused(items, next, health.refusal().orElseGet(Health::unknown));
                next += count;
            }
            case UNKNOWN -> refuseRest(Health.unknown());
        }
    }

    private void refuseRest(UnavailableException cause) {
        group.refuse(items.subList(next, items.size()), cause);
        next = items.size();
    }

    /** Begins a new segment if that is due; false if that failed. */
    private boolean begin(long now) {
        if (!retention.isRollDue(log.current(), now)) {
            return true;
        }
        if (syncs && !sync()) {
            return false;
        }
        try {
            log.roll(group.lastSequence(), now);
            return true;
        } catch (IOException e) {
            health.takesNothing(e);
            return false;
        }
    }

    private long location() {
        Segment current = log.current();
        return current == null ? 0 : current.end();
    }

    /** Writes the buffer, and waits for the disk if somebody waits for that. */
    private Written write(int messages, boolean waits, long now) {
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
            log.appended(messages, group.lastSequence(), now);
            retention.stored(group.lastSequence(), now);
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
    private boolean sync() {
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

    /** Tries from time to time whether the disk takes something again. */
    private boolean heals(long now) {
        if (health.hasFailed() || !isOver(secondMillis, now, SECOND_MILLIS)) {
            return false;
        }
        secondMillis = now;
        try {
            log.probe(ByteBuffer.allocateDirect(PROBE_BYTES));
        } catch (IOException e) {
            return false;
        }
        health.takesAgain();
        return true;
    }

    private void takeChanges(long now, boolean all) {
        inbox.changes.takeUrgent().values().forEach(states::apply);
        if (all) {
            inbox.changes.takeCursors(Integer.MAX_VALUE, true, now).forEach(states::apply);
        } else if (isOver(cursorsMillis, now, CURSORS_EVERY_MILLIS)) {
            cursorsMillis = now;
            inbox.changes.takeCursors(CURSORS_AT_A_TIME, false, now).forEach(states::apply);
        }
    }

    /** What is done between groups: a little each time. */
    private void housekeep() {
        long now = clock.millis();
        if (isOver(secondMillis, now, SECOND_MILLIS) && health.works()) {
            secondMillis = now;
            trim(retention.takeAged(now));
            Segment current = log.current();
            if (current != null && retention.isRollByAgeDue(current, now)) {
                begin(now);
            }
        }
        if (health.works() && isCarryDue(now)) {
            carry(now);
        }
        gauges.holds(log, live);
    }

    private void trim(long through) {
        if (through > trimmed) {
            trimmed = through;
            receiver.trimmed(through);
        }
    }

    private boolean isCarryDue(long now) {
        Segment oldest = log.oldestClosed();
        return oldest != null
                && states.isClean()
                && isOver(notDeletedMillis, now, DELETE_AGAIN_MILLIS)
                && retention.isDeletionDue(oldest, log, now);
    }

    /** Writes some of what is only in the oldest segment again; if nothing is, deletes that. */
    private void carry(long now) {
        Segment oldest = log.oldestClosed();
        if (oldest == null || !begin(now)) {
            return;
        }
        buffer.clear();
        boolean all = states.carry(oldest.end(), CARRIED_BYTES, group.lastSequence(), now, location());
        if (!all) {
            hasCarried = true;
            var unused = write(0, false, now);
            return;
        }
        if (hasCarried && !sync()) {
            return;
        }
        hasCarried = false;
        // First, so that nobody takes what cannot be read any more for damaged.
        trim(oldest.lastSequence());
        try {
            log.deleteOldest();
        } catch (IOException e) {
            LOG.error("{} could not be deleted: it is tried again in a minute", oldest.name(), e);
            notDeletedMillis = now;
        }
    }

    private static boolean isOver(long since, long now, long millis) {
        return Math.abs(now - since) >= millis;
    }
}
