package relay.history;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The trim points of logs that hold nothing now: a client that has had less of a log than that has missed something. With the
 * history's lock held.
 *
 * <p>For a log that clients are interested in it is exact, so that no client is told of a gap because of what others were sent.
 * Logs that no client is interested in are forgotten now and then, all at once: only a client that subscribes to one of them
 * later, and from a position before that, is told that it may have missed something though it may not. About as many of those are
 * remembered as of the others, or {@value #UNINTERESTING}. Beyond {@value #MOST} in all the log that was emptied first is
 * forgotten, and a client that has had less of it may be told of a gap that is none.
 *
 * <p>Forgetting is a sweep in portions: {@link #sweep} returns some logs; when it is known which of them clients are interested
 * in, {@link #forgetAllBut} is called, and then the next portion.
 */
final class TrimPoints {
    private static final int UNINTERESTING = 20_000;
    static final int MOST = 200_000;

    /** How many logs one portion of a sweep has. */
    static final int SWEPT_AT_A_TIME = 500;

    /** Concurrent, because the names of all are gathered while others come and go. */
    private final Map<TopicLogKey, Node> logs = new ConcurrentHashMap<>();

    private final LogNames names;

    /** The logs that were emptied first and last. */
    private @Nullable Node first;

    private @Nullable Node last;

    /** The last trim point of those that were forgotten because no client was interested in them, or before this start. */
    private long uninterestingThrough;

    /** The last trim point of those that were forgotten because there were too many. */
    private long crowdedOutThrough;

    private long putSinceSweep;
    private long putsBeforeSweep = UNINTERESTING;
    private boolean sweeping;

    /** Where the sweep goes on. */
    private @Nullable Node nextToSweep;

    /** How many the sweep has yet to look at. */
    private int leftToSweep;

    /** A log, linked in the order in which they were emptied. */
    private static final class Node {
        private final TopicLogKey key;
        private final TrimPoint trimPoint;
        private @Nullable Node before;
        private @Nullable Node after;

        /** Whether it counts among the names. */
        private boolean isNamed;

        Node(TopicLogKey key, TrimPoint trimPoint) {
            this.key = key;
            this.trimPoint = trimPoint;
        }
    }

    /**
     * Up to where a log was trimmed.
     *
     * @param through the sequence of the last message that was removed from it
     * @param perhapsThrough the same with what may have been removed before it was remembered; never less than through
     */
    record TrimPoint(long through, long perhapsThrough) {
        TrimPoint {
            perhapsThrough = Math.max(through, perhapsThrough);
        }

        /** The later one of its sequences that is up to another; 0 if none is. */
        long throughWithin(long most) {
            return perhapsThrough <= most ? perhapsThrough : through <= most ? through : 0;
        }

        TrimPoint orLater(long other) {
            return new TrimPoint(Math.max(through, other), perhapsThrough);
        }
    }

    /** @param names of topics, which those of these logs are among */
    TrimPoints(LogNames names) {
        this.names = names;
    }

    /** Adds the names of all that there are. */
    LogNames.Gathering gathering() {
        Iterator<Node> known = logs.values().iterator();
        return () -> {
            if (!known.hasNext()) {
                return false;
            }
            Node next = known.next();
            if (logs.get(next.key) == next) {
                name(next);
            }
            return true;
        };
    }

    private void name(Node node) {
        if (names.hasBegun() && !node.isNamed) {
            node.isNamed = true;
            names.add(node.key.topic());
        }
    }

    @Nullable
    TrimPoint get(TopicLogKey key) {
        Node node = logs.get(key);
        return node == null ? null : node.trimPoint;
    }

    /** The trim point of a log of which nothing is known. */
    TrimPoint unknown() {
        return new TrimPoint(crowdedOutThrough, uninterestingThrough);
    }

    /** Messages up to a sequence may have been removed from logs of which nothing is known. */
    void perhapsThrough(long sequence) {
        uninterestingThrough = Math.max(uninterestingThrough, sequence);
    }

    /** Returns the log that is forgotten for it; absent if there is room. */
    @Nullable
    TopicLogKey put(TopicLogKey key, TrimPoint trimPoint) {
        remove(key);
        Node node = new Node(key, trimPoint);
        logs.put(key, node);
        name(node);
        append(node);
        putSinceSweep++;
        if (logs.size() > MOST && first != null) {
            TopicLogKey forgotten = first.key;
            crowdedOutThrough = Math.max(crowdedOutThrough, first.trimPoint.through());
            remove(forgotten);
            return forgotten;
        }
        return null;
    }

    void remove(TopicLogKey key) {
        Node removed = logs.remove(key);
        if (removed != null) {
            if (removed.isNamed) {
                names.remove(key.topic());
            }
            takeOut(removed);
        }
    }

    private void append(Node node) {
        node.before = last;
        if (last == null) {
            first = node;
        } else {
            last.after = node;
        }
        last = node;
    }

    private void takeOut(Node node) {
        if (node == nextToSweep) {
            nextToSweep = node.after;
        }
        if (node.before == null) {
            first = node.after;
        } else {
            node.before.after = node.after;
        }
        if (node.after == null) {
            last = node.before;
        } else {
            node.after.before = node.before;
        }
    }

    /** Whether it is time for a sweep: so seldom that each log is looked at about once for each put. */
    boolean isSweepDue() {
        return putSinceSweep > putsBeforeSweep && logs.size() > UNINTERESTING && !sweeping;
    }

    /**
     * Begins a sweep, or goes on with it: {@link #forgetAllBut} is called later with the logs among these that clients are
     * interested in. After the last portion it returns none.
     */
    List<TopicLogKey> sweep() {
        if (!sweeping) {
            sweeping = true;
            putSinceSweep = 0;
            nextToSweep = first;
            leftToSweep = logs.size();
        }
        List<TopicLogKey> portion = new ArrayList<>();
        Node next = nextToSweep;
        for (; next != null && leftToSweep > 0 && portion.size() < SWEPT_AT_A_TIME; next = next.after) {
            portion.add(next.key);
            leftToSweep--;
        }
        nextToSweep = next;
        if (portion.isEmpty()) {
            nextToSweep = null;
            putsBeforeSweep = Math.max(UNINTERESTING, logs.size());
            sweeping = false;
        }
        return portion;
    }

    /**
     * Forgets logs that no client is interested in.
     *
     * @param swept what {@link #sweep} returned
     * @param through the newest sequence at that moment: a log that was trimmed further since then is not forgotten
     * @return the logs that were forgotten
     */
    List<TopicLogKey> forgetAllBut(Set<TopicLogKey> interesting, List<TopicLogKey> swept, long through) {
        List<TopicLogKey> forgotten = new ArrayList<>();
        for (TopicLogKey key : swept) {
            TrimPoint trimPoint = get(key);
            if (trimPoint != null && trimPoint.through() <= through && !interesting.contains(key)) {
                uninterestingThrough = Math.max(uninterestingThrough, trimPoint.through());
                remove(key);
                forgotten.add(key);
            }
        }
        return forgotten;
    }
}
