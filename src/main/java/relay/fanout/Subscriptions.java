package relay.fanout;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import relay.message.Gap;
import relay.message.Message;
import relay.message.Topic;
import relay.outbound.SendQueue;
import relay.publish.Receipt;

/**
 * What the connected clients of one worker receive: the past first, if they ask for it, then what is new; and what they
 * are known to have received. That worker only.
 *
 * <p>A client is either up to date, and then in the index of topics, or it catches up, and then nowhere but on its way.
 */
final class Subscriptions {
    private final Timers timers;
    private final Replayer replays;
    private final CatchUpQueue catchingUp;
    private final GapNotices notices;
    private final Counts counts;
    private final TopicIndex byTopic;
    private final UserIndex users;

    /** The sequence up to which all has been sent to those who are up to date. */
    private long present;

    /** Is given each subscriber that a message goes to. */
    @FunctionalInterface
    interface Recipients {
        void accept(Subscriber subscriber, FrameBuffer frames);
    }

    /**
     * Nobody receives anything yet.
     *
     * @param byTopic the worker's clients that receive
     * @param users the worker's clients, connected or not
     */
    Subscriptions(
            Timers timers,
            Replayer replays,
            TopicIndex byTopic,
            CatchUpQueue catchingUp,
            GapNotices notices,
            UserIndex users,
            Counts counts) {
        this.timers = timers;
        this.replays = replays;
        this.byTopic = byTopic;
        this.catchingUp = catchingUp;
        this.notices = notices;
        this.users = users;
        this.counts = counts;
    }

    /** The worker comes to this message: all commands that follow find it sent. */
    void reached(long sequence) {
        present = Math.max(present, sequence);
    }

    /** The sequence up to which all has been sent to those who are up to date. */
    long present() {
        return present;
    }

    void forEachRecipient(Message message, Recipients recipients) {
        if (message.recipient().isPresent()) {
            SubscribedTopic topic = byTopic.find(message.topic());
            if (topic == null) {
                return;
            }
            for (Subscriber subscriber : users.of(message.recipient().get())) {
                if (subscriber.receives(topic)) {
                    offer(subscriber, recipients);
                }
            }
        } else {
            TopicIndex.Members members = byTopic.members(message.topic());
            for (int i = 0; i < members.size(); i++) {
                offer(members.get(i), recipients);
            }
        }
    }

    /** A connection begins to receive; false if it is too slow for that. */
    boolean begin(Subscriber subscriber, SendQueue queue, StartPosition start) {
        Set<Topic> topics = subscriber.topics();
        notices.begin(subscriber);
        if (start != StartPosition.NOW) {
            counts.resumes.add(1);
            return replay(subscriber, queue, replays.plan(subscriber, topics, start, present));
        }
        if (subscriber.client.keep().isZero()) {
            subscriber.join(byTopic);
            return true;
        }
        if (subscriber.acks == null) {
            subscriber.acks = newProgress(subscriber, subscriber.registeredAt);
        } else {
            counts.resumes.add(1);
        }
        CatchUp missed = new CatchUp(subscriber.acks.unacknowledged(topics));
        return replay(subscriber, queue, new Replayer.Plan(missed, List.of()));
    }

    /** What a client asks for, and of each topic after which sequence it has not had everything yet. */
    Map<Topic, Long> starts(Subscriber subscriber) {
        Set<Topic> topics = subscriber.topics();
        if (subscriber.acks != null) {
            return subscriber.acks.unacknowledged(topics);
        }
        return topics.stream().collect(Collectors.toMap(topic -> topic, topic -> present));
    }

    /** A connection has ended, or another takes its place. */
    void end(Subscriber subscriber) {
        notices.forget(subscriber);
        if (subscriber.acks != null) {
            if (subscriber.isReceiving()) {
                subscriber.acks.upToDate(present);
            }
            subscriber.acks.connectionLost();
            if (subscriber.client.keep().isZero()) {
                subscriber.acks = null;
            }
        }
        pause(subscriber);
    }

    /** A client receives nothing from now on; what it has received is still to be heard. */
    void pause(Subscriber subscriber) {
        notices.forget(subscriber);
        subscriber.leave(byTopic);
        isDone(subscriber);
        subscriber.stepPending = false;
    }

    /** A client asks for topics from now on. */
    void asked(Subscriber subscriber) {
        subscriber.askedSince = present;
    }

    /** A connected client asks for something else; false if it is too slow for that. */
    boolean subscribe(Subscriber subscriber, SendQueue queue, SubscribedTopics topics, StartPosition start) {
        asked(subscriber);
        if (start == StartPosition.NOW) {
            replaceTopics(subscriber, topics);
            return true;
        }
        notices.forget(subscriber);
        subscriber.leave(byTopic);
        subscriber.want(topics);
        return replay(subscriber, queue, replays.plan(subscriber, topics, start, present));
    }

    /** Tells a connected client what it may have missed; false if its queue has no room for that. */
    boolean announce(Subscriber subscriber, SendQueue queue, List<Gap> gaps) {
        boolean fastEnough = replays.announce(gaps, subscriber, queue);
        askWhenDue(subscriber);
        return fastEnough;
    }

    /** Takes a client that catches up a step further; false if it is too slow for that. */
    boolean advance(Subscriber subscriber, SendQueue queue) {
        subscriber.stepPending = false;
        CatchUp catchUp = subscriber.catchUp;
        return catchUp == null || step(subscriber, queue, catchUp);
    }

