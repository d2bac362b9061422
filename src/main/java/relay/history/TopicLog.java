package relay.history;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The stored messages of one topic that are for everybody, or for one user, by growing sequence: added at the end, removed at
 * the front, found by their sequence. The older ones may be in the archive only, the others are in memory. With the history's
 * lock held.
 *
 * <p>Messages that are too old, or trimmed from the archive, are hidden before they are removed: many are at once, and are removed
 * a few at a time. Readers do not find hidden messages, and these count as trimmed. A place is the number of a message among all
 * that were ever added, so it stays the same when others are removed, or when it goes to the archive.
 */
final class TopicLog {
    private static final int FIRST_ROOM = 4;

    /** So many expired messages are looked at in one step. */
    private static final int MOST_EXPIRED = 256;

    private static final @Nullable StoredMessage[] NO_RING = new StoredMessage[0];

    /** Those in memory. */
    private @Nullable StoredMessage[] ring = NO_RING;

    private int first;
    private int size;

    /** How many of those in memory are too old or have expired, from the first on: then there are none before them. */
    private int hidden;

    /** Those before them; absent if there are none. */
    private @Nullable ArchivedPart archived;

    /** The place of the first message in memory. */
    private long inMemory;

    /** Whether a message may expire before it is too old. */
    private boolean mayExpire;

    /** Whether it counts among {@link LogNames}. */
    boolean isNamed;

    private long trimmedThrough;
    private long perhapsTrimmedThrough;

    /** @param trimPoint up to where it was trimmed before */
    TopicLog(TrimPoints.TrimPoint trimPoint) {
        this.trimmedThrough = trimPoint.through();
        this.perhapsTrimmedThrough = trimPoint.perhapsThrough();
    }

    /** How many messages there are, hidden ones among them. */
    int size() {
        return size + archivedSize();
    }

    private int archivedSize() {
        return archived == null ? 0 : archived.size();
    }

    /** Up to where it has been trimmed. */
    TrimPoints.TrimPoint trimPoint() {
        return new TrimPoints.TrimPoint(trimmedThrough, perhapsTrimmedThrough);
    }

    /** If it was trimmed up to this sequence, that was only because nothing else was known: it was up to another. */
    void loadRest(long since, TrimPoints.TrimPoint known) {
        if (trimmedThrough == since) {
            trimmedThrough = known.through();
            perhapsTrimmedThrough = known.perhapsThrough();
        }
    }

    /** The place of the first message that is not hidden. */
    long begin() {
        return inMemory + hidden - archivedSize();
    }

    /** The place after the last message. */
    long end() {
        return inMemory + size;
    }

    /** The place of the first message in memory, hidden or not. */
    long inMemory() {
        return inMemory;
    }

    /** A message that is in memory. */
    StoredMessage get(long place) {
        return Objects.requireNonNull(ring[index((int) (place - inMemory))]);
    }

    /** The sequence of a message, in memory or not. */
    long sequence(long place) {
        return place >= inMemory ? get(place).sequence() : archivedPart().sequence(archivedNumber(place));
    }

    /** Where the archive has a message that is not in memory. */
    long location(long place) {
        return archivedPart().location(archivedNumber(place));
    }

    private ArchivedPart archivedPart() {
        return Objects.requireNonNull(archived);
    }

    private int archivedNumber(long place) {
        return (int) (place - inMemory) + archivedSize();
    }

    void add(StoredMessage message) {
        if (size == ring.length) {
            grow();
        }
        ring[index(size++)] = message;
        mayExpire |= message.message().options().ttl().isPresent();
    }

    /** Adds a message that is in the archive only. None may be in memory. */
    void addArchived(TopicLogKey key, ArchiveIndex index, long sequence, long location) {
        if (size > 0) {
            throw new IllegalStateException("message " + sequence + " comes from the archive after newer ones");
        }
        archive(key, index, sequence, location);
        inMemory++;
    }

    /** The first message in memory, which is not hidden, is in the archive only from now on. */
    void archiveFirst(TopicLogKey key, ArchiveIndex index) {
        StoredMessage message = takeFirst();
        archive(key, index, message.sequence(), message.location());
        if (size == 0 && ring.length > FIRST_ROOM) {
            ring = NO_RING;
            first = 0;
        }
    }

    private void archive(TopicLogKey key, ArchiveIndex index, long sequence, long location) {
        if (archived == null) {
            archived = new ArchivedPart(key, this, index);
        }
        archived.add(sequence, location);
    }

    /** Whether this is the first message in memory, and not hidden. */
    boolean canArchive(StoredMessage message) {
        return isFirstInMemory(message) && hidden == 0;
    }

    boolean isFirstInMemory(StoredMessage message) {
        return size > 0 && get(inMemory) == message;
    }

    /** Removes the first message; absent if it was not in memory. Of one that has expired nobody is told that it is trimmed. */
    @Nullable
    StoredMessage removeFirst(long now) {
        if (archived != null) {
            removeArchived(1);
            return null;
        }
        StoredMessage message = takeFirst();
        if (hidden > 0) {
            hidden--;
        } else if (!message.isExpired(now)) {
            trimmedThrough = message.sequence();
        }
        return message;
    }

