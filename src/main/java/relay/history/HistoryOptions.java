package relay.history;

import java.time.Duration;

/**
 * How much of the past is held. Any of them zero: nothing.
 *
 * @param messages how many messages of one topic; those for one user are counted apart, for each user
 * @param age how old the oldest may be
 * @param bytes how many bytes in all, the objects around each message among them, from 0
 */
public record HistoryOptions(int messages, Duration age, long bytes) {
    boolean holdsAnything() {
        return messages > 0 && !age.isZero() && bytes > 0;
    }

    long ageNanos() {
        return age.toNanos();
    }
}