    /** A client said then that it has received a message. */
    void acknowledged(Subscriber subscriber, long sequence, long heardNanos) {
        if (subscriber.acks != null) {
            subscriber.acks.answered(sequence, timers.since(heardNanos)).ifPresent(counts.acknowledgement::record);
            if (subscriber.client.keep().isZero() && !subscriber.acks.isOwed()) {
                subscriber.acks = null;
            }
        }
    }

    /** A publisher waits until a subscriber has acknowledged the message that it gets next, if it can. */
    void awaitAcknowledgement(Subscriber subscriber, long sequence, Receipt receipt) {
        boolean canAnswer = subscriber
                .client
                .queue()
                .filter(queue -> queue.connection().answersPings())
                .isPresent();
        if (canAnswer) {
            if (subscriber.acks == null) {
                subscriber.acks = newProgress(subscriber, sequence - 1);
            }
            subscriber.acks.owe(sequence, receipt);
        }
    }

    /** Asks a subscriber whether it has received what it was sent, now or when the time for that comes. */
    void askWhenDue(Subscriber subscriber) {
        AckTracker acks = subscriber.acks;
        SendQueue queue = subscriber.client.queue().orElse(null);
        if (acks == null || queue == null || !queue.connection().answersPings()) {
            return;
        }
        long now = timers.now();
        if (acks.mayAsk(now)) {
            queue.connection().ping(Long.toString(acks.ask(now)));
        } else if (acks.isWaiting() && !subscriber.leavesAtDeadline) {
            timers.set(subscriber, Math.min(subscriber.deadline, acks.nextAskNanos()));
        }
    }

    /** The same, but not at this moment: it is one of many. */
    void askSoon(Subscriber subscriber) {
        AckTracker acks = subscriber.acks;
        long now = timers.now();
        boolean isDue = acks != null && acks.mayAsk(now);
        // Without a connection the deadline is the end of its registration.
        if (isDue && subscriber.client.queue().isPresent() && !subscriber.leavesAtDeadline) {
            timers.set(subscriber, Math.min(subscriber.deadline, now));
        } else {
            askWhenDue(subscriber);
        }
    }

    /**
     * Asks a subscriber whose connection is about to be closed what it has received: the question comes behind all that it
     * was sent, and is let go with that where the queue's memory is needed.
     *
     * @return whether there is an answer to wait for
     */
    boolean askLast(Subscriber subscriber, SendQueue queue) {
        AckTracker acks = subscriber.acks;
        if (acks == null
                || subscriber.client.keep().isZero()
                || !queue.connection().answersPings()
                || !acks.isUnacknowledged()) {
            return false;
        }
        if (subscriber.isReceiving()) {
            acks.sent(present);
        }
        acks.askLast(timers.now()).ifPresent(sequence -> queue.connection().ping(Long.toString(sequence)));
        return true;
    }

    /** What a ping carries that asks for no more than a sign of life. */
    String pingPayload(Subscriber subscriber) {
        return subscriber.acks == null ? "" : Long.toString(subscriber.acks.ask(timers.now()));
    }

    private void replaceTopics(Subscriber subscriber, SubscribedTopics topics) {
        if (subscriber.catchUp == null) {
            subscriber.replaceTopics(topics, byTopic);
        } else {
            subscriber.catchUp.replaceTopics(topics, present);
            subscriber.want(topics);
        }
        if (subscriber.acks != null) {
            subscriber.acks.want(topics, present);
        }
    }

    private boolean replay(Subscriber subscriber, SendQueue queue, Replayer.Plan plan) {
        CatchUp catchUp = plan.catchUp();
        if (subscriber.acks == null && !subscriber.client.keep().isZero()) {
            subscriber.acks = newProgress(subscriber, present);
        }
        if (subscriber.acks != null) {
            subscriber.acks.rewind(catchUp.position());
            subscriber.acks.want(catchUp.starts());
        }
        subscriber.catchUp = catchUp;
        catchingUp.begin(subscriber);
        if (!subscriber.stepPending) {
            subscriber.stepPending = true;
            catchingUp.enter(subscriber.client, queue);
        }
        return replays.announce(plan.gaps(), subscriber, queue);
    }

    private boolean step(Subscriber subscriber, SendQueue queue, CatchUp catchUp) {
        Replayer.Outcome outcome = replays.advance(subscriber, queue, catchUp, present);
        if (outcome == Replayer.Outcome.PRESENT) {
            isDone(subscriber);
            subscriber.join(byTopic);
        } else if (outcome == Replayer.Outcome.UNDER_WAY) {
            subscriber.stepPending = true;
        }
        askWhenDue(subscriber);
        return outcome != Replayer.Outcome.TOO_SLOW;
    }

    private void isDone(Subscriber subscriber) {
        subscriber.catchUp = null;
        catchingUp.end(subscriber);
    }

    private static AckTracker newProgress(Subscriber subscriber, long position) {
        return new AckTracker(position, subscriber.client.id().hashCode());
    }

    private static void offer(Subscriber subscriber, Recipients recipients) {
        FrameBuffer frames = subscriber.frames;
        if (frames != null) {
            recipients.accept(subscriber, frames);
        }
    }
}
