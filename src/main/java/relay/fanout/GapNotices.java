package relay.fanout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
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
 * Tells connected clients what none of them can be sent any more, each once: a gap is what may be missing before the next
 * message, whatever and however many the causes. The worker that owns them only.
 *
 * <p>They are told a few at a time, with everything else in between: first of topics, in the order in which those were
 * announced, then that anything may be missing. Whoever is about to be sent a message is told before that
 * ({@link #tellNow}). A client that gets no more over its connection will not be known to have had what came before the gap
 * ({@link #forget}), and so is told when it comes back.
 */
final class GapNotices {
    private static final long NOBODY = Long.MAX_VALUE;
    private static final int MOST_ROUNDS = 100;
    private static final long LONGEST_STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final UserIndex users;
    private final TopicIndex byTopic;
    private final CatchUpQueue catchingUp;
    private final BiConsumer<Subscriber, List<Gap>> teller;

    /** What has been announced, and not yet told to all: what was announced first stands first. */
    private final Map<TopicLogKey, GapNotice> notices = new LinkedHashMap<>();

    /** Who else is to be told that anything may be missing: nobody, unless there is something. */
    private Iterator<Subscriber> others = Collections.emptyIterator();

    /** How often everybody was to be told that anything may be missing. */
    private int round;

    /** The last of these rounds, as many as are not over: whoever does not know of several is told of the first. */
    private final List<Anything> rounds = new ArrayList<>();

    /** Who has been told since the worker came to the sequence {@link #toldAt}. */
    private Set<TopicLogKey> told = new HashSet<>();

    /** The sequence after which everybody knows that anything may be missing. */
    private long allToldAfter = NOBODY;

    private long toldAt;

    private record Anything(MessageId after, Gap.Reason reason) {}

    /** @param teller sends a subscriber gaps behind all that it was sent, unless it has no connection any more */
    GapNotices(UserIndex users, TopicIndex byTopic, CatchUpQueue catchingUp, BiConsumer<Subscriber, List<Gap>> teller) {
        this.users = users;
        this.byTopic = byTopic;
        this.catchingUp = catchingUp;
        this.teller = teller;
    }

    /**
     * Those who ask for a topic, or one user's clients of them, may have missed messages on it.
     *
     * @param present the sequence up to which messages have been sent
     * @param through the sequence up to which messages may be missing: the history knows that already
     */
    void announce(
            long present, Topic topic, Optional<UserId> recipient, MessageId after, long through, Gap.Reason reason) {
        forgetWhatIsPast(present);
        TopicLogKey key = new TopicLogKey(topic, recipient);
        boolean everybodyTold =
                after.sequence() >= allToldAfter || told.contains(new TopicLogKey(topic, Optional.empty()));
        if (everybodyTold || !told.add(key)) {
            return;
        }
        GapNotice before = notices.get(key);
        while (before != null && before.hasNext()) {
            tell(before.next(), before.gaps());
        }
        notices.remove(key);
        Gap gap = new Gap(topic, after, reason);
        GapNotice notice = recipient
                .map(user -> GapNotice.toAnyOf(users.of(user), gap, through))
                .orElseGet(() -> GapNotice.toMembers(byTopic.members(topic), catchingUp.all(), gap, through));
        if (notice.hasNext()) {
            notices.put(key, notice);
        }
    }

    /**
     * Everybody may have missed messages on all topics asked for.
     *
     * @param everybody those who are there at this moment; some may have gone, and others come, as it is gone through
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
        }
    }

    /** Whether anybody is still to be told anything. */
    boolean arePending() {
        return !notices.isEmpty() || others.hasNext();
    }

    /** Tells as many as there is time for. */
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

    /** Tells a subscriber all that it is still to be told. */
    void tellNow(Subscriber subscriber) {
        if (!notices.isEmpty()) {
            takeOut(subscriber).forEach(notice -> tell(subscriber, notice.gaps()));
        }
        tellOfAnything(subscriber);
    }

    /** A subscriber gets no more over its connection, or begins anew: what it is not told now it is told then. */
    void forget(Subscriber subscriber) {
        boolean untold = subscriber.gapRound != round;
        subscriber.gapRound = round;
        if (!notices.isEmpty()) {
            untold |= !takeOut(subscriber).isEmpty();
        }
        if (untold && subscriber.acks != null) {
            subscriber.acks.toldOfGap();
        }
    }

    /** A connection begins to serve a subscriber: what is announced later is for it too. */
    void begin(Subscriber subscriber) {
        subscriber.gapRound = round;
    }

    /** All of which a subscriber counts as told from now on, in the order in which it is to be told. */
    private List<GapNotice> takeOut(Subscriber subscriber) {
        List<GapNotice> untold = new ArrayList<>();
        for (TopicLogKey key : keysOf(subscriber)) {
            GapNotice notice = notices.get(key);
            if (notice != null && notice.takeOut(subscriber)) {
                untold.add(notice);
            }
        }
        untold.sort(Comparator.comparingLong(GapNotice::after));
        return untold;
    }

    private Iterable<TopicLogKey> keysOf(Subscriber subscriber) {
        if (notices.size() < subscriber.topics().size()) {
            return notices.keySet();
        }
        Set<TopicLogKey> keys = new HashSet<>();
        for (Topic topic : subscriber.topics()) {
            keys.add(new TopicLogKey(topic, Optional.empty()));
            keys.add(new TopicLogKey(topic, Optional.of(subscriber.client.user())));
        }
        return keys;
    }

    private void tell(Subscriber subscriber, List<Gap> gaps) {
        if (subscriber.asksFor(gaps.get(0).topic())) {
            teller.accept(subscriber, gaps);
        }
    }

    private void tellOfAnything(Subscriber subscriber) {
        int unknown = round - subscriber.gapRound;
        subscriber.gapRound = round;
        if (unknown > 0 && !rounds.isEmpty()) {
            Anything first = rounds.get(Math.max(0, rounds.size() - unknown));
            teller.accept(
                    subscriber,
                    subscriber.topics().stream()
                            .map(topic -> new Gap(topic, first.after, first.reason))
                            .toList());
        }
    }
}
