package relay.fanout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import relay.message.Gap;
import relay.message.Message;
import relay.message.StartPosition;
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
    private final ClientTable clients;

    /** The sequence up to which clients that are up to date have been sent everything. */
    private long present;

    /** Is given each subscriber that a message goes to. */
    @FunctionalInterface
    interface Recipients {
        void accept(Subscriber subscriber, FrameBuffer frames);
    }

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
        this.clients = clients;
        this.ackPings = ackPings;
        this.counts = counts;
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

    void forEachRecipient(Message message, Recipients recipients) {
        if (message.recipient().isPresent()) {
            SubscribedTopic topic = index.find(message.topic());
            if (topic == null) {
                return;
            }
            for (Subscriber subscriber : clients.of(message.recipient().get())) {
                if (subscriber.receives(topic)) {
                    offer(subscriber, recipients);
                }
            }
        } else {
            TopicIndex.Members members = index.members(message.topic());
            for (int i = 0; i < members.size(); i++) {
                offer(members.get(i), recipients);
            }
        }
    }

    private static void offer(Subscriber subscriber, Recipients recipients) {
        FrameBuffer frames = subscriber.frames();
        if (frames != null) {
            recipients.accept(subscriber, frames);
        }
    }

    /** A connection begins to receive; false if the client is too slow for that. */
    boolean begin(Subscriber subscriber, SendQueue queue, StartPosition start) {
        Set<Topic> topics = subscriber.topics();
        notices.begin(subscriber);
        if (start != StartPosition.NOW) {
            counts.resumes.add(1);
            return replay(subscriber, queue, replayer.plan(subscriber, topics, start, present));
        }
        if (subscriber.client.keep().isZero()) {
            subscriber.caughtUp(index);
            return true;
        }
        if (subscriber.acks() != null) {
            counts.resumes.add(1);
        }
        AckTracker acks = subscriber.trackAcks(subscriber.registeredAt());
        return replay(subscriber, queue, replayer.resume(subscriber, acks.unacknowledged(topics), present));
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
        replace(subscriber, topics);
        return true;
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
        subscriber.catchUp(catchUp);
        catchingUp.begin(subscriber);
        if (!subscriber.stepPending) {
            subscriber.stepPending = true;
            replayer.beginWhenTaken(subscriber, queue);
        }
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
            fastEnough = tell(subscriber, queue, notices.ahead(present, subscriber, catchUp.trimmed()));
        } else if (outcome == Replayer.Outcome.UNDER_WAY) {
            subscriber.stepPending = true;
        }
        ackPings.sent(subscriber);
        return fastEnough;
    }

    private boolean replay(Subscriber subscriber, SendQueue queue, Replayer.Plan plan) {
        CatchUp catchUp = plan.catchUp();
        if (!subscriber.client.keep().isZero()) {
            subscriber.trackAcks(present);
        }
        AckTracker acks = subscriber.acks();
        if (acks != null) {
            acks.rewind(catchUp.position());
            acks.want(catchUp.starts());
        }
        subscriber.catchUp(catchUp);
        catchingUp.begin(subscriber);
        if (!subscriber.stepPending) {
            subscriber.stepPending = true;
            catchingUp.enter(subscriber.client, queue);
        }
        List<Gap> gaps = new ArrayList<>(plan.gaps());
        gaps.addAll(replayer.damagedAtStart(catchUp));
        return replayer.announce(gaps, subscriber, queue);
    }
}
