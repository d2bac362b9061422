package relay.hub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import relay.client.Ticker;
import relay.message.Message;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The recent past: the last messages of each topic, bounded by their number, their age and their bytes in all, the oldest
 * out first.
 *
 * <p>The messages of a topic that are for one user are counted apart, for each user, so that what is sent to others does
 * not push out what somebody missed. Any thread may call any method. A lock is held for as long as it takes to look up
 * each topic asked for and to gather one page.
 */
final class History {
    /** What holding a message costs beside its text, as it is counted: the objects around it. */
    static final int MESSAGE_OVERHEAD_BYTES = 200;

    /** How many strands that hold nothing any more are remembered for how far they went. */
    private static final int MAX_EMPTIED = 20_000;

    private final HistoryOptions options;
    private final Ticker ticker;
    private final Map<StrandKey, Strand> strands = new HashMap<>();

    /** Up to where strands have gone that hold nothing now; the one that was emptied first goes first. */
    private final Map<StrandKey, Long> emptied = new LinkedHashMap<>();

    /** Up to where any strand may have gone that is not remembered at all. */
    private long forgottenThrough;

    private @Nullable HeldMessage oldest;
    private @Nullable HeldMessage newest;
    private long bytes;

    /** What goes to one kind of receiver on one topic: everybody, or one user. */
    private record StrandKey(Topic topic, Optional<UserId> recipient) {}

    /**
     * Where to read.
     *
     * @param starts the topics, and for each the sequence after which its messages are wanted
     * @param user whose messages are read beside those for everybody
     * @param after the sequence after which messages are wanted, of whichever topic
     * @param through the last sequence that is wanted
     */
    record Query(Map<Topic, Long> starts, UserId user, long after, long through) {}

    /**
     * What was read.
     *
     * @param messages in the order of their sequence
     * @param complete whether there is nothing more up to the end of the query
     * @param trimmed the topics of which wanted messages may be held no more, and for each the last such sequence
     */
    record Page(List<HeldMessage> messages, boolean complete, Map<Topic, Long> trimmed) {}

    /** What is held of a topic for everybody. */
    record Held(int messages, long lastSequence) {}

    History(HistoryOptions options, Ticker ticker) {
        this.options = options;
        this.ticker = ticker;
    }

    /** Takes in the message with the next sequence. */
    synchronized void append(long sequence, Message message) {
        if (!options.holdsAnything()) {
            forgottenThrough = sequence;
            return;
        }
        long now = ticker.nanos();
        expire(now);
        StrandKey key = new StrandKey(message.topic(), message.recipient());
        Strand strand = strands.get(key);
        if (strand == null) {
            Long trimmed = emptied.remove(key);
            strand = new Strand(trimmed == null ? forgottenThrough : trimmed);
            strands.put(key, strand);
        }
        HeldMessage held = new HeldMessage(sequence, message, now);
        strand.add(held);
        linkNewest(held);
        bytes += held.cost();
        if (strand.size() > options.messages()) {
            remove(key, strand);
        }
        while (bytes > options.bytes() && oldest != null) {
            removeOldest(oldest);
        }
    }

    /** The next messages of a query, as many as fit. */
    synchronized Page read(Query query, int maxMessages, long maxBytes) {
        expire(ticker.nanos());
        PriorityQueue<Reader> readers = new PriorityQueue<>(Comparator.comparingLong(Reader::sequence));
        Map<Topic, Long> trimmed = new LinkedHashMap<>();
        query.starts().forEach((topic, start) -> {
            long after = Math.max(start, query.after());
            for (StrandKey key : keys(topic, query.user())) {
                Strand strand = strands.get(key);
                if (strand != null) {
                    new Reader(strand, after).queueIn(readers, query.through());
                }
                if (trimmedThrough(key) > after) {
                    trimmed.merge(topic, trimmedThrough(key), Math::max);
                }
            }
        });
        List<HeldMessage> messages = new ArrayList<>();
        long size = 0;
        for (Reader reader = readers.poll(); reader != null; reader = readers.poll()) {
            size += reader.message().message().text().size();
            if (messages.size() == maxMessages || (size > maxBytes && !messages.isEmpty())) {
                return new Page(messages, false, trimmed);
            }
            messages.add(reader.message());
            reader.advance();
            reader.queueIn(readers, query.through());
        }
        return new Page(messages, true, trimmed);
    }

