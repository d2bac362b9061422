package relay.history;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import relay.engine.Archive;
import relay.message.Topic;
import relay.message.UserId;

/**
 * All topic logs, within the bounds on a log's messages, their age, and the bytes of all logs together. With the history's
 * lock held, unless a method says otherwise.
 *
 * <p>A message that is too old is hidden at once ({@link TopicLog#hide}), and a log that is dropped is out of reach at once;
 * what they hold is removed a few messages at a time.
 */
final class TopicLogs {
    /** How far above its bytes it may be for a moment: one part in so many. */
    private static final int PART_ABOVE = 8;

    /** How many messages of a log that are hidden one publish removes. */
    private static final int HIDDEN_BY_APPEND = 2;

    private final HistoryOptions options;
    /** Concurrent, because the names of all are gathered while others come and go. */
    private final Map<TopicLogKey, TopicLog> logs = new ConcurrentHashMap<>();

    private final LogNames names = new LogNames();
    private final TrimPoints trimPoints = new TrimPoints(names);

    private final FollowedTopics followed = new FollowedTopics();

    private final ExpiryQueue byAge = new ExpiryQueue();

    /** Logs that nobody finds any more, and whose messages are yet to be removed. */
    private final Deque<TopicLog> dropped = new ArrayDeque<>();

    private final ArchiveIndex archive;

    /** @param indexBytes how much memory the messages may take that only the archive has */
    TopicLogs(HistoryOptions options, long indexBytes) {
        this.options = options;
        this.archive = new ArchiveIndex(indexBytes);
    }

    void append(TopicLogKey key, StoredMessage message) {
        TopicLog log = logToAddTo(key);
        came(key, message.sequence());
        log.hideExpired(message.acceptedNanos());
        for (int i = 0; i < HIDDEN_BY_APPEND && log.isFirstHidden(); i++) {
            removeFirst(log, message.acceptedNanos());
        }
        log.add(message);
        byAge.addNewest(message);
        trim(key, log, message.acceptedNanos());
    }

    /** Appends a message that only the archive has. No message of its log may be in memory. */
    void restore(TopicLogKey key, long sequence, long location) {
        TopicLog log = logToAddTo(key);
        came(key, sequence);
        log.addArchived(key, archive, sequence, location);
        while (log.size() > options.messages()) {
            log.removeFirst(0);
        }
    }

    private void came(TopicLogKey key, long sequence) {
        if (names.hasBegun()) {
            names.recent().add(key, sequence);
        }
    }

    /** The names of all logs, from now on. */
    LogNames names(long newest) {
        if (!names.hasBegun()) {
            Iterator<Map.Entry<TopicLogKey, TopicLog>> known = logs.entrySet().iterator();
            LogNames.Gathering ofTrimPoints = trimPoints.gathering();
            names.begin(newest, () -> {
                if (!known.hasNext()) {
                    return ofTrimPoints.addNext();
                }
                Map.Entry<TopicLogKey, TopicLog> next = known.next();
                if (logs.get(next.getKey()) == next.getValue()) {
                    name(next.getKey(), next.getValue());
                }
                return true;
            });
        }
        return names;
    }

    private void name(TopicLogKey key, TopicLog log) {
        if (names.hasBegun() && !log.isNamed) {
            log.isNamed = true;
            names.add(key.topic());
        }
    }

    /** Takes a log out of reach; absent if there is none. */
    @Nullable
    private TopicLog takeOut(TopicLogKey key) {
        TopicLog log = logs.remove(key);
        if (log != null && log.isNamed) {
            log.isNamed = false;
            names.remove(key.topic());
        }
        return log;
    }

    private TopicLog logToAddTo(TopicLogKey key) {
        TopicLog log = logs.get(key);
        if (log == null) {
            log = new TopicLog(trimPointWithoutLog(key));
            put(key, log);
        }
        return log;
    }

