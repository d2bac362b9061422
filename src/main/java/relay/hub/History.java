package relay.hub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
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
    /** What holding a message takes beside its text and its topic's name, the only one of its topic: the objects around it. */
    static final int MESSAGE_OVERHEAD_BYTES = 300;

    /** What it takes more if it is for one user, beside that one's name. */
    static final int RECIPIENT_BYTES = 90;

    private final HistoryOptions options;
    private final Ticker ticker;
    private final Map<StrandKey, Strand> strands = new HashMap<>();

    private final Emptied emptied = new Emptied();

    /** Topics of which messages come only since they are followed: empty where all messages come. */
    private final Map<Topic, Followed> followed = new HashMap<>();

    private long newest;

    private final HeldByAge byAge = new HeldByAge();

    /**
     * Where to read.
     *
     * @param starts the topics, and for each the sequence after which its messages are wanted
     * @param user whose messages are read beside those for everybody
     * @param after the sequence after which messages are wanted, of whichever topic
     * @param through the last sequence that is wanted
     * @param askedSince the sequence since which the topics have been asked for all the while
     */
    record Query(Map<Topic, Long> starts, UserId user, long after, long through, long askedSince) {}

    /**
     * What was read.
     *
     * @param messages in the order of their sequence
     * @param complete whether there is nothing more up to the end of the query
     * @param trimmed the topics of which wanted messages may be held no more, and for each the last such sequence
     */
    record Page(List<HeldMessage> messages, boolean complete, Map<Topic, Long> trimmed) {}

    /**
     * Strands that may be forgotten.
     *
     * @param through how far they may have gone
     */
    record Sweep(List<StrandKey> strands, long through) {}

    /** What is held of a topic for everybody. */
    record Held(int messages, long lastSequence) {}

    History(HistoryOptions options, Ticker ticker) {
        this.options = options;
        this.ticker = ticker;
    }

    /**
     * Takes in the message with the next sequence, which came at this moment.
     *
     * @return whether it is time for {@link #sweep}
     */
    synchronized boolean append(long sequence, Message message, long now) {
        newest = sequence;
        StrandKey key = new StrandKey(message.topic(), message.recipient());
        if (options.holdsAnything()) {
            expire(now);
            append(key, new HeldMessage(sequence, message, now));
        } else {
            remember(key, new Emptied.Gone(sequence, gone(key).perhapsThrough()));
        }
        return emptied.isSweepDue();
    }

    private void append(StrandKey key, HeldMessage held) {
        Strand strand = strands.get(key);
        if (strand == null) {
            strand = new Strand(gone(key));
            put(key, strand);
        }
        strand.add(held);
        byAge.addNewest(held);
        trim(key, strand);
    }

    /** Strands that hold nothing, and the sequence up to which they may be forgotten where nobody asks for them. */
    synchronized Sweep sweep() {
        return new Sweep(emptied.sweep(), newest);
    }

    /** Forgets strands that nobody asked for when all messages up to the sweep had come to those who ask. */
    synchronized void forgetAllBut(Set<StrandKey> askedFor, Sweep sweep) {
        for (StrandKey key : emptied.forgetAllBut(askedFor, sweep.strands(), sweep.through())) {
            Followed topicFollowed = followed.get(key.topic());
            if (topicFollowed != null) {
                topicFollowed.strands.remove(key);
            }
        }
    }

    /** From now on messages on a topic come; those up to this sequence did not. */
    synchronized void follow(Topic topic, long since) {
        forget(topic);
        followed.put(topic, new Followed(since));
    }

    /** Messages on a topic come no more: what is held of it is let go. */
    synchronized void forget(Topic topic) {
        Followed before = followed.remove(topic);
        if (before != null) {
            before.strands.forEach(this::drop);
        }
    }

    /**
     * Takes in what was sent on a topic before it was followed.
     *
     * @param past by growing sequence; what has come since is left out
     * @param through the sequence up to which messages may be missing
     */
    synchronized void load(Topic topic, Optional<UserId> recipient, List<HeldMessage> past, long through) {
        StrandKey key = new StrandKey(topic, recipient);
        boolean complete = gone(key).through() == neverHeld(key).through();
        if (!followed.containsKey(topic) || !complete) {
            return;
        }
        Strand before = strands.remove(key);
        Strand whole = new Strand(new Emptied.Gone(through, through));
        long end = before == null ? Long.MAX_VALUE : before.get(0).sequence();
        List<HeldMessage> missing =
                past.stream().filter(message -> message.sequence() < end).toList();
        missing.forEach(whole::add);
        for (int i = missing.size() - 1; i >= 0; i--) {
            byAge.addOldest(missing.get(i));
        }
        for (int i = 0; before != null && i < before.size(); i++) {
            whole.add(before.get(i));
        }
        if (whole.size() == 0) {
            remember(key, whole.gone());
        } else {
            put(key, whole);
        }
        trim(key, whole);
    }

    /**
     * Messages up to a sequence may not have come but those for everybody and for these users: what is held of others is
     * let go, as if their topics were followed from then on.
     */
    synchronized void interrupt(Map<Topic, Set<UserId>> whole, long through) {
        followed.forEach((topic, topicFollowed) -> {
            Set<StrandKey> keys = new HashSet<>(Set.of(new StrandKey(topic, Optional.empty())));
            whole.getOrDefault(topic, Set.of()).forEach(user -> keys.add(new StrandKey(topic, Optional.of(user))));
            topicFollowed.interrupt(keys, through).forEach(this::drop);
        });
    }

    /** Messages of a strand up to this sequence did not come, and are not to be had. */
    synchronized void miss(Topic topic, Optional<UserId> recipient, long through) {
        StrandKey key = new StrandKey(topic, recipient);
        drop(key);
        remember(key, new Emptied.Gone(through, through));
    }

    /** The next messages of a query, as many as fit. */
    synchronized Page read(Query query, int maxMessages, long maxBytes) {
        expire(ticker.nanos());
        PriorityQueue<StrandReader> readers = new PriorityQueue<>(Comparator.comparingLong(StrandReader::sequence));
        Map<Topic, Long> trimmed = new LinkedHashMap<>();
        query.starts().forEach((topic, start) -> {
            long after = Math.max(start, query.after());
            for (StrandKey key : keys(topic, query.user())) {
                Strand strand = strands.get(key);
                if (strand != null) {
                    new StrandReader(strand, after).queueIn(readers, query.through());
                }
                Emptied.Gone gone = gone(key);
                long through = after < query.askedSince() ? gone.perhapsThrough() : gone.through();
                // Where nothing is wanted, nothing is missing: what came later comes by itself.
                if (after < query.through() && through > after) {
                    trimmed.merge(topic, Math.min(through, query.through()), Math::max);
                }
            }
        });
        List<HeldMessage> messages = new ArrayList<>();
        long size = 0;
        for (StrandReader reader = readers.poll(); reader != null; reader = readers.poll()) {
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
        return keys(topic, user).stream()
                .mapToLong(key -> gone(key).perhapsThrough())
                .max()
                .orElse(0);
    }

    private Emptied.Gone gone(StrandKey key) {
        Strand strand = strands.get(key);
        if (strand != null) {
            return strand.gone();
        }
        Emptied.Gone gone = emptied.get(key);
        return gone != null ? gone : neverHeld(key);
    }

    private Emptied.Gone neverHeld(StrandKey key) {
        Followed topicFollowed = followed.get(key.topic());
        return topicFollowed == null ? emptied.unknown() : emptied.unknown().orLater(topicFollowed.since(key));
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
        return byAge.bytes();
    }

    private static List<StrandKey> keys(Topic topic, UserId user) {
        return List.of(new StrandKey(topic, Optional.empty()), new StrandKey(topic, Optional.of(user)));
    }

    private void expire(long now) {
        HeldMessage oldest = byAge.oldest();
        while (oldest != null && now - oldest.acceptedNanos() >= options.ageNanos()) {
            removeOldest(oldest);
            oldest = byAge.oldest();
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

    private void trim(StrandKey key, Strand strand) {
        while (strand.size() > options.messages()) {
            remove(key, strand);
        }
        HeldMessage oldest = byAge.oldest();
        while (byAge.bytes() > options.bytes() && oldest != null) {
            removeOldest(oldest);
            oldest = byAge.oldest();
        }
    }

    private void put(StrandKey key, Strand strand) {
        emptied.remove(key);
        strands.put(key, strand);
        Followed topicFollowed = followed.get(key.topic());
        if (topicFollowed != null) {
            topicFollowed.strands.add(key);
        }
    }

    /** As if it had never been. */
    private void drop(StrandKey key) {
        Strand strand = strands.get(key);
        while (strand != null && strand.size() > 0) {
            remove(key, strand);
        }
        emptied.remove(key);
    }

    /** Lets go of a strand's first message. */
    private void remove(StrandKey key, Strand strand) {
        HeldMessage removed = strand.removeFirst();
        byAge.remove(removed);
        if (strand.size() == 0) {
            strands.remove(key);
            remember(key, strand.gone());
        }
    }

    /** A strand is empty, and went so far. */
    private void remember(StrandKey key, Emptied.Gone gone) {
        emptied.put(key, gone);
        Followed topicFollowed = followed.get(key.topic());
        if (topicFollowed != null) {
            topicFollowed.strands.add(key);
        }
    }
}