    /** How many messages of a topic are held that are for everybody, and the sequence of the last; 0 if none is. */
    synchronized Held held(Topic topic) {
        expire(ticker.nanos());
        Strand strand = strands.get(new StrandKey(topic, Optional.empty()));
        return strand == null
                ? new Held(0, 0)
                : new Held(strand.size(), strand.get(strand.size() - 1).sequence());
    }

    /** The sequence up to which messages of a topic that this user would get may be missing; 0 if none is. */
    synchronized long trimmedThrough(Topic topic, UserId user) {
        expire(ticker.nanos());
        return keys(topic, user).stream().mapToLong(this::trimmedThrough).max().orElse(0);
    }

    private long trimmedThrough(StrandKey key) {
        Strand strand = strands.get(key);
        return strand != null ? strand.trimmedThrough() : emptied.getOrDefault(key, forgottenThrough);
    }

    /** The sequence after which come the last so many messages, of those up to a sequence, that this user would get. */
    synchronized long startOfLast(Topic topic, UserId user, int count, long through) {
        expire(ticker.nanos());
        List<Long> sequences = new ArrayList<>();
        for (StrandKey key : keys(topic, user)) {
            Strand strand = strands.get(key);
            if (strand != null) {
                strand.addLastSequences(count, through, sequences);
            }
        }
        sequences.sort(Comparator.reverseOrder());
        if (count == 0 || sequences.isEmpty()) {
            return through;
        }
        return sequences.get(Math.min(count, sequences.size()) - 1) - 1;
    }

    /** Lets go of what has become too old. To be called now and then: otherwise it happens when the history is used. */
    synchronized void expire() {
        expire(ticker.nanos());
    }

    /** How many bytes are held, as they are counted. */
    synchronized long bytes() {
        return bytes;
    }

    private static List<StrandKey> keys(Topic topic, UserId user) {
        return List.of(new StrandKey(topic, Optional.empty()), new StrandKey(topic, Optional.of(user)));
    }

    private void expire(long now) {
        while (oldest != null && now - oldest.acceptedNanos() >= options.ageNanos()) {
            removeOldest(oldest);
        }
    }

    private void removeOldest(HeldMessage message) {
        StrandKey key =
                new StrandKey(message.message().topic(), message.message().recipient());
        Strand strand = strands.get(key);
        if (strand != null) {
            remove(key, strand);
        }
    }

    /** Lets go of a strand's first message. */
    private void remove(StrandKey key, Strand strand) {
        HeldMessage removed = strand.removeFirst();
        unlink(removed);
        bytes -= removed.cost();
        if (strand.size() == 0) {
            strands.remove(key);
            emptied.put(key, strand.trimmedThrough());
            if (emptied.size() > MAX_EMPTIED) {
                Map.Entry<StrandKey, Long> first = emptied.entrySet().iterator().next();
                forgottenThrough = Math.max(forgottenThrough, first.getValue());
                emptied.remove(first.getKey());
            }
        }
    }

    private void linkNewest(HeldMessage message) {
        message.older = newest;
        if (newest == null) {
            oldest = message;
        } else {
            newest.newer = message;
        }
        newest = message;
    }

    private void unlink(HeldMessage message) {
        if (message.older == null) {
            oldest = message.newer;
        } else {
            message.older.newer = message.newer;
        }
        if (message.newer == null) {
            newest = message.older;
        } else {
            message.newer.older = message.older;
        }
        message.older = null;
        message.newer = null;
    }

    /** A place in a strand. */
    private static final class Reader {
        private final Strand strand;
        private int position;

        Reader(Strand strand, long after) {
            this.strand = strand;
            this.position = strand.firstAfter(after);
        }

        HeldMessage message() {
            return strand.get(position);
        }

        long sequence() {
            return message().sequence();
        }

        void advance() {
            position++;
        }

        void queueIn(PriorityQueue<Reader> readers, long through) {
            if (position < strand.size() && sequence() <= through) {
                readers.add(this);
            }
        }
    }
}