    /** A message was not stored: its log counts as trimmed up to there. */
    void skip(TopicLogKey key, long sequence) {
        TopicLog log = logs.get(key);
        TrimPoints.TrimPoint before = log == null ? trimPointWithoutLog(key) : log.trimPoint();
        drop(key);
        remember(key, new TrimPoints.TrimPoint(sequence, before.perhapsThrough()));
        came(key, sequence);
    }

    /** A log, with what is gone hidden; absent if it holds nothing. */
    @Nullable
    TopicLog find(TopicLogKey key, long now) {
        TopicLog log = logs.get(key);
        if (log != null) {
            log.hide(now, options.ageNanos());
            forgetIfEmpty(key, log);
        }
        return log == null || log.size() == 0 ? null : log;
    }

    /** Whether the next message of a log has been removed, or is gone now. */
    boolean isLost(TopicLogReader reader, long now, long taken) {
        boolean lost = reader.isLost(now, options.ageNanos(), taken);
        forgetIfEmpty(reader.key(), reader.log());
        return lost;
    }

    /** Up to where a log was trimmed. */
    TrimPoints.TrimPoint trimPoint(TopicLogKey key, long now) {
        TopicLog log = find(key, now);
        return log != null ? log.trimPoint() : trimPointWithoutLog(key);
    }

    /** Up to where a log was trimmed that holds nothing. */
    TrimPoints.TrimPoint trimPointWithoutLog(TopicLogKey key) {
        TrimPoints.TrimPoint trimPoint = trimPoints.get(key);
        return trimPoint != null ? trimPoint : neverStored(key);
    }

    private TrimPoints.TrimPoint neverStored(TopicLogKey key) {
        List<FollowedTopic> topics = followed.of(key.topic());
        TrimPoints.TrimPoint unknown = trimPoints.unknown();
        return topics.isEmpty()
                ? unknown
                : unknown.orLater(topics.stream()
                        .mapToLong(topic -> topic.since(key.recipient()))
                        .min()
                        .orElseThrow());
    }

    /** Whether it is time to forget the trim points of logs that nobody is interested in. */
    boolean isSweepDue() {
        return trimPoints.isSweepDue();
    }

    List<TopicLogKey> sweep() {
        return trimPoints.sweep();
    }

    void forgetAllBut(Set<TopicLogKey> interesting, History.Sweep sweep) {
        for (TopicLogKey key : trimPoints.forgetAllBut(interesting, sweep.logs(), sweep.through())) {
            forgetInFollowed(key);
        }
    }

    /** Nothing is known of a log any more. */
    private void forgetInFollowed(TopicLogKey key) {
        followed.of(key.topic()).forEach(topic -> topic.forget(key));
    }

    void follow(Topic topic, long since) {
        followed.follow(topic, since);
        names.recent().forget(since);
    }

    /** What was followed; absent if it was not. */
    @Nullable
    FollowedTopic unfollow(Topic topic) {
        return followed.unfollow(topic);
    }

    /** What is followed; its iterator needs no lock. */
    FollowedTopics followed() {
        return followed;
    }

    /** Drops a log of a topic or pattern that is followed no more, unless it belongs to another one too. */
    void dropUnlessFollowed(TopicLogKey key) {
        if (followed.of(key.topic()).isEmpty()) {
            drop(key);
        } else {
            noteInFollowed(key);
        }
    }

    /** Messages of a log may have been missed up to a sequence, unless it came whole, because of another topic or pattern. */
    void interrupt(TopicLogKey key, long through, boolean isWhole) {
        names.recent().forget(through);
        if (isWhole) {
            noteInFollowed(key);
        } else {
            drop(key);
        }
    }

    /** Of the log of a pattern's topic nothing is missing after a sequence, if all that is known is since when it is followed. */
    void loadRest(TopicLogKey key, long since, long through) {
        TrimPoints.TrimPoint rest = new TrimPoints.TrimPoint(through, through);
        TopicLog log = logs.get(key);
        TrimPoints.TrimPoint trimPoint = trimPoints.get(key);
        if (log != null) {
            log.loadRest(since, rest);
        } else if (trimPoint != null && trimPoint.through() == since) {
            remember(key, rest);
        }
    }

