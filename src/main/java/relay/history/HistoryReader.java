package relay.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.message.ClientId;
import relay.message.MessageOptions;
import relay.message.Topic;
import relay.message.UserId;

/**
 * One pass over what a client missed, up to a sequence that was the newest when it began: first the topics are looked up, then
 * their messages come page by page, by growing sequence, those for the client's user beside those for everybody. A pattern stands for
 * all topics that match it. A message comes once, even if it has several topics that are wanted: by the first of them. One that has
 * expired, or excludes the client, is left out. The owning worker only; the history's lock is held for a few topics or messages at a time.
 *
 * <p>Each message that was stored when its topic was looked up either comes, or is found to be {@linkplain Rest#LOST lost}. What
 * had been trimmed before that, {@link #takeTrimmed} tells.
 */
public final class HistoryReader {
    /** How many topics are looked up, or messages taken, each time the lock is held: some tens of microseconds at most. */
    static final int AT_A_TIME = 64;

    /** More topics or messages than these are not looked at in one step: that would take some milliseconds. */
    private static final int MOST_IN_ONE_STEP = 1 << 14;

    /** Of so many logs at most that match patterns is remembered that they are trimmed. */
    private static final int MOST_KNOWN = 4096;

    private final History history;
    private final Query query;
    private final long invalidationsBefore;
    private final Iterator<Map.Entry<Topic, Long>> topics;

    /** The pattern that is being looked up; absent between topics. */
    private @Nullable PatternWalk walk;

    /** What of the query has been trimmed: the topic as it was asked for. */
    private final Map<Topic, Long> trimmed = new LinkedHashMap<>();

    /** The logs that are trimmed, as far as is news. */
    private final Map<TopicLogKey, Long> found = new HashMap<>();

    private final ReaderQueue readers;

    /** The last message that was taken, which other logs may have too. */
    private long taken;

    /** Retained values, of which the logs may have some too. */
    private final RetainedReader retained;

