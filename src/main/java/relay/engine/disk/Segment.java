package relay.engine.disk;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A file of the log. All segments together are one log of bytes that only grows: a location is a position in that. What it has is for
 * the writer's thread; its file and its seal are for any that reads.
 */
final class Segment {
    private static final Pattern NAME = Pattern.compile("(\\d{19})\\.log");

    /** Where it begins in the log; its name. */
    final long base;

    final Storage.File file;
    final Seal seal;

    /** The sequence of the newest message when it was begun. */
    final long before;

    private final long madeMillis;
    private long size;
    private long messages;
    private long firstSequence;
    private long lastSequence;
    private long firstMillis;
    private long lastMillis;

    /** Messages of format 1 may go back in time. */
    private long latestMillis;

    Segment(long base, Storage.File file, Header header, long size) {
        this.base = base;
        this.file = file;
        this.seal = header.seal();
        this.before = header.first() - 1;
        this.madeMillis = header.madeMillis();
        this.size = size;
        this.lastSequence = before;
        this.latestMillis = madeMillis;
    }

    static String name(long base) {
        return String.format(Locale.ROOT, "%019d.log", base);
    }

    /** Where the segment with this name begins; empty if it is not the name of one. */
    static OptionalLong base(String name) {
        var matcher = NAME.matcher(name);
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    String name() {
        return name(base);
    }

    long size() {
        return size;
    }

    void size(long bytes) {
        size = bytes;
    }

    /** Where the log goes on behind it. */
    long end() {
        return base + size;
    }

    void message(long sequence, long timeMillis) {
        messages(1, sequence, sequence, timeMillis);
    }

    /** More messages were added, at about one time. */
    void messages(int count, long oldest, long newest, long timeMillis) {
        if (messages == 0) {
            firstSequence = oldest;
            firstMillis = timeMillis;
        }
        messages += count;
        lastSequence = newest;
        lastMillis = timeMillis;
        latestMillis = Math.max(latestMillis, timeMillis);
    }

    long messages() {
        return messages;
    }

    /** The sequence of its first message, if it has any. */
    long firstSequence() {
        return firstSequence;
    }

    /** The sequence of its last message; without one, of the last before it. */
    long lastSequence() {
        return lastSequence;
    }

    /** The time of its first message; without one, of its making. */
    long firstMillis() {
        return messages == 0 ? madeMillis : firstMillis;
    }

    /** When it was made, or the time of the newest message then, if that is later. */
    long madeMillis() {
        return madeMillis;
    }

    /** The latest time of a message of it, or of its making. */
    long latestMillis() {
        return latestMillis;
    }

    /** The time of its last message; without one, of its making. */
    long lastMillis() {
        return messages == 0 ? madeMillis : lastMillis;
    }
}