    /**
     * Puts older messages in front of those that have come since a topic is followed.
     *
     * @param past by growing sequence; what has come since is left out
     * @param through the sequence up to which messages may be missing
     * @return false if they are not wanted: the topic is not followed any more, or the log has been trimmed since
     */
    boolean load(TopicLogKey key, List<StoredMessage> past, long through, long now) {
        boolean complete = trimPoint(key, now).through() == neverStored(key).through();
        followed.of(key.topic()).forEach(topic -> topic.loaded(key));
        if (followed.of(key.topic()).isEmpty() || !complete) {
            return false;
        }
        names.recent()
                .forget(past.isEmpty() ? through : past.get(past.size() - 1).sequence());
        TopicLog before = takeOut(key);
        TopicLog whole = new TopicLog(new TrimPoints.TrimPoint(through, through));
        long end = before == null || before.begin() == before.end() ? Long.MAX_VALUE : before.sequence(before.begin());
        List<StoredMessage> missing =
                past.stream().filter(message -> message.sequence() < end).toList();
        missing.forEach(whole::add);
        for (int i = missing.size() - 1; i >= 0; i--) {
            byAge.addOldest(missing.get(i));
        }
        for (long place = before == null ? 0 : before.begin(); before != null && place < before.end(); place++) {
            whole.add(before.get(place));
        }
        if (whole.size() == 0) {
            remember(key, whole.trimPoint());
        } else {
            put(key, whole);
        }
        trim(key, whole, now);
        return true;
    }

    /** Messages of a log up to this sequence cannot be had: what it holds is dropped. */
    void miss(TopicLogKey key, long through) {
        drop(key);
        remember(key, new TrimPoints.TrimPoint(through, through));
        names.recent().forget(through);
    }

    /** As if the log had never been. */
    void drop(TopicLogKey key) {
        TopicLog log = takeOut(key);
        if (log != null) {
            log.removeArchived();
            if (log.size() > 0) {
                dropped.add(log);
            }
        }
        trimPoints.remove(key);
    }

    /** Removes so many messages of dropped logs at most; whether there are more. */
    boolean removeDropped(int most) {
        for (int i = 0; i < most && !dropped.isEmpty(); i++) {
            TopicLog log = dropped.getFirst();
            removeFirst(log, 0);
            if (log.size() == 0) {
                dropped.removeFirst();
            }
        }
        return !dropped.isEmpty();
    }

    /** How much memory is taken, as {@link StoredMessage#cost} and {@link ArchiveIndex#bytes} count it. */
    long bytes() {
        return byAge.bytes() + archive.bytes();
    }

    /** How many messages only the archive has. */
    long archived() {
        return archive.messages();
    }

    /** The archive has no message up to this sequence any more: those are hidden at once, and removed by {@link #trimArchived}. */
    void trimmed(long through) {
        archive.trimmed(through);
    }

    /** Whether the archive has no message up to this sequence any more. */
    boolean isTrimmed(long sequence) {
        return sequence <= archive.trimmedThrough();
    }

    /** Messages up to a sequence may have been removed from logs of which nothing is known. */
    void perhapsTrimmed(long through) {
        trimPoints.perhapsThrough(through);
    }

    /**
     * Removes from so many logs at most what the archive has trimmed, and the oldest of too many archived messages.
     *
     * @return whether there is more
     */
    boolean trimArchived(int most) {
        ArchivedPart due = archive.due();
        for (int i = 0; i < most && due != null; i++) {
            TopicLog log = due.log();
            if (isTrimmed(due.sequence(0))) {
                log.removeTrimmed();
            } else {
                // It is in the archive only: whether it has expired is not known.
                log.removeFirst(0);
            }
            forgetIfEmpty(due.key(), log);
            due = archive.due();
        }
        return due != null;
    }

