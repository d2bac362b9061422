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
 * A way through the history, up to a sequence that was the newest when it began: the topics are looked up first, then their
 * messages come page by page in the order of their sequence. The owning worker only; the history's lock is held for a few
 * of either at a time. Messages that are for one user are read beside those for everybody.
 *
 * <p>Whatever was held when its topic was looked up comes, or is found to be {@linkplain Rest#LOST lost}.
 */
public final class HistoryReader {
    /** How many topics are looked up, or messages taken, while the lock is held once: some tens of microseconds at most. */
    static final int AT_A_TIME = 64;

    private final History history;
    private final Query query;
    private final long invalidationsBefore;
    private final Iterator<Map.Entry<Topic, Long>> topics;
    private final Map<TopicLogKey, Long> trimmed = new LinkedHashMap<>();
    private final PriorityQueue<TopicLogReader> readers =
            new PriorityQueue<>(Comparator.comparingLong(TopicLogReader::sequence));

    /**
     * Where to read.
     *
     * @param starts the topics, and for each the sequence after which its messages are wanted: the same topics while it is
     *     read
     * @param user whose messages are read beside those for everybody
     * @param after the sequence after which messages are wanted, of whichever topic
     * @param through the last sequence that is wanted
     * @param askedSince the sequence since which the topics have been asked for all the while
     * @param known of each log up to where it is known that messages may be held no more: what is found is added
     */
    public record Query(
            Map<Topic, Long> starts,
            UserId user,
            long after,
            long through,
            long askedSince,
            Map<TopicLogKey, Long> known) {
        /** Of no log is known what is held no more. */
        Query(Map<Topic, Long> starts, UserId user, long after, long through, long askedSince) {
            this(starts, user, after, through, askedSince, new HashMap<>());
        }
    }

    /** What comes after a page. */
    public enum Rest {
        /** Perhaps another. */
        MORE,
        /** Nothing, up to the end of the query. */
        NOTHING,
        /** A message that is held no more, or is too old now. */
        LOST,
        /** Nobody knows: the past of a topic became another meanwhile, and the reading is to be begun anew. */
        INVALIDATED
    }

    /** Messages in the order of their sequence. */
    public static final class Page {
        private final List<StoredMessage> messages = new ArrayList<>();
        private final int maxMessages;
        private final long maxBytes;
        private long bytes;
        private boolean full;
        private Rest rest = Rest.MORE;

        private Page(int maxMessages, long maxBytes) {
            this.maxMessages = maxMessages;
            this.maxBytes = maxBytes;
        }

        public List<StoredMessage> messages() {
            return messages;
        }

        /** What comes after these. */
        public Rest rest() {
            return rest;
        }

        /** False if it does not fit: one always does. */
        private boolean add(StoredMessage held) {
            bytes += held.message().text().size();
            full = !messages.isEmpty() && (messages.size() == maxMessages || bytes > maxBytes);
            if (!full) {
                messages.add(held);
            }
            return !full;
        }
    }

    public HistoryReader(History history, Query query) {
        this.history = history;
        this.query = query;
        this.invalidationsBefore = history.invalidations();
        this.topics = query.starts().entrySet().iterator();
    }

    /** The last sequence that is read. */
    public long through() {
        return query.through();
    }

    /** How often the past of a topic had become another when it began. */
    public long invalidationsBefore() {
        return invalidationsBefore;
    }

    /** Looks up about so many topics more; false if there are others then. */
    public boolean lookUp(int most) {
        for (int done = 0; done < most && topics.hasNext(); done += AT_A_TIME) {
            lookUpSome();
        }
        return !topics.hasNext();
    }

    private void lookUpSome() {
        synchronized (history) {
            long now = history.now();
            for (int i = 0; i < AT_A_TIME && topics.hasNext(); i++) {
                Map.Entry<Topic, Long> next = topics.next();
                long after = Math.max(next.getValue(), query.after());
                // Where nothing is wanted, nothing is missing: what came later comes by itself.
                if (after < query.through()) {
                    lookUp(new TopicLogKey(next.getKey(), Optional.empty()), after, now);
                    lookUp(new TopicLogKey(next.getKey(), Optional.of(query.user())), after, now);
                }
            }
        }
    }

    private void lookUp(TopicLogKey key, long after, long now) {
        TopicLog log = history.log(key, now);
        if (log != null) {
            TopicLogReader.queue(log, after, query.through(), readers);
        }
        TrimPoints.TrimPoint trimPoint = log == null ? history.trimPointWithoutLog(key) : log.trimPoint();
        long goneThrough = after < query.askedSince() ? trimPoint.perhapsThrough() : trimPoint.through();
        long lost = Math.min(goneThrough, query.through());
        if (lost > after && lost > query.known().getOrDefault(key, after)) {
            trimmed.put(key, lost);
        }
    }

    /** The topics of which wanted messages may be held no more, and for each the last such sequence: those that are new. */
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

    /** The next messages, as many as fit. All topics have to be looked up. */
    public Page next(int maxMessages, long maxBytes) {
        Page page = new Page(maxMessages, maxBytes);
        while (readSome(page)) {
            // Others may have the lock in between.
        }
        return page;
    }

    private boolean readSome(Page page) {
        synchronized (history) {
            page.rest =
                    history.isInvalidated(query.starts().keySet(), invalidationsBefore) ? Rest.INVALIDATED : Rest.MORE;
            long now = history.now();
            int taken = 0;
            while (page.rest == Rest.MORE && !page.full && taken < AT_A_TIME) {
                taken += readLog(page, AT_A_TIME - taken, now);
            }
            return page.rest == Rest.MORE && !page.full;
        }
    }

    /** Takes what comes of the log that is next, before another's; how many messages. */
    private int readLog(Page page, int most, long now) {
        TopicLogReader reader = readers.poll();
        if (reader == null) {
            page.rest = Rest.NOTHING;
            return 0;
        }
        long end = readers.isEmpty() ? Long.MAX_VALUE : readers.peek().sequence();
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
        return page.add(reader.message());
    }
}
