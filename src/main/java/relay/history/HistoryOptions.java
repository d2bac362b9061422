package relay.history;

import java.time.Duration;

/**
 * How much of the past is stored. If any of them is zero: nothing, but for what an archive has.
 *
 * @param messages how many messages of one topic; those for one user are counted apart
 * @param age how old the oldest in memory may be
 * @param bytes how many bytes in memory, from 0, the objects around each message among them
 */
public record HistoryOptions(int messages, Duration age, long bytes) {
    /** The part of the memory that may be taken by messages which only an archive has: one in so many. */
    private static final int PARTS_OF_MEMORY = 4;

    /** A reader may take this part of the age, but no longer than that, to come to where messages are not about to go. */
    private static final int PARTS_OF_AGE = 64;

    private static final long MOST_TO_READ_NANOS = 5_000_000_000L;

    boolean holdsAnything() {
        return holdsArchived() && bytes > 0;
    }

    /** Whether messages are held that an archive has. */
    boolean holdsArchived() {
        return messages > 0 && !age.isZero();
    }

    /** How many bytes of memory the messages may take that only an archive has. They are few each, but have no other bound. */
    static long indexBytes() {
        return Runtime.getRuntime().maxMemory() / PARTS_OF_MEMORY;
    }

    long ageNanos() {
        return age.toNanos();
    }

    /** How old a message may be to begin with: one that is older could become too old while it is read. */
    long ageToBegin() {
        return ageNanos() - Math.min(ageNanos() / PARTS_OF_AGE, MOST_TO_READ_NANOS);
    }
}
