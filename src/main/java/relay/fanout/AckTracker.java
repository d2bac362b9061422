package relay.fanout;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.publish.Receipt;

/**
 * What a client was sent, and what it has acknowledged. The owning worker only.
 *
 * <p>A ping carries the sequence of the last message that was sent; the pong carries it back, and so acknowledges it and
 * all before it (RFC 6455 §5.5.3: a pong has the payload of the ping it answers). At most one such ping is in flight.
 */
final class AckTracker {
    private static final long NOTHING = -1;

    /** Before any worker began. */
    private static final long LONG_AGO = -2 * AckSchedule.LONGEST_NANOS;

    private static final int MAX_OWED = 256;

    final Subscriber subscriber;

    /** Where {@link AckSchedule} keeps it, and when its client was last sent something, as that counts. */
    @Nullable
    AckTracker earlier;

    @Nullable
    AckTracker later;

    long sentAtNanos = LONG_AGO;

    private final Map<Topic, Long> since = new HashMap<>(2);
    private long acknowledged;
    private long sent;
    private long asked = NOTHING;
    private boolean answerMeansNothing;

    /** Whether its queue refused something that was for it. */
    private boolean refused;

    /** Whether it was told of a gap and has not been pinged since; and whether it was pinged since, and has not answered. */
    private boolean gapToAsk;

    private boolean gapAsked;
    private long askedAtNanos = LONG_AGO;
    private @Nullable ArrayDeque<Owed> owed;

    /** What is to be known of its acknowledgements by itself; absent while there is nothing. */
    private WatchedMessages.@Nullable Sent watched;

    private record Owed(long sequence, Receipt receipt) {}

    /**
     * Begins.
     *
     * @param position the sequence up to which nothing is owed to the client
     */
    AckTracker(Subscriber subscriber, long position) {
        this.subscriber = subscriber;
        acknowledged = position;
        sent = position;
    }

    /** The cursor: the sequence of the last message that the client is known to have received. */
    long acknowledged() {
        return acknowledged;
    }

    /**
     * Everything for it up to this sequence has been sent or is in its send queue, so that a ping comes after it.
     */
    void sent(long sequence) {
        sent = sequence;
        if (watched != null) {
            watched.taken(sequence);
        }
    }

    /** There is nothing more for it up to a sequence. */
    void sentAll(long present) {
        if (!refused) {
            sent = Math.max(sent, present);
        }
    }

    /** It was not sent something that was for it: so it is up to date no more, whatever it acknowledges on this connection. */
    void refused() {
        refused = true;
    }

    /** It was told of a gap: until it has acknowledged that, its cursor stays before the gap. */
    void toldOfGap() {
        gapToAsk = true;
    }

    /** Whether it has yet to acknowledge the last gap that it was told of. */
    boolean isGapUnacknowledged() {
        return gapToAsk || gapAsked;
    }

    /**
     * Everything for it up to a sequence has been sent. If nothing of that is unacknowledged, the cursor moves there, even if the
     * last messages were for others.
     */
    void upToDate(long present) {
        if (!isUnacknowledged() && !refused) {
            acknowledged = Math.max(acknowledged, present);
        }
    }

    /** Whether a publisher waits for what it acknowledges. */
    boolean isOwed() {
        return owed != null && !owed.isEmpty();
    }

    /** Whether anybody is to know what it acknowledges, be it kept or not. */
    boolean isNeeded() {
        return isOwed() || (watched != null && watched.count() > 0);
    }

    /** What is to be known of its acknowledgements by itself; absent while there is nothing. */
    WatchedMessages.@Nullable Sent watched() {
        return watched;
    }

    void watch(WatchedMessages.Sent sent) {
        watched = sent;
    }

    /** It is sent again everything after a sequence, on the same connection or a new one. */
    void rewind(long position) {
        acknowledged = position;
        sent = position;
        refused = false;
        answerMeansNothing = asked != NOTHING;
    }

    /** It is subscribed to these topics, and wants of the new ones what comes after a sequence. */
    void want(Set<Topic> topics, long position) {
        since.keySet().retainAll(topics);
        // One object for all topics.
        Long start = position;
        topics.forEach(topic -> since.putIfAbsent(topic, start));
    }

    /** It is subscribed to these topics, and wants of each what comes after a sequence. */
    void want(Map<Topic, Long> starts) {
        since.clear();
        since.putAll(starts);
    }

    /** For each topic the sequence after which its messages may not have been received. */
    Map<Topic, Long> unacknowledged(Set<Topic> topics) {
        Map<Topic, Long> starts = new HashMap<>();
        topics.forEach(topic -> starts.put(topic, Math.max(acknowledged, since.getOrDefault(topic, acknowledged))));
        return starts;
    }

