package relay.fanout;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import relay.history.TopicLogKey;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Tells connected clients of messages that none of them can be sent any more, each client once: a gap is what may be missing before
 * the next message, however many causes it has. The owning worker only.
 *
 * <p>They are told a few at a time, with other work in between: first of gaps in topics, in the order in which those were announced,
 * then of gaps in everything. A client that is about to be sent a message is told before that ({@link #tellNow}). If a connection
 * ends first, the client's cursor stays before the gap ({@link #forget}), and the client is told when it comes back.
 */
final class GapNotices {
    private static final long NOBODY = Long.MAX_VALUE;
    private static final int MOST_ROUNDS = 100;
    private static final long LONGEST_STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final ClientTable clients;
    private final TopicIndex byTopic;
    private final CatchUpQueue catchingUp;
    private final BiConsumer<Subscriber, List<Gap>> teller;

    /** What has been announced, and not yet told to all, in that order. */
    private final Map<TopicLogKey, GapNotice> notices = new LinkedHashMap<>();

    /** The clients still to be told of a gap in everything. */
    private Iterator<Subscriber> others = Collections.emptyIterator();

    /** How many gaps in everything there have been. */
    private int round;

    /** The last of these, as many as not all have been told of: a client that does not know of several is told of the first. */
    private final List<Anything> rounds = new ArrayList<>();

    /** What has been announced since the worker came to the sequence {@link #toldAt}. */
    private Set<TopicLogKey> told = new HashSet<>();

    /** The sequence after which a gap in everything has been announced. */
    private long allToldAfter = NOBODY;

    private long toldAt;

    /** What has been announced, and the worker has yet to come to the end of. */
    private final Map<TopicLogKey, Loss> ahead = new HashMap<>();

    private record Anything(MessageId after, Gap.Reason reason) {}

    private record Loss(Gap gap, long through) {}

    /** @param teller sends a subscriber gaps, behind all that it was sent, unless its connection has ended */
    GapNotices(
            ClientTable clients,
            TopicIndex byTopic,
            CatchUpQueue catchingUp,
            BiConsumer<Subscriber, List<Gap>> teller) {
        this.clients = clients;
        this.byTopic = byTopic;
        this.catchingUp = catchingUp;
        this.teller = teller;
    }

    /**
     * The clients that are subscribed to a topic, or those of one user, may have missed messages on it.
     *
     * @param present the sequence up to which messages have been sent
     * @param through the sequence up to which messages may be missing; the history knows already
     */
    void announce(
            long present, Topic topic, Optional<UserId> recipient, MessageId after, long through, Gap.Reason reason) {
        forgetWhatIsPast(present);
        TopicLogKey key = new TopicLogKey(topic, recipient);
        Gap gap = new Gap(topic, after, reason);
        if (through > present) {
            ahead.merge(
                    key,
                    new Loss(gap, through),
                    (known, more) -> new Loss(known.gap, Math.max(known.through, through)));
        }
        boolean everybodyTold =
                after.sequence() >= allToldAfter || told.contains(new TopicLogKey(topic, Optional.empty()));
        if (everybodyTold || !told.add(key)) {
            return;
        }
        GapNotice before = notices.get(key);
        while (before != null && before.hasNext()) {
            // Of other topics too: what was announced first is told first.
            tellNow(before.peek());
        }
        notices.remove(key);
        GapNotice notice = recipient
                .map(user -> GapNotice.toAnyOf(clients.of(user), gap, through))
                .orElseGet(() -> GapNotice.toMembers(byTopic.members(topic), others(topic), gap, through));
        if (notice.hasNext()) {
            notices.put(key, notice);
        }
    }

    /** Those who are not members of a topic, and may be concerned: they catch up, or are subscribed to it by a pattern only. */
    private Collection<Subscriber> others(Topic topic) {
        if (byTopic.hasNoPatterns()) {
            return catchingUp.all();
        }
        List<Subscriber> all = new ArrayList<>(catchingUp.all());
        List<TopicIndex.Members> matching = new ArrayList<>();
        byTopic.addMatching(topic, matching);
        for (TopicIndex.Members members : matching) {
            for (int i = 0; i < members.size(); i++) {
                if (members.get(i).topics().find(topic) == null) {
                    all.add(members.get(i));
                }
            }
        }
        return all;
    }

    /**
     * All clients may have missed messages on all their topics.
     *
     * @param everybody all clients at this moment; some may go and others come while it is gone through
     */
    void announceToAll(long present, Iterator<Subscriber> everybody, MessageId after, Gap.Reason reason) {
        forgetWhatIsPast(present);
        if (after.sequence() >= allToldAfter) {
            return;
        }
        allToldAfter = after.sequence();
        while (rounds.size() == MOST_ROUNDS && others.hasNext()) {
            tellOfAnything(others.next());
        }
        if (!others.hasNext()) {
            rounds.clear();
        }
        others = everybody;
        rounds.add(new Anything(after, reason));
        round++;
    }

    private void forgetWhatIsPast(long present) {
        if (present != toldAt) {
            toldAt = present;
            allToldAfter = NOBODY;
            told = new HashSet<>();
            ahead.values().removeIf(loss -> loss.through <= present);
        }
    }

    /**
     * The gaps to tell a client of that has caught up with the worker: the worker has yet to come to the end of these losses, so
     * the client has not found them in the history.
     *
     * @param trimmed for each log up to where the client knows that it is trimmed
     */
    List<Gap> ahead(long present, Subscriber subscriber, Map<TopicLogKey, Long> trimmed) {
        if (ahead.isEmpty()) {
            return List.of();
        }
        forgetWhatIsPast(present);
        List<Gap> gaps = new ArrayList<>();
        for (TopicLogKey key : keysOf(subscriber, ahead)) {
            Loss loss = ahead.get(key);
            if (loss != null && receives(subscriber, key) && trimmed.getOrDefault(key, -1L) < present) {
                gaps.add(loss.gap);
            }
        }
        return gaps;
    }

    private static boolean receives(Subscriber subscriber, TopicLogKey key) {
        return subscriber.isSubscribedTo(key.topic())
                && (key.recipient().isEmpty() || key.recipient().equals(subscriber.client.user()));
    }

    /** Whether any client is still to be told of a gap. */
    boolean arePending() {
        return !notices.isEmpty() || others.hasNext();
    }

    /** Tells as many clients as there is time for. */
    void tellSome() {
        if (!arePending()) {
            return;
        }
        long began = System.nanoTime();
        while (arePending() && System.nanoTime() - began < LONGEST_STEP_NANOS) {
            if (notices.isEmpty()) {
                tellOfAnything(others.next());
            } else {
                tellNext();
            }
        }
    }

    private void tellNext() {
        GapNotice notice = notices.values().iterator().next();
        if (notice.hasNext()) {
            tell(notice.next(), notice.gaps());
        }
        if (!notice.hasNext()) {
            notices.values().remove(notice);
        }
    }

    /** Tells a subscriber of all gaps that it is still to be told of. */
    void tellNow(Subscriber subscriber) {
        if (!notices.isEmpty()) {
            takeOut(subscriber).forEach(notice -> tell(subscriber, notice.gaps()));
        }
        tellOfAnything(subscriber);
    }

    /** The gaps that a subscriber is still to be told of; it counts as told of them from now on. */
    List<Gap> take(Subscriber subscriber) {
        List<Gap> gaps = new ArrayList<>();
        if (!notices.isEmpty()) {
            for (GapNotice notice : takeOut(subscriber)) {
                if (subscriber.isSubscribedTo(notice.gaps().get(0).topic())) {
                    gaps.addAll(notice.gaps());
                }
            }
        }
        gaps.addAll(takeAnything(subscriber));
        return gaps;
    }

    /** A subscriber gets no more over its connection, or begins anew: it will be told of its gaps when it comes back. */
    void forget(Subscriber subscriber) {
        boolean untold = subscriber.gapRound != round;
        subscriber.gapRound = round;
        if (!notices.isEmpty()) {
            untold |= !takeOut(subscriber).isEmpty();
        }
        if (untold && subscriber.acks() != null) {
            subscriber.acks().toldOfGap();
        }
    }

    /** A connection begins to serve a subscriber: it is told of what is announced from now on. */
    void begin(Subscriber subscriber) {
        subscriber.gapRound = round;
    }

    /** The gaps that a subscriber is still to be told of, in order; it counts as told from now on. */
    private List<GapNotice> takeOut(Subscriber subscriber) {
        List<GapNotice> untold = new ArrayList<>();
        for (TopicLogKey key : keysOf(subscriber, notices)) {
            GapNotice notice = notices.get(key);
            if (notice != null && notice.takeOut(subscriber)) {
                untold.add(notice);
            }
        }
        untold.sort(Comparator.comparingLong(GapNotice::after));
        return untold;
    }

    /** The keys of some that may concern a subscriber: all of these, or its topics', whichever are fewer. */
    private static Iterable<TopicLogKey> keysOf(Subscriber subscriber, Map<TopicLogKey, ?> some) {
        if (some.size() < subscriber.topics().size() || subscriber.topics().hasPatterns()) {
            return some.keySet();
        }
        Set<TopicLogKey> keys = new HashSet<>();
        for (Topic topic : subscriber.topics()) {
            keys.add(new TopicLogKey(topic, Optional.empty()));
            if (subscriber.client.user().isPresent()) {
                keys.add(new TopicLogKey(topic, subscriber.client.user()));
            }
        }
        return keys;
    }

    private void tell(Subscriber subscriber, List<Gap> gaps) {
        if (subscriber.isSubscribedTo(gaps.get(0).topic())) {
            teller.accept(subscriber, gaps);
        }
    }

    private void tellOfAnything(Subscriber subscriber) {
        List<Gap> gaps = takeAnything(subscriber);
        if (!gaps.isEmpty()) {
            teller.accept(subscriber, gaps);
        }
    }

    private List<Gap> takeAnything(Subscriber subscriber) {
        int unknown = round - subscriber.gapRound;
        subscriber.gapRound = round;
        if (unknown <= 0 || rounds.isEmpty()) {
            return List.of();
        }
        Anything first = rounds.get(Math.max(0, rounds.size() - unknown));
        return subscriber.topics().stream()
                .map(topic -> new Gap(topic, first.after, first.reason))
                .toList();
    }
}