    private StoredMessage takeFirst() {
        StoredMessage message = get(inMemory);
        ring[first] = null;
        first = index(1);
        size--;
        inMemory++;
        return message;
    }

    /** Removes all messages that are in the archive only. */
    void removeArchived() {
        removeArchived(archivedSize());
    }

    /** Removes the messages that the archive has trimmed. */
    void removeTrimmed() {
        if (archived != null) {
            removeArchived(archived.countTrimmed());
        }
    }

    private void removeArchived(int count) {
        if (count > 0) {
            ArchivedPart part = archivedPart();
            trimmedThrough = part.sequence(count - 1);
            part.removeFirst(count);
            if (part.size() == 0) {
                archived = null;
            }
        }
    }

    /** Hides the messages that are too old or trimmed from the archive, and the first ones that have expired. */
    void hide(long now, long age) {
        removeTrimmed();
        long low = inMemory + hidden;
        if (low < end() && get(low).isOlder(now, age)) {
            // Those before it are older still.
            removeArchived();
            hideOlder(low, now, age);
        }
        hideExpired(now);
    }

    private void hideOlder(long first, long now, long age) {
        long low = first;
        long high = end();
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (get(middle).isOlder(now, age)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        // One publisher's clock may be a moment behind another's: then the first message may be the only one that is
        // too old.
        low = Math.max(low, first + 1);
        long last = low - 1;
        if (mayExpire) {
            long least = Math.max(first, low - MOST_EXPIRED);
            while (last >= least && get(last).isExpired(now)) {
                last--;
            }
        }
        if (last >= first) {
            trimmedThrough = get(last).sequence();
        }
        hidden = (int) (low - inMemory);
    }

    /** Hides the first messages that have expired: they do not count as trimmed. */
    void hideExpired(long now) {
        if (mayExpire && archived == null) {
            for (int i = 0;
                    i < MOST_EXPIRED && hidden < size && get(inMemory + hidden).isExpired(now);
                    i++) {
                hidden++;
            }
        }
    }

    /** Whether the first message is hidden. */
    boolean isFirstHidden() {
        return hidden > 0;
    }

    /** Whether some messages may expire before they are too old. */
    boolean mayExpire() {
        return mayExpire;
    }

    /** Adds the last messages up to a sequence, as far as they have not expired, to the last ones of several logs. */
    void addLast(LastSequences last, long through, long now) {
        boolean more = true;
        for (long place = firstAfter(through) - 1; more && place >= begin(); place--) {
            if (place < inMemory || !get(place).isExpired(now)) {
                more = last.add(sequence(place));
            }
        }
    }

    /** Between which sequences a time was, as far as it is known and the messages in memory tell. */
    Timeline.Span narrowed(Timeline.Span known, long time) {
        long low = inMemory + hidden;
        long high = end();
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (get(middle).acceptedNanos() - time < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        long least = low == inMemory + hidden ? known.least() : Math.max(known.least(), sequence(low - 1));
        long most = low == end() ? known.most() : Math.min(known.most(), sequence(low) - 1);
        return new Timeline.Span(least, most);
    }

    /** The place of the first message after a sequence that is not hidden; the end if there is none. */
    long firstAfter(long sequence) {
        long low = begin();
        long high = end();
        // Most readers want everything or nothing, and a binary search touches memory far apart.
        if (low == high || sequence(low) > sequence) {
            return low;
        }
        if (sequence(high - 1) <= sequence) {
            return high;
        }
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (sequence(middle) <= sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Of the messages in two logs up to a sequence, the last so many (from 1): the sequence of the first of these; 0 if there
     * are none.
     */
    static long firstOfLast(int count, long through, TopicLog one, TopicLog other) {
        long oneEnd = one.firstAfter(through);
        long otherEnd = other.firstAfter(through);
        long ones = oneEnd - one.begin();
        long others = otherEnd - other.begin();
        long all = Math.min(count, ones + others);
        if (all == 0) {
            return 0;
        }
        // Binary search for how many of them are in the one log: more, while the next one there comes after the first
        // that is taken of the other log.
        long low = Math.max(0, all - others);
        long high = Math.min(all, ones);
        while (low < high) {
            long ofOne = (low + high) >>> 1;
            if (one.sequence(oneEnd - ofOne - 1) > other.sequence(otherEnd - (all - ofOne))) {
                low = ofOne + 1;
            } else {
                high = ofOne;
            }
        }
        long ofOther = all - low;
        return Math.min(
                low == 0 ? Long.MAX_VALUE : one.sequence(oneEnd - low),
                ofOther == 0 ? Long.MAX_VALUE : other.sequence(otherEnd - ofOther));
    }

    private int index(int position) {
        return (first + position) & (ring.length - 1);
    }

    private void grow() {
        StoredMessage[] larger = new StoredMessage[Math.max(FIRST_ROOM, ring.length * 2)];
        for (int position = 0; position < size; position++) {
            larger[position] = ring[index(position)];
        }
        ring = larger;
        first = 0;
    }
}
