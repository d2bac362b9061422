package relay.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import relay.message.Topic;
import relay.message.UserId;

/**
 * One pass over what a client missed, up to a sequence that was the newest when it began: first the topics are looked up, then
 * their messages come page by page, by growing sequence, those for the client's user beside those for everybody. The owning
 * worker only; the history's lock is held for a few topics or messages at a time.
 *
 * <p>Each message that was stored when its topic was looked up either comes, or is found to be {@linkplain Rest#LOST lost}. What
 * had been trimmed before that, {@link #takeTrimmed} tells.
 */
public final class HistoryReader {
    /** How many topics are looked up, or messages taken, each time the lock is held: some tens of microseconds at most. */
    static final int AT_A_TIME = 64;

    private final History history;
    private final Query query;
    private final long invalidationsBefore;
    private final Iterator<Map.Entry<Topic, Long>> topics;
    private final Map<TopicLogKey, Long> trimmed = new LinkedHashMap<>();
    private final PriorityQueue<TopicLogReader> readers =
            new PriorityQueue<>(Comparator.comparingLong(TopicLogReader::sequence));

    /** Retained values, of which the logs may have some too. */
    private final RetainedReader retained;

    /**
     * What to read.
     *
     * @param starts the topics, and for each the sequence after which its messages are wanted; not to be changed while it is
     *     read
     * @param user whose messages are read beside those for everybody; empty: nobody's
     * @param after the sequence after which messages are wanted of any topic
     * @param through the last sequence that is wanted
     * @param subscribedSince the sequence since which the client has been subscribed to all of the topics
     * @param known for each log up to where it is known to be trimmed: what is found is added
     */
    public record Query(
            Map<Topic, Long> starts,
            Optional<UserId> user,
            long after,
            long through,
            long subscribedSince,
            Map<TopicLogKey, Long> known) {
        /** Of no log is known whether it was trimmed. */
        Query(Map<Topic, Long> starts, Optional<UserId> user, long after, long through, long subscribedSince) {
            this(starts, user, after, through, subscribedSince, new HashMap<>());
        }
    }

    /** What comes after a page. */
    public enum Rest {
        /** Perhaps another. */
        MORE,
        /** Nothing: this is the end of the query. */
        NOTHING,
        /** A message that was stored when its topic was looked up, and has been trimmed since. */
        LOST,
        /** Unknown: what was looked up is not right any more ({@link Invalidations}), and a new reader is needed. */
        INVALIDATED
    }

    /**
     * A message that only the archive has.
     *
     * @param location where
     */
    public record Archived(long sequence, TopicLogKey log, long location) {}

    /** Messages by growing sequence: all of them are in memory, or all in the archive only. */
    public static final class Page {
        private final List<StoredMessage> messages = new ArrayList<>();
        private final List<Archived> archived = new ArrayList<>(0);
        private final int maxMessages;
        private final long maxBytes;
        private long bytes;
        private boolean full;
        private Rest rest = Rest.MORE;

        private Page(int maxMessages, long maxBytes) {
            this.maxMessages = maxMessages;
            this.maxBytes = maxBytes;
        }

        /** Those in memory. */
        public List<StoredMessage> messages() {
            return messages;
        }

        /** Those that only the archive has: if there are any, no message is in memory. Their bytes are not known. */
        public List<Archived> archived() {
            return archived;
        }

        /** What comes after these. */
        public Rest rest() {
            return rest;
        }

        /** False if it does not fit; the first always does. */
        private boolean add(StoredMessage held) {
            bytes += held.message().text().size();
            full = !archived.isEmpty() || (!messages.isEmpty() && (messages.size() == maxMessages || bytes > maxBytes));
            if (!full) {
                messages.add(held);
            }
            return !full;
        }

        private boolean addArchived(TopicLogReader reader) {
            full = !messages.isEmpty() || archived.size() == maxMessages;
            if (!full) {
                archived.add(new Archived(reader.sequence(), reader.key(), reader.location()));
            }
            return !full;
        }
    }

    /** Reads no retained values. */
    public HistoryReader(History history, Query query) {
        this(history, query, RetainedReader.none());
    }

    /** @param retained values that come too, in their places, where no log has them */
    public HistoryReader(History history, Query query, RetainedReader retained) {
        this.history = history;
        this.query = query;
        this.retained = retained;
        this.invalidationsBefore = history.invalidations();
        this.topics = query.starts().entrySet().iterator();
    }

    /** The last sequence that is read. */
    public long through() {
        return query.through();
    }

