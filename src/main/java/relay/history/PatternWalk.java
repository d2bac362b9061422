package relay.history;

import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Goes through the logs that match a pattern and have, or had, a message after a sequence: a few at a time, with the history's lock
 * held each time. A log that comes to be meanwhile may be left out: its first message is newer than the walk.
 *
 * <p>Where {@link RecentLogs} go back far enough it goes through these, else through all topics that may match.
 */
final class PatternWalk {
    private final LogNames names;
    private final Topic pattern;
    private final Optional<UserId> user;
    private final long after;

    /** The next one of the recent logs; negative while it goes by name. */
    private long recent;

    private @Nullable Topic last;
    private boolean done;

    /** Is given each log. */
    @FunctionalInterface
    interface Visitor {
        /**
         * A log that may have messages after the walk's start.
         *
         * @param sequence one of them, where the walk is by sequence: then the log comes once for each; else 0
         */
        void visit(TopicLogKey key, long sequence);
    }

    /**
     * Begins.
     *
     * @param user whose logs are wanted beside those for everybody
     * @param after the sequence after which messages are wanted
     */
    PatternWalk(LogNames names, Topic pattern, Optional<UserId> user, long after) {
        this.names = names;
        this.pattern = pattern;
        this.user = user;
        this.after = after;
        this.recent = names.recent().areAllAfter(after) ? names.recent().firstAfter(after) : -1;
    }

    /** How many steps it takes at least, until it is done. */
    static long steps(LogNames names, long after) {
        RecentLogs recent = names.recent();
        return !names.hasBegun() || !recent.areAllAfter(after)
                ? Long.MAX_VALUE
                : recent.end() - recent.firstAfter(after);
    }

    boolean isDone() {
        return done;
    }

    Topic pattern() {
        return pattern;
    }

    /** The sequence after which messages are wanted. */
    long after() {
        return after;
    }

    /**
     * Takes so many steps at most.
     *
     * @param limit the last sequence that is wanted by now
     * @return how many it took, at least one
     */
    int step(int most, long limit, Visitor visitor) {
        if (recent >= 0 && names.recent().areAllAfter(after)) {
            return stepByRecent(most, limit, visitor);
        }
        recent = -1;
        if (names.isComplete()) {
            return stepByName(most, visitor);
        }
        names.gather(most);
        return most;
    }

    private int stepByRecent(int most, long limit, Visitor visitor) {
        RecentLogs logs = names.recent();
        int taken = 0;
        for (; taken < most && recent < logs.end(); taken++, recent++) {
            long sequence = logs.sequence(recent);
            if (sequence > limit) {
                break;
            }
            TopicLogKey key = logs.key(recent);
            boolean isTheirs = key.recipient().isEmpty() || key.recipient().equals(user);
            if (isTheirs && pattern.matches(key.topic())) {
                visitor.visit(key, sequence);
            }
        }
        done = taken < most;
        return Math.max(1, taken);
    }

    private int stepByName(int most, Visitor visitor) {
        Iterator<Topic> candidates = names.candidates(pattern, last);
        int taken = 0;
        for (; taken < most && candidates.hasNext(); taken++) {
            last = candidates.next();
            if (pattern.matches(last)) {
                for (TopicLogKey key : TopicLogs.keys(last, user)) {
                    visitor.visit(key, 0);
                }
            }
        }
        done = taken < most;
        return Math.max(1, taken);
    }
}
