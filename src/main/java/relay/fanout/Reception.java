package relay.fanout;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import relay.message.Gap;
import relay.message.Message;
import relay.message.Topic;
import relay.outbound.SendQueue;
import relay.publish.Confirmation;

/**
 * What the connected clients of one worker receive: the past first, if they ask for it, then what is new; and what they
 * are known to have received. That worker only.
 *
 * <p>A client is either up to date, and then in the index of topics, or it catches up, and then nowhere but on its way.
 */
final class Reception {
    private final Deadlines deadlines;
    private final Replays replays;
    private final CatchUpLine catchingUp;
    private final GapNotices notices;
    private final Counts counts;
    private final Index byTopic;
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
    Reception(
            Deadlines deadlines,
            Replays replays,
            Index byTopic,
            CatchUpLine catchingUp,
            GapNotices notices,
            UserIndex users,
            Counts counts) {
        this.deadlines = deadlines;
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
            AskedTopic topic = byTopic.find(message.topic());
            if (topic == null) {
                return;
            }
            for (Subscriber subscriber : users.of(message.recipient().get())) {
                if (subscriber.receives(topic)) {
                    offer(subscriber, recipients);
                }
            }
        } else {
            Index.Members members = byTopic.members(message.topic());
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
        if (subscriber.progress == null) {
            subscriber.progress = newProgress(subscriber, subscriber.registeredAt);
        } else {
            counts.resumes.add(1);
        }
        CatchUp missed = new CatchUp(subscriber.progress.unacknowledged(topics));
        return replay(subscriber, queue, new Replays.Plan(missed, List.of()));
    }

    /** What a client asks for, and of each topic after which sequence it has not had everything yet. */
    Map<Topic, Long> starts(Subscriber subscriber) {
        Set<Topic> topics = subscriber.topics();
        if (subscriber.progress != null) {
            return subscriber.progress.unacknowledged(topics);
        }
        return topics.stream().collect(Collectors.toMap(topic -> topic, topic -> present));
    }

    /** A connection has ended, or another takes its place. */
    void end(Subscriber subscriber) {
        notices.forget(subscriber);
        if (subscriber.progress != null) {
            if (subscriber.isReceiving()) {
                subscriber.progress.upToDate(present);
            }
            subscriber.progress.connectionLost();
            if (subscriber.client.keep().isZero()) {
                subscriber.progress = null;
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
    boolean subscribe(Subscriber subscriber, SendQueue queue, AskedTopics topics, StartPosition start) {
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
        if (subscriber.progress != null) {
            subscriber
                    .progress
                    .answered(sequence, deadlines.since(heardNanos))
                    .ifPresent(counts.acknowledgement::record);
            if (subscriber.client.keep().isZero() && !subscriber.progress.isOwed()) {
                subscriber.progress = null;
            }
        }
    }

    /** A publisher waits until a subscriber has acknowledged the message that it gets next, if it can. */
    void awaitAcknowledgement(Subscriber subscriber, long sequence, Confirmation confirmation) {
        boolean canAnswer = subscriber
                .client
                .queue()
                .filter(queue -> queue.connection().answersPings())
                .isPresent();
        if (canAnswer) {
            if (subscriber.progress == null) {
                subscriber.progress = newProgress(subscriber, sequence - 1);
            }
            subscriber.progress.owe(sequence, confirmation);
        }
    }

    /** Asks a subscriber whether it has received what it was sent, now or when the time for that comes. */
    void askWhenDue(Subscriber subscriber) {
        Progress progress = subscriber.progress;
        SendQueue queue = subscriber.client.queue().orElse(null);
        if (progress == null || queue == null || !queue.connection().answersPings()) {
            return;
        }
        long now = deadlines.now();
        if (progress.mayAsk(now)) {
            queue.connection().ping(Long.toString(progress.ask(now)));
        } else if (progress.isWaiting() && !subscriber.leavesAtDeadline) {
            deadlines.set(subscriber, Math.min(subscriber.deadline, progress.nextAskNanos()));
        }
    }

    /** The same, but not at this moment: it is one of many. */
    void askSoon(Subscriber subscriber) {
        Progress progress = subscriber.progress;
        long now = deadlines.now();
        boolean isDue = progress != null && progress.mayAsk(now);
        // Without a connection the deadline is the end of its registration.
        if (isDue && subscriber.client.queue().isPresent() && !subscriber.leavesAtDeadline) {
            deadlines.set(subscriber, Math.min(subscriber.deadline, now));
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
        Progress progress = subscriber.progress;
        if (progress == null
                || subscriber.client.keep().isZero()
                || !queue.connection().answersPings()
                || !progress.isUnacknowledged()) {
            return false;
        }
        if (subscriber.isReceiving()) {
            progress.sent(present);
        }
        progress.askLast(deadlines.now())
                .ifPresent(sequence -> queue.connection().ping(Long.toString(sequence)));
        return true;
    }

    /** What a ping carries that asks for no more than a sign of life. */
    String pingPayload(Subscriber subscriber) {
        return subscriber.progress == null ? "" : Long.toString(subscriber.progress.ask(deadlines.now()));
    }

    private void replaceTopics(Subscriber subscriber, AskedTopics topics) {
        if (subscriber.catchUp == null) {
            subscriber.replaceTopics(topics, byTopic);
        } else {
            subscriber.catchUp.replaceTopics(topics, present);
            subscriber.want(topics);
        }
        if (subscriber.progress != null) {
            subscriber.progress.want(topics, present);
        }
    }

    private boolean replay(Subscriber subscriber, SendQueue queue, Replays.Plan plan) {
        CatchUp catchUp = plan.catchUp();
        if (subscriber.progress == null && !subscriber.client.keep().isZero()) {
            subscriber.progress = newProgress(subscriber, present);
        }
        if (subscriber.progress != null) {
            subscriber.progress.rewind(catchUp.position());
            subscriber.progress.want(catchUp.starts());
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
        Replays.Outcome outcome = replays.advance(subscriber, queue, catchUp, present);
        if (outcome == Replays.Outcome.PRESENT) {
            isDone(subscriber);
            subscriber.join(byTopic);
        } else if (outcome == Replays.Outcome.UNDER_WAY) {
            subscriber.stepPending = true;
        }
        askWhenDue(subscriber);
        return outcome != Replays.Outcome.TOO_SLOW;
    }

    private void isDone(Subscriber subscriber) {
        subscriber.catchUp = null;
        catchingUp.end(subscriber);
    }

    private static Progress newProgress(Subscriber subscriber, long position) {
        return new Progress(position, subscriber.client.id().hashCode());
    }

    private static void offer(Subscriber subscriber, Recipients recipients) {
        FrameBuffer frames = subscriber.frames;
        if (frames != null) {
            recipients.accept(subscriber, frames);
        }
    }
}
