package relay.fanout;

import java.util.ArrayList;
import java.util.List;
import relay.outbound.CloseReason;

/**
 * What is done about subscribers after a batch: doing it earlier would disturb the subscribers that are still to be written to. The
 * owning worker only.
 */
final class AfterBatch implements Batch.Results {
    private final Batch batch;
    private final Sessions sessions;
    private final AckPings ackPings;
    private final List<Subscriber> tooSlow = new ArrayList<>();
    private final List<Subscriber> failed = new ArrayList<>();
    private final List<Subscriber> toAsk = new ArrayList<>();
    private final List<Subscriber> answered = new ArrayList<>();

    AfterBatch(Batch batch, Sessions sessions, AckPings ackPings) {
        this.batch = batch;
        this.sessions = sessions;
        this.ackPings = ackPings;
    }

    @Override
    public void tooSlow(Subscriber subscriber) {
        tooSlow.add(subscriber);
    }

    @Override
    public void failed(Subscriber subscriber) {
        failed.add(subscriber);
    }

    @Override
    public void toBeAsked(Subscriber subscriber) {
        toAsk.add(subscriber);
    }

    /** A client has answered the last question. */
    void answered(Subscriber subscriber) {
        answered.add(subscriber);
    }

    /** Writes what the batch has for one subscriber, and attends to the results. */
    void writeFirst(Subscriber subscriber) {
        if (Batch.concerns(subscriber)) {
            batch.writeFirst(subscriber, this);
            attend();
        }
    }

    /**
     * Has clients that are too slow disconnected or catch up, disconnects those that could not be written to, and asks the others
     * what they have received.
     */
    void attend() {
        for (Subscriber subscriber : tooSlow) {
            sessions.queueFull(subscriber);
        }
        tooSlow.clear();
        failed.forEach(subscriber -> sessions.drop(subscriber, CloseReason.FAILED));
        failed.clear();
        toAsk.forEach(ackPings::ask);
        toAsk.clear();
        answered.forEach(ackPings::askAgain);
        answered.clear();
    }
}
