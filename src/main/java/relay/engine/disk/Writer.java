package relay.engine.disk;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Publication;
import relay.fatal.Fatal;
import relay.message.UnavailableException;

/**
 * The one thread that writes. It takes all that waits, gives the sequences, writes it at once, waits for the disk once, and only then
 * tells the receiver and all who wait; meanwhile the next group gathers.
 */
final class Writer implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    private static final long CURSORS_EVERY_MILLIS = 100;
    private static final long SECOND_MILLIS = 1000;

    private final Inbox inbox;
    private final SegmentLog log;
    private final LiveState live;
    private final StateWriter states;
    private final int cursorsAtATime;
    private final Group group;
    private final Appender appender;
    private final Housekeeper housekeeper;
    private final Health health;
    private final InstantSource clock;
    private final DiskFigures.Gauges gauges;

    /** What is being stored, from the first that has not been told on. */
    private List<Object> items = List.of();

    private int next;

    private long cursorsMillis;
    private long probedMillis;

    /** Set at its end, read after that. */
    private boolean endedWell;

    Writer(
            Inbox inbox,
            Opening opening,
            Group group,
            Appender appender,
            Housekeeper housekeeper,
            Health health,
            InstantSource clock,
            DiskFigures.Gauges gauges) {
        this.inbox = inbox;
        this.log = opening.log();
        this.live = opening.live();
        this.states = opening.states();
        this.cursorsAtATime = (int) (opening.retention().cursorsPerSecond() * CURSORS_EVERY_MILLIS / SECOND_MILLIS);
        this.group = group;
        this.appender = appender;
        this.housekeeper = housekeeper;
        this.health = health;
        this.clock = clock;
        this.gauges = gauges;
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
                housekeeper.run(group.lastSequence(), clock.millis());
                gauges.holds(log, live);
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
        if (!states.isClean() || housekeeper.isMoreDue(clock.millis())) {
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
        if (!appender.begin(group.lastSequence(), now)) {
            return;
        }
        long location = appender.location();
        int count = group.encode(items, next, location, log.timeOfNext(now), now);
        boolean all = next + count == items.size();
        if (all) {
            takeChanges(now, last || group.isSettling());
            states.encode(group.lastSequence(), now, location);
        }
        boolean waits = group.isWaitedFor() || last;
        switch (appender.write(group.messages(), group.lastSequence(), waits, now)) {
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

    /** Tries from time to time whether the disk takes something again. */
    private boolean heals(long now) {
        if (health.hasFailed() || !isOver(probedMillis, now, SECOND_MILLIS)) {
            return false;
        }
        probedMillis = now;
        return appender.heals();
    }

    private void takeChanges(long now, boolean all) {
        inbox.changes.takeUrgent().values().forEach(states::apply);
        if (all) {
            inbox.changes.takeCursors(Integer.MAX_VALUE, true, now).forEach(states::apply);
        } else if (isOver(cursorsMillis, now, CURSORS_EVERY_MILLIS)) {
            cursorsMillis = now;
            inbox.changes.takeCursors(cursorsAtATime, false, now).forEach(states::apply);
        }
    }

    private static boolean isOver(long since, long now, long millis) {
        return Math.abs(now - since) >= millis;
    }
}