    /** For each topic the sequence after which its messages have not been sent. */
    Map<Topic, Long> unsent(Set<Topic> topics) {
        Map<Topic, Long> starts = new HashMap<>();
        topics.forEach(topic -> starts.put(topic, Math.max(sent, since.getOrDefault(topic, sent))));
        return starts;
    }

    /**
     * It goes on behind what it was sent last: what its queue refused, it gets from the history. No publisher waits for that: it
     * was not handed over.
     */
    void fallenBehind() {
        refused = false;
        if (owed != null) {
            owed.removeIf(this::isTakenBack);
        }
        if (watched != null) {
            watched.takenBack(sent);
        }
    }

    private boolean isTakenBack(Owed waiting) {
        boolean takenBack = waiting.sequence > sent;
        if (takenBack) {
            waiting.receipt.lost();
        }
        return takenBack;
    }

    /** A publisher waits until the client has acknowledged a message. */
    void owe(long sequence, Receipt receipt) {
        if (owed == null) {
            owed = new ArrayDeque<>(4);
        }
        owed.removeIf(waiting -> waiting.receipt.isOver());
        receipt.expect();
        if (owed.size() < MAX_OWED) {
            owed.add(new Owed(sequence, receipt));
        }
    }

    /** Whether something was sent after the last ping, and that is answered. */
    boolean isWaiting() {
        return asked == NOTHING && (sent > acknowledged || gapToAsk);
    }

    /** When the last ping was sent. */
    long askedAtNanos() {
        return askedAtNanos;
    }

    /** Differs from client to client. */
    int seed() {
        return subscriber.client.id().hashCode();
    }

    /** The sequence for a ping: the same as before while that is unanswered. */
    long ask(long nowNanos) {
        if (asked == NOTHING) {
            asked = sent;
            askedAtNanos = nowNanos;
            gapAsked |= gapToAsk;
            gapToAsk = false;
            if (watched != null) {
                watched.asked();
            }
        }
        return asked;
    }

    /** Whether it was sent a message, or told of a gap, that it has not acknowledged. */
    boolean isUnacknowledged() {
        return sent > acknowledged || gapToAsk || gapAsked;
    }

    /**
     * The sequence for a ping before the close frame, even if another ping is unanswered; empty if that one carries the same. A
     * client answers in the order in which it reads, so the answer counts until its connection has ended.
     */
    OptionalLong askLast(long nowNanos) {
        if (asked == sent) {
            return OptionalLong.empty();
        }
        asked = NOTHING;
        answerMeansNothing = false;
        return OptionalLong.of(ask(nowNanos));
    }

    /** Whether a ping is unanswered. */
    boolean isAsked() {
        return asked != NOTHING;
    }

    /**
     * The client has acknowledged a message; that counts only if a ping carried it, or if it is {@link AckQueue#EVERYTHING}.
     *
     * @return how many nanoseconds after the ping; empty if this acknowledges nothing
     */
    OptionalLong answered(long sequence, long nowNanos) {
        if (sequence == AckQueue.EVERYTHING) {
            asked = NOTHING;
            answerMeansNothing = false;
            if (watched != null) {
                watched.asked();
            }
            acknowledge(sent);
            return OptionalLong.empty();
        }
        if (sequence != asked) {
            return OptionalLong.empty();
        }
        asked = NOTHING;
        if (answerMeansNothing) {
            answerMeansNothing = false;
            gapToAsk |= gapAsked;
            gapAsked = false;
            return OptionalLong.empty();
        }
        acknowledge(sequence);
        return OptionalLong.of(nowNanos - askedAtNanos);
    }

    private void acknowledge(long sequence) {
        acknowledged = Math.max(acknowledged, sequence);
        gapAsked = false;
        while (owed != null && !owed.isEmpty() && owed.getFirst().sequence <= acknowledged) {
            owed.removeFirst().receipt.acknowledged();
        }
        if (watched != null) {
            watched.acknowledged(acknowledged);
        }
    }

    /** Its connection has ended: unanswered pings stay unanswered. */
    void connectionLost() {
        asked = NOTHING;
        answerMeansNothing = false;
        refused = false;
        gapToAsk = false;
        gapAsked = false;
        askedAtNanos = LONG_AGO;
        if (owed != null) {
            owed.forEach(waiting -> waiting.receipt.lost());
            owed = null;
        }
        if (watched != null) {
            watched.lost();
            watched = null;
        }
    }
}
