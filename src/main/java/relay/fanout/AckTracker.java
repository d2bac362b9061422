package relay.fanout;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.publish.Receipt;

/**
 * What a client was sent, and what it is known to have received. The owning worker only.
 *
 * <p>A ping carries the sequence of the last message that was sent; the pong carries it back, and so acknowledges it and
 * all before it (RFC 6455 §5.5.3: a pong has the payload of the ping it answers). At most one such ping is in flight.
 */
public final class AckTracker {
    /**
     * How long after one ping the next may follow at the earliest, unless a publisher waits for it. Each is a write of its own,
     * and its answer a read: together they cost the relay about as much as a message.
     */
    public static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** By how much it differs from client to client, so that not all of a topic are asked at the same time. */
    public static final long SPREAD_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long NOTHING = -1;
    /** Before any worker began. */
    private static final long LONG_AGO = -2 * INTERVAL_NANOS;

    private static final int MAX_OWED = 256;

    private final Map<Topic, Long> since = new HashMap<>(2);
    private final long intervalNanos;
    private long acknowledged;
    private long sent;
    private long asked = NOTHING;
    private boolean answerMeansNothing;

    /** It was told that it may have missed messages, and has not been asked since; or has, and has not answered. */
    private boolean gapToAsk;

    private boolean gapAsked;
    private long askedAtNanos = LONG_AGO;
    private @Nullable ArrayDeque<Owed> owed;

    private record Owed(long sequence, Receipt receipt) {}

    /**
     * Begins.
     *
     * @param position the sequence up to which nothing is owed to the client
     * @param seed differs from client to client
     */
    AckTracker(long position, int seed) {
        intervalNanos = INTERVAL_NANOS + Math.floorMod(seed, SPREAD_NANOS);
        acknowledged = position;
        sent = position;
    }

    /** The cursor: the sequence of the last message that the client is known to have received. */
    long acknowledged() {
        return acknowledged;
    }

    /**
     * Whatever it is owed up to this sequence is on the wire, or in line for it, so that a ping now comes after it; or its
     * connection has failed it.
     */
    void sent(long sequence) {
        sent = sequence;
    }

    /** It was told that it may have missed messages: until it has that, its cursor stays in front of them. */
    void toldOfGap() {
        gapToAsk = true;
    }

    /**
     * All that there is for it up to a sequence has been sent: if nothing of that is unacknowledged, it is known to have
     * everything up to there, whoever the last messages were for.
     */
    void upToDate(long present) {
        if (sent <= acknowledged && !gapToAsk && !gapAsked) {
            acknowledged = Math.max(acknowledged, present);
        }
    }

    /** Whether anybody waits for what it acknowledges. */
    boolean isOwed() {
        return owed != null && !owed.isEmpty();
    }

    /** It is sent again what comes after a sequence, on the same connection or a new one. */
    void rewind(long position) {
        acknowledged = position;
        sent = position;
        answerMeansNothing = asked != NOTHING;
    }

    /** It asks for these topics: of those that are new to it, it wants what comes after a sequence. */
    void want(Set<Topic> topics, long position) {
        since.keySet().retainAll(topics);
        // One object for all of them.
        Long start = position;
        topics.forEach(topic -> since.putIfAbsent(topic, start));
    }

    /** It asks for these topics, and of each what comes after a sequence. */
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

    /** Whether something was sent that nobody has asked about, and the time to ask has come. */
    boolean mayAsk(long nowNanos) {
        return isWaiting() && (nowNanos >= nextAskNanos() || isOwed());
    }

    /**
     * Whether something was sent that nobody will ask about unless that is seen to. It is where the client is looked at again
     * in time anyway.
     */
    boolean isToBeAsked(long lookedAtAgainNanos) {
        return isWaiting() && (lookedAtAgainNanos > nextAskNanos() || isOwed());
    }

    /** Whether something was sent that nobody has asked about. */
    boolean isWaiting() {
        return asked == NOTHING && (sent > acknowledged || gapToAsk);
    }

    long nextAskNanos() {
        return askedAtNanos + intervalNanos;
    }

    /** What to ask about: the same as before while that is unanswered. */
    long ask(long nowNanos) {
        if (asked == NOTHING) {
            asked = sent;
            askedAtNanos = nowNanos;
            gapAsked |= gapToAsk;
            gapToAsk = false;
        }
        return asked;
    }

    /** Whether it was sent or told anything that it has not acknowledged. */
    boolean isUnacknowledged() {
        return sent > acknowledged || gapToAsk || gapAsked;
    }

    /**
     * What to ask in front of a close frame, whatever it is asked already; empty if that is just this. A client answers what
     * it reads in the order in which it reads that, so the answer counts until its connection has ended.
     */
    OptionalLong askLast(long nowNanos) {
        if (asked == sent) {
            return OptionalLong.empty();
        }
        asked = NOTHING;
        answerMeansNothing = false;
        return OptionalLong.of(ask(nowNanos));
    }

    /** Whether it is asked something that it has not answered. */
    boolean isAsked() {
        return asked != NOTHING;
    }

    /**
     * The client says that it has received a message; only what it was asked counts.
     *
     * @return how many nanoseconds after it was asked; empty if this acknowledges nothing
     */
    OptionalLong answered(long sequence, long nowNanos) {
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
        acknowledged = Math.max(acknowledged, sequence);
        gapAsked = false;
        while (owed != null && !owed.isEmpty() && owed.getFirst().sequence <= acknowledged) {
            owed.removeFirst().receipt.acknowledged();
        }
        return OptionalLong.of(nowNanos - askedAtNanos);
    }

    /** Its connection has ended: what is unanswered stays so. */
    void connectionLost() {
        asked = NOTHING;
        answerMeansNothing = false;
        gapToAsk = false;
        gapAsked = false;
        askedAtNanos = LONG_AGO;
        if (owed != null) {
            owed.forEach(waiting -> waiting.receipt.lost());
            owed = null;
        }
    }
}