    /**
     * What to read.
     *
     * @param starts the topics and patterns, and for each the sequence after which its messages are wanted; not to be changed while it is
     *     read
     * @param client who reads: messages that exclude it are left out; empty: whoever it is
     * @param user whose messages are read beside those for everybody; empty: nobody's
     * @param after the sequence after which messages are wanted of any topic
     * @param through the last sequence that is wanted
     * @param subscribedSince the sequence since which the client has been subscribed to all of the topics
     * @param known for each log up to where it is known to be trimmed: what is found is added
     */
    public record Query(
            Map<Topic, Long> starts,
            Optional<ClientId> client,
            Optional<UserId> user,
            long after,
            long through,
            long subscribedSince,
            Map<TopicLogKey, Long> known) {
        /** Of no log is known whether it was trimmed. */
        Query(Map<Topic, Long> starts, Optional<UserId> user, long after, long through, long subscribedSince) {
            this(starts, Optional.empty(), user, after, through, subscribedSince, new HashMap<>());
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
        this(history, query, retained, ReaderQueue.MOST);
    }

    /** @param mostLogs how many logs are read at a time, where patterns match more */
    HistoryReader(History history, Query query, RetainedReader retained, int mostLogs) {
        this.history = history;
        this.query = query;
        this.retained = retained;
        this.invalidationsBefore = history.invalidations();
        this.topics = query.starts().entrySet().iterator();
        this.readers = new ReaderQueue(query.through(), mostLogs);
    }

    /** The last sequence that is read: that of the query, or where a pattern has very many topics an earlier one. */
    public long through() {
        return readers.limit();
    }

    /** How many invalidations there had been when it began. */
    public long invalidationsBefore() {
        return invalidationsBefore;
    }

    /** Whether it takes long to look up the patterns that have yet to be: then it is not to be done in one step. */
    public boolean isLong() {
        if (!hasMoreToLookUp() || query.starts().keySet().stream().noneMatch(Topic::isPattern)) {
            return false;
        }
        synchronized (history) {
            LogNames names = history.names();
            return query.starts().entrySet().stream()
                    .filter(start -> start.getKey().isPattern())
                    .anyMatch(start -> PatternWalk.steps(names, after(start)) > MOST_IN_ONE_STEP);
        }
    }

    /**
     * Looks up about so many topics more; false if that was not all of them. A pattern takes as many as there are topics that may match
     * it, or messages that have come since its start, whichever is known.
     */
    public boolean lookUp(int most) {
        for (int done = 0; done < most && hasMoreToLookUp(); done += AT_A_TIME) {
            lookUpSome();
        }
        return !hasMoreToLookUp() && retained.prepare(most);
    }

    private boolean hasMoreToLookUp() {
        return walk != null || topics.hasNext();
    }

    private void lookUpSome() {
        synchronized (history) {
            long now = history.now();
            int done = 0;
            while (done < AT_A_TIME && hasMoreToLookUp()) {
                done += walk == null ? lookUpTopic(topics.next(), now) : lookUpMatching(walk, AT_A_TIME - done, now);
            }
        }
    }

    private long after(Map.Entry<Topic, Long> start) {
        return Math.max(start.getValue(), query.after());
    }

    private int lookUpTopic(Map.Entry<Topic, Long> next, long now) {
        Topic topic = next.getKey();
        long after = after(next);
        // If nothing is wanted, nothing is missing: later messages are sent as new ones.
        if (after < query.through()) {
            // Of a pattern, this is what is known of topics that have no log.
            TopicLogs.keys(topic, query.user()).forEach(key -> lookUp(topic, key, after, 0, now));
            if (topic.isPattern()) {
                walk = new PatternWalk(history.names(), topic, query.user(), after);
            }
        }
        return 1;
    }

    private int lookUpMatching(PatternWalk pattern, int most, long now) {
        int done = pattern.step(
                most,
                readers.limit(),
                (key, sequence) -> lookUp(pattern.pattern(), key, pattern.after(), sequence, now));
        if (pattern.isDone()) {
            walk = null;
        }
        return done;
    }

    /**
     * Looks up a log.
     *
     * @param asked the topic or pattern for which
     * @param sequence which message of the log led to it, if there is one for each message: one of them is enough; else 0
     */
    private void lookUp(Topic asked, TopicLogKey key, long after, long sequence, long now) {
        TopicLog log = history.log(key, now);
        TopicLogReader reader = log == null ? null : TopicLogReader.of(key, log, after, query.through());
        if (reader != null && (sequence == 0 || sequence == reader.sequence())) {
            readers.add(reader);
        }
        TrimPoints.TrimPoint trimPoint = log == null ? history.trimPointWithoutLog(key) : log.trimPoint();
        long goneThrough = after < query.subscribedSince() ? trimPoint.perhapsThrough() : trimPoint.through();
        long lost = Math.min(goneThrough, query.through());
        if (lost > after && lost > query.known().getOrDefault(key, after)) {
            trimmed.merge(asked, lost, Math::max);
            if (asked.equals(key.topic()) || query.known().size() + found.size() < MOST_KNOWN) {
                found.put(key, lost);
            }
        }
    }

    /**
     * What of the query may have been trimmed, and for each topic or pattern the last such sequence, if that is news. Of a pattern with
     * very many such topics it may be news again in the next reader.
     */
    public Map<Topic, Long> takeTrimmed() {
        if (trimmed.isEmpty()) {
            return Map.of();
        }
        query.known().putAll(found);
        found.clear();
        Map<Topic, Long> taken = new LinkedHashMap<>(trimmed);
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
                if (takeRetained(page)) {
                    taken++;
                } else if (retained.isPrepared()) {
                    // Otherwise it has come to the end of those that it had looked up, and which one is next is not
                    // known.
                    taken += readLog(page, AT_A_TIME - taken, now);
                }
            }
            return page.rest == Rest.MORE && !page.full;
        }
    }

    /** Takes the next retained value, or finds that there is no room, if no log has it and none is before it. */
    private boolean takeRetained(Page page) {
        long next = readers.nextSequence();
        StoredMessage value = retained.peek();
        while (value != null && value.sequence() <= readers.limit() && isRead(value, next)) {
            retained.skip();
            value = retained.peek();
        }
        if (value == null || value.sequence() >= next) {
            return false;
        }
        if (page.add(value)) {
            taken = value.sequence();
            retained.skip();
        }
        return true;
    }

    /** Whether a log has it: the one whose turn it is, or one whose was. */
    private boolean isRead(StoredMessage value, long next) {
        return value.sequence() == next || value.sequence() <= taken;
    }

    /** Takes messages of the log whose turn it is, up to the next one of another log; returns how many it went past. */
    private int readLog(Page page, int most, long now) {
        TopicLogReader reader = readers.poll();
        if (reader == null || taken == readers.limit()) {
            page.rest = Rest.NOTHING;
            return 0;
        }
        long others = Math.min(readers.nextSequence(), retained.nextSequence());
        long end = Math.max(others, reader.sequence() + 1);
        int passed = 0;
        boolean more = true;
        while (more && passed < most && reader.sequence() < end && canPass(reader, page, now)) {
            taken = reader.sequence();
            more = reader.advance();
            passed++;
        }
        if (more) {
            readers.add(reader);
        }
        return passed;
    }

    /** Whether the next message is in the page, or does not belong there. */
    private boolean canPass(TopicLogReader reader, Page page, long now) {
        if (history.isLost(reader, now, taken)) {
            page.rest = Rest.LOST;
            return false;
        }
        // A message with several topics is in several logs, and one topic may match several patterns.
        if (reader.sequence() == taken || reader.isGone()) {
            return true;
        }
        if (reader.isArchived()) {
            return page.addArchived(reader);
        }
        StoredMessage next = reader.message();
        return !isWanted(next, now) || page.add(next);
    }

    private boolean isWanted(StoredMessage held, long now) {
        MessageOptions options = held.message().options();
        return options.equals(MessageOptions.NONE)
                || (!held.isExpired(now)
                        && (query.client().isEmpty()
                                || options.isFor(query.client().get())));
    }
}