    /** Removes so many messages at most that are too old; whether there are more. */
    boolean expire(long now, int most) {
        StoredMessage oldest = byAge.oldest();
        for (int i = 0; i < most && oldest != null && oldest.isOlder(now, options.ageNanos()); i++) {
            remove(oldest, now);
            oldest = byAge.oldest();
        }
        return oldest != null && oldest.isOlder(now, options.ageNanos());
    }

    /**
     * Removes the oldest messages from memory while there are too many bytes: so many of them at most, unless it is far above its
     * bytes. The archive may still have them.
     *
     * @return whether there are still too many bytes
     */
    boolean trimBytes(long now, int most) {
        long far = options.bytes() + options.bytes() / PART_ABOVE;
        StoredMessage oldest = byAge.oldest();
        for (int i = 0; oldest != null && byAge.bytes() > (i < most ? options.bytes() : far); i++) {
            removeFromMemory(oldest, now);
            oldest = byAge.oldest();
        }
        return byAge.bytes() > options.bytes();
    }

    private void trim(TopicLogKey key, TopicLog log, long now) {
        while (log.size() > options.messages()) {
            removeFirst(log, now);
            forgetIfEmpty(key, log);
        }
        trimBytes(now, History.EXPIRED_UNDER_LOCK);
    }

    private void removeFromMemory(StoredMessage oldest, long now) {
        TopicLogKey key = keyOf(oldest);
        TopicLog log = logs.get(key);
        boolean isKept = oldest.location() != Archive.NOWHERE
                && !isTrimmed(oldest.sequence())
                && !oldest.isOlder(now, options.ageNanos());
        if (isKept && log != null && log.canArchive(oldest)) {
            log.archiveFirst(key, archive);
            byAge.remove(oldest);
        } else {
            remove(oldest, now);
        }
    }

    private void remove(StoredMessage oldest, long now) {
        TopicLogKey key = keyOf(oldest);
        TopicLog log = logs.get(key);
        if (log != null && log.isFirstInMemory(oldest)) {
            // A log has no holes: what is before it goes too.
            log.removeArchived();
            removeFirst(log, now);
            forgetIfEmpty(key, log);
        } else {
            // Its log was dropped.
            byAge.remove(oldest);
        }
    }

    private static TopicLogKey keyOf(StoredMessage message) {
        return new TopicLogKey(message.message().topic(), message.message().recipient());
    }

    private void removeFirst(TopicLog log, long now) {
        StoredMessage removed = log.removeFirst(now);
        if (removed != null) {
            byAge.remove(removed);
        }
    }

    private void forgetIfEmpty(TopicLogKey key, TopicLog log) {
        if (log.size() == 0 && logs.get(key) == log) {
            takeOut(key);
            remember(key, log.trimPoint());
        }
    }

    private void put(TopicLogKey key, TopicLog log) {
        trimPoints.remove(key);
        logs.put(key, log);
        name(key, log);
        noteInFollowed(key);
    }

    /** A log is empty, and was trimmed up to there. */
    private void remember(TopicLogKey key, TrimPoints.TrimPoint trimPoint) {
        TopicLogKey forgotten = trimPoints.put(key, trimPoint);
        noteInFollowed(key);
        if (forgotten != null) {
            forgetInFollowed(forgotten);
        }
    }

    private void noteInFollowed(TopicLogKey key) {
        followed.of(key.topic()).forEach(topic -> topic.logs.add(key));
    }

    /** The keys of what a user receives of a topic: what is for everybody, and what is for that user. */
    static List<TopicLogKey> keys(Topic topic, Optional<UserId> user) {
        TopicLogKey toAll = new TopicLogKey(topic, Optional.empty());
        return user.isPresent() ? List.of(toAll, new TopicLogKey(topic, user)) : List.of(toAll);
    }
}
