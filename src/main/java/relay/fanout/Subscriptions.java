package relay.fanout;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import relay.history.RetainedReader;
import relay.message.Gap;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.SendQueue;

/**
 * What the connected clients of one worker receive: messages of the past first, if they want these, then new ones. That
 * worker only.
 *
 * <p>A client is either up to date, and then in the index of topics, or it catches up, and then not in the index.
 */
final class Subscriptions {
    private final Replayer replayer;
    private final CatchUpQueue catchingUp;
    private final GapNotices notices;
    private final AckPings ackPings;
    private final Counts counts;
    private final TopicIndex index;
    private final Recipients recipients;

    /** The sequence up to which clients that are up to date have been sent everything. */
    private long present;

    /**
     * Nobody receives anything yet.
     *
     * @param index the worker's clients that are up to date
     * @param clients the worker's clients, connected or not
     */
    Subscriptions(
            Replayer replayer,
            TopicIndex index,
            CatchUpQueue catchingUp,
            GapNotices notices,
            ClientTable clients,
            AckPings ackPings,
            Counts counts) {
        this.replayer = replayer;
        this.index = index;
        this.catchingUp = catchingUp;
        this.notices = notices;
        this.recipients = new Recipients(index, clients);
        this.ackPings = ackPings;
        this.counts = counts;
    }

    /** Who gets a message. */
    Recipients recipients() {
        return recipients;
    }

    /** The worker comes to the message with this sequence: for all commands behind it, it has been sent. */
    void reached(long sequence) {
        present = Math.max(present, sequence);
    }

    /** The sequence up to which clients that are up to date have been sent everything. */
    long present() {
        return present;
    }

    /**
     * A subscriber is about to be asked what it has received. If it is up to date, that is everything: so its cursor moves on though
     * its own topics are quiet, and what others were sent meanwhile is no gap to it, however long it stays.
     */
    void isAsked(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        if (acks != null && hasBeenSentAll(subscriber)) {
            acks.sentAll(present);
        }
    }

    /** Moves a subscriber's cursor on if it has been sent everything and has acknowledged all that was for it; whether it moved. */
    boolean moveOn(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        if (acks == null || !hasBeenSentAll(subscriber)) {
            return false;
        }
        long before = acks.acknowledged();
        acks.upToDate(present);
        return acks.acknowledged() > before;
    }

    /** What the batch holds for it is not sent yet, and it may have to be told of a gap first. */
    private boolean hasBeenSentAll(Subscriber subscriber) {
        return subscriber.isUpToDate() && !Batch.concerns(subscriber) && !notices.arePending();
    }

    /** A connection begins to receive; false if the client is too slow for that. */
    boolean begin(Subscriber subscriber, SendQueue queue, StartPosition start) {
        Set<Topic> topics = subscriber.topics();
        notices.begin(subscriber);
        if (start != StartPosition.NOW) {
            counts.resumes.add(1);
            Replayer.Plan plan = replayer.plan(subscriber, topics, start, present);
            boolean owed = start instanceof StartPosition.Resume resume && resume.owesRetained();
            return owed ? replayWithRetained(subscriber, queue, plan) : replay(subscriber, queue, plan);
        }
        if (subscriber.client.keep().isZero()) {
            if (replayer.retained().concerns(subscriber.client, topics)) {
                CatchUp catchUp = new CatchUp(startsAt(topics, present));
                return replayWithRetained(subscriber, queue, new Replayer.Plan(catchUp, List.of()));
            }
            subscriber.caughtUp(index);
            return true;
        }
        boolean first = subscriber.acks() == null;
        if (!first) {
            counts.resumes.add(1);
        }
        AckTracker acks = subscriber.trackAcks(subscriber.registeredAt());
        Replayer.Plan plan = replayer.resume(subscriber, acks.unacknowledged(topics), present);
        boolean owed = first || subscriber.retainedDue;
        return owed ? replayWithRetained(subscriber, queue, plan) : replay(subscriber, queue, plan);
    }

    private static Map<Topic, Long> startsAt(Set<Topic> topics, long sequence) {
        // One object for all topics.
        Long start = sequence;
        return topics.stream().collect(Collectors.toMap(topic -> topic, topic -> start));
    }

    private boolean replayWithRetained(Subscriber subscriber, SendQueue queue, Replayer.Plan plan) {
        CatchUp catchUp = plan.catchUp();
        if (replayer.retained().concerns(subscriber.client, catchUp.starts().keySet())) {
            subscriber.retainedDue = true;
            catchUp.sendFirst(replayer.retained().before(subscriber.client, catchUp.starts()));
        }
        return replay(subscriber, queue, plan);
    }

    /** The topics of a client, and for each the sequence after which it has not had everything yet. */
    Map<Topic, Long> starts(Subscriber subscriber) {
        Set<Topic> topics = subscriber.topics();
        AckTracker acks = subscriber.acks();
        return acks != null
                ? acks.unacknowledged(topics)
                : topics.stream().collect(Collectors.toMap(topic -> topic, topic -> present));
    }

