package relay.history;

import java.time.Duration;

/**
 * How much of the past is stored. If any of them is zero: nothing.
 *
 * @param messages how many messages of one topic; those for one user are counted apart
 * @param age how old the oldest may be
 * @param bytes how many bytes in all, from 0, the objects around each message among them
 */
public record HistoryOptions(int messages, Duration age, long bytes) {
    boolean holdsAnything() {
        return messages > 0 && !age.isZero() && bytes > 0;
    }

    long ageNanos() {
        return age.toNanos();
    }
}
