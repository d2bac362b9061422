package relay.history;

import java.util.List;
import relay.engine.Epochs;
import relay.message.AcceptedMessage;
import relay.message.MessageId;

/**
 * The one sequence of messages, as far as this relay knows it: how far it has come, and its recent past. Any thread may read; the
 * engine sees to it that one at a time writes, in the order of the sequence.
 */
public final class MessageLog {
    private final History history;
    private final RetainedMessages retained;
    private volatile Epochs epochs = Epochs.first("");
    private volatile long lastSequence;

    public MessageLog(History history, RetainedMessages retained) {
        this.history = history;
        this.retained = retained;
    }

    public History history() {
        return history;
    }

    /** The retained values of the topics. */
    public RetainedMessages retained() {
        return retained;
    }

    public Epochs epochs() {
        return epochs;
    }

    public void epochs(Epochs now) {
        epochs = now;
    }

    /** The id of the newest message; that of the beginning while there is none. */
    public MessageId newest() {
        return new MessageId(epochs.current().name(), lastSequence);
    }

    /** Every message for this relay up to this sequence has come, and is in the history as far as that holds it. */
    public long lastSequence() {
        return lastSequence;
    }

    public void reached(long sequence) {
        lastSequence = Math.max(lastSequence, sequence);
    }

    /**
     * Appends a message.
     *
     * @param nanos when it came, on the relay's ticker
     * @param location where the engine's archive has it, or {@link relay.engine.Archive#NOWHERE}
     * @return whether it is time for {@link History#sweep}
     */
    public boolean append(AcceptedMessage accepted, long nanos, long location) {
        boolean sweepDue = history.append(accepted, nanos, location);
        // Whoever reads the history up to the last sequence has to find it there.
        reached(accepted.sequence());
        return sweepDue;
    }

    /**
     * Appends a message from before this start, which only the archive has. No other has come yet.
     *
     * @param ageNanos how long ago it was accepted
     */
    public void restore(long sequence, List<TopicLogKey> keys, long location, long ageNanos) {
        history.restore(sequence, keys, location, ageNanos);
        reached(sequence);
    }
}