    /** A connection has ended, or another takes its place. */
    void end(Subscriber subscriber) {
        notices.forget(subscriber);
        AckTracker acks = subscriber.acks();
        if (acks != null) {
            subscriber.retainedDue &= acks.isGapUnacknowledged() || isBeingSentRetained(subscriber);
            ackPings.forget(subscriber);
            if (subscriber.isUpToDate()) {
                acks.upToDate(present);
            }
            acks.connectionLost();
            subscriber.forgetAcksUnlessKept();
        }
        pause(subscriber);
    }

    /** A client receives nothing from now on; what it has received may yet be acknowledged. */
    void pause(Subscriber subscriber) {
        notices.forget(subscriber);
        ackPings.forget(subscriber);
        subscriber.leave(index);
        subscriber.endCatchUp();
        catchingUp.end(subscriber);
        subscriber.stepPending = false;
    }

    /** A connected client subscribes to other topics; false if it is too slow for that. */
    boolean subscribe(Subscriber subscriber, SendQueue queue, SubscribedTopics topics, StartPosition start) {
        subscriber.subscribedAt(present);
        if (start != StartPosition.NOW) {
            notices.forget(subscriber);
            subscriber.leave(index);
            subscriber.subscribe(topics, index);
            return replay(subscriber, queue, replayer.plan(subscriber, topics, start, present));
        }
        SubscribedTopics before = subscriber.topics();
        replace(subscriber, topics);
        if (replayer.retained().concerns(subscriber.client, topics)) {
            Set<Topic> added = new HashSet<>(topics);
            added.removeAll(before);
            sendRetained(subscriber, queue, added);
        }
        return true;
    }

    /** A connected client subscribes to more topics, and goes on with those that it has; false if it is too slow for that. */
    boolean add(Subscriber subscriber, SendQueue queue, SubscribedTopics topics, Subscription added) {
        if (added.start() == StartPosition.NOW) {
            return subscribe(subscriber, queue, topics, StartPosition.NOW);
        }
        Map<Topic, Long> unacknowledged = starts(subscriber);
        Map<Topic, Long> unsent = unsent(subscriber);
        CatchUp before = subscriber.catchUp();
        subscriber.subscribedAt(present);
        notices.forget(subscriber);
        subscriber.leave(index);
        subscriber.subscribe(topics, index);
        Replayer.Plan plan = replayer.plan(subscriber, added.topics(), added.start(), present);
        if (before != null) {
            plan.catchUp().goOnWith(before);
        }
        Map<Topic, Long> wanted = new HashMap<>(unacknowledged);
        plan.catchUp().starts().forEach((topic, start) -> wanted.merge(topic, start, Math::min));
        plan.catchUp().addAll(unsent);
        AckTracker acks = subscriber.acks();
        boolean owesAnswer = acks != null && acks.isUnacknowledged();
        boolean fastEnough = replay(subscriber, queue, plan, wanted);
        if (acks != null && owesAnswer) {
            // What it was sent before is not sent again on this connection: so it is asked about that as about a gap.
            acks.toldOfGap();
        }
        return fastEnough;
    }

    /** The topics of a client, and for each the sequence after which it has not been sent everything yet. */
    private Map<Topic, Long> unsent(Subscriber subscriber) {
        CatchUp catchUp = subscriber.catchUp();
        if (catchUp != null) {
            return catchUp.remaining();
        }
        Map<Topic, Long> unsent = new HashMap<>();
        subscriber.topics().forEach(topic -> unsent.put(topic, present));
        return unsent;
    }

    /** A connected client is subscribed to topics anew: it gets their retained values before anything else. */
    private void sendRetained(Subscriber subscriber, SendQueue queue, Set<Topic> added) {
        if (!replayer.retained().concerns(subscriber.client, added)) {
            return;
        }
        subscriber.retainedDue = true;
        CatchUp catchUp = subscriber.catchUp();
        if (catchUp == null) {
            catchUp = new CatchUp(startsAt(subscriber.topics(), present));
            subscriber.leave(index);
            catchUp(subscriber, queue, catchUp);
        }
        RetainedReader sending = catchUp.retained();
        Map<Topic, Long> starts = startsAt(added, present);
        catchUp.sendFirst(
                sending == null
                        ? replayer.retained().before(subscriber.client, starts)
                        : replayer.retained().before(sending, catchUp.starts(), starts));
    }

    private static boolean isBeingSentRetained(Subscriber subscriber) {
        return subscriber.catchUp() != null && subscriber.catchUp().retained() != null;
    }

    /** A client is subscribed to other topics, connected or not: it goes on with those that it had, and the others begin with the present. */
    void change(Subscriber subscriber, SubscribedTopics topics) {
        Set<Topic> added = new HashSet<>(topics);
        added.removeAll(subscriber.topics());
        replace(subscriber, topics);
        if (added.isEmpty()) {
            return;
        }
        Optional<SendQueue> queue = subscriber.client.queue();
        if (queue.isPresent()) {
            sendRetained(subscriber, queue.get(), added);
        } else if (!subscriber.client.keep().isZero()) {
            if (subscriber.acks() == null) {
                subscriber.added(added, present);
            }
            subscriber.retainedDue |= replayer.retained().concerns(subscriber.client, added);
        }
    }