    /** How many invalidations there had been when it began. */
    public long invalidationsBefore() {
        return invalidationsBefore;
    }

    /** Looks up about so many topics more; false if that was not all of them. */
    public boolean lookUp(int most) {
        for (int done = 0; done < most && topics.hasNext(); done += AT_A_TIME) {
            lookUpSome();
        }
        return !topics.hasNext() && retained.prepare(most);
    }

    private void lookUpSome() {
        synchronized (history) {
            long now = history.now();
            for (int i = 0; i < AT_A_TIME && topics.hasNext(); i++) {
                Map.Entry<Topic, Long> next = topics.next();
                long after = Math.max(next.getValue(), query.after());
                // If nothing is wanted, nothing is missing: later messages are sent as new ones.
                if (after < query.through()) {
                    lookUp(new TopicLogKey(next.getKey(), Optional.empty()), after, now);
                    if (query.user().isPresent()) {
                        lookUp(new TopicLogKey(next.getKey(), query.user()), after, now);
                    }
                }
            }
        }
    }

    private void lookUp(TopicLogKey key, long after, long now) {
        TopicLog log = history.log(key, now);
        if (log != null) {
            TopicLogReader.queue(key, log, after, query.through(), readers);
        }
        TrimPoints.TrimPoint trimPoint = log == null ? history.trimPointWithoutLog(key) : log.trimPoint();
        long goneThrough = after < query.subscribedSince() ? trimPoint.perhapsThrough() : trimPoint.through();
        long lost = Math.min(goneThrough, query.through());
        if (lost > after && lost > query.known().getOrDefault(key, after)) {
            trimmed.put(key, lost);
        }
    }

    /** The topics of which wanted messages may have been trimmed, and for each the last such sequence, if that is news. */
    public Map<Topic, Long> takeTrimmed() {
        if (trimmed.isEmpty()) {
            return Map.of();
        }
        query.known().putAll(trimmed);
        Map<Topic, Long> taken = new LinkedHashMap<>();
        trimmed.forEach((key, through) -> taken.merge(key.topic(), through, Math::max));
        trimmed.clear();
        return taken;
    }

    /** The next messages, as many as fit. All topics must have been looked up. */
    public Page next(int maxMessages, long maxBytes) {
        Page page = new Page(maxMessages, maxBytes);
        do {
            // Others may have the lock in between.
            retained.prepare(Integer.MAX_VALUE);
        } while (readSome(page));
        return page;
    }

    private boolean readSome(Page page) {
        synchronized (history) {
            page.rest =
                    history.isInvalidated(query.starts().keySet(), invalidationsBefore) ? Rest.INVALIDATED : Rest.MORE;
            long now = history.now();
            int taken = 0;
            while (page.rest == Rest.MORE && !page.full && taken < AT_A_TIME && retained.isPrepared()) {
                taken += takeRetained(page) ? 1 : readLog(page, AT_A_TIME - taken, now);
            }
            return page.rest == Rest.MORE && !page.full;
        }
    }

    /** Takes the next retained value, or finds that there is no room, if no log has it and none is before it. */
    private boolean takeRetained(Page page) {
        long next = readers.isEmpty() ? Long.MAX_VALUE : readers.peek().sequence();
        StoredMessage value = retained.peek();
        while (value != null && value.sequence() == next) {
            retained.skip();
            value = retained.peek();
        }
        if (value == null || value.sequence() > next) {
            return false;
        }
        if (page.add(value)) {
            retained.skip();
        }
        return true;
    }

    /** Takes messages of the log whose turn it is, up to the next one of another log; returns how many. */
    private int readLog(Page page, int most, long now) {
        TopicLogReader reader = readers.poll();
        if (reader == null) {
            page.rest = Rest.NOTHING;
            return 0;
        }
        long others = readers.isEmpty() ? Long.MAX_VALUE : readers.peek().sequence();
        long end = Math.min(others, retained.nextSequence());
        int taken = 0;
        boolean more = true;
        while (more && taken < most && reader.sequence() < end && canRead(reader, page, now)) {
            more = reader.advance();
            taken++;
        }
        if (more) {
            readers.add(reader);
        }
        return taken;
    }

    private boolean canRead(TopicLogReader reader, Page page, long now) {
        if (history.isLost(reader, now)) {
            page.rest = Rest.LOST;
            return false;
        }
        return reader.isArchived() ? page.addArchived(reader) : page.add(reader.message());
    }
}