    /** A connected client is subscribed to fewer topics from now on, and goes on with these as before. */
    void narrow(Subscriber subscriber, SubscribedTopics kept) {
        replace(subscriber, kept);
    }

    /** New topics begin with the present, the others go on. */
    private void replace(Subscriber subscriber, SubscribedTopics topics) {
        CatchUp catchUp = subscriber.catchUp();
        if (catchUp != null) {
            catchUp.replaceTopics(topics, present);
        }
        subscriber.subscribe(topics, index);
        AckTracker acks = subscriber.acks();
        if (acks != null) {
            acks.want(topics, present);
        }
    }

    /** Tells a connected client what it may have missed; false if its queue has no room for that, and it is too slow. */
    boolean announce(Subscriber subscriber, SendQueue queue, List<Gap> gaps) {
        boolean fastEnough = tell(subscriber, queue, gaps);
        ackPings.sent(subscriber);
        return fastEnough;
    }

    private boolean tell(Subscriber subscriber, SendQueue queue, List<Gap> gaps) {
        boolean told = replayer.announce(gaps, subscriber, queue);
        if (!told && subscriber.fallsBehind()) {
            fallBehind(subscriber, queue);
            return replayer.announce(gaps, subscriber, queue);
        }
        return told;
    }

    /**
     * The send queue of a client that is up to date is full: what waits there goes out, and then the client goes on from the history,
     * behind the last message that its queue took. It begins anew: of what it was told before, nothing is known.
     */
    void fallBehind(Subscriber subscriber, SendQueue queue) {
        AckTracker acks = Objects.requireNonNull(subscriber.acks());
        counts.catchUps.add(1);
        acks.fallenBehind();
        CatchUp catchUp = new CatchUp(acks.unsent(subscriber.topics()));
        catchUp.tellLater(notices.take(subscriber));
        subscriber.leave(index);
        catchUp(subscriber, catchUp, () -> replayer.beginWhenTaken(subscriber, queue));
    }

    /** Takes a client that catches up a step further; false if it is too slow for that. */
    boolean advance(Subscriber subscriber, SendQueue queue) {
        subscriber.stepPending = false;
        CatchUp catchUp = subscriber.catchUp();
        if (catchUp == null) {
            return true;
        }
        Replayer.Outcome outcome = replayer.advance(subscriber, queue, catchUp, present);
        boolean fastEnough = outcome != Replayer.Outcome.TOO_SLOW;
        if (outcome == Replayer.Outcome.PRESENT) {
            catchingUp.end(subscriber);
            subscriber.caughtUp(index);
            AckTracker acks = subscriber.acks();
            if (acks != null && catchUp.isAddition()) {
                // Of the topics that it had before, it was sent more than the last message now.
                acks.sentAll(present);
            }
            fastEnough = tell(subscriber, queue, notices.ahead(present, subscriber, catchUp.trimmed()));
        } else if (outcome == Replayer.Outcome.UNDER_WAY) {
            subscriber.stepPending = true;
        }
        ackPings.sent(subscriber);
        return fastEnough;
    }

    private void catchUp(Subscriber subscriber, SendQueue queue, CatchUp catchUp) {
        catchUp(subscriber, catchUp, () -> catchingUp.enter(subscriber.client, queue));
    }

    /** @param firstStep sees to its first step, unless one is pending that it will take */
    private void catchUp(Subscriber subscriber, CatchUp catchUp, Runnable firstStep) {
        subscriber.catchUp(catchUp);
        catchingUp.begin(subscriber);
        if (!subscriber.stepPending) {
            subscriber.stepPending = true;
            firstStep.run();
        }
    }

    private boolean replay(Subscriber subscriber, SendQueue queue, Replayer.Plan plan) {
        return replay(subscriber, queue, plan, plan.catchUp().starts());
    }

    /** @param unacknowledged its topics, and for each the sequence after which it has not acknowledged everything */
    private boolean replay(
            Subscriber subscriber, SendQueue queue, Replayer.Plan plan, Map<Topic, Long> unacknowledged) {
        CatchUp catchUp = plan.catchUp();
        if (!subscriber.client.keep().isZero()) {
            subscriber.trackAcks(present);
        }
        AckTracker acks = subscriber.acks();
        if (acks != null) {
            acks.rewind(CatchUp.first(unacknowledged));
            acks.want(unacknowledged);
        }
        catchUp(subscriber, queue, catchUp);
        List<Gap> gaps = new ArrayList<>(plan.gaps());
        gaps.addAll(replayer.damagedAtStart(catchUp));
        return replayer.announce(gaps, subscriber, queue);
    }
}
