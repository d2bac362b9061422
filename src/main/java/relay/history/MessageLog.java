package relay.history;

import relay.engine.Epochs;
import relay.message.Message;
import relay.message.MessageId;

/**
 * What this relay knows of the one sequence: how far it has come, and its recent past. Read by any thread; written by one
 * at a time, in the order of the sequence, as the engine sees to it.
 */
public final class MessageLog {
    private final History history;
    private volatile Epochs epochs = Epochs.first("");
    private volatile long lastSequence;

    public MessageLog(History history) {
        this.history = history;
    }

    public History history() {
        return history;
    }

    public Epochs epochs() {
        return epochs;
    }

    public void epochs(Epochs now) {
        epochs = now;
    }

    /** The id of the newest message; of the log's beginning while there is none. */
    public MessageId newest() {
        Epochs now = epochs;
        return new MessageId(now.epochs().get(now.epochs().size() - 1).name(), lastSequence);
    }

    /** Every message that comes to this relay and has no later sequence has come. */
    public long lastSequence() {
        return lastSequence;
    }

    public void reached(long sequence) {
        lastSequence = Math.max(lastSequence, sequence);
    }

    /**
     * Takes in a message.
     *
     * @param nanos when it came, on the relay's ticker
     * @return whether it is time for {@link History#sweep}
     */
    public boolean append(MessageId id, Message message, long nanos) {
        reached(id.sequence());
        return history.append(id.sequence(), message, nanos);
    }
}
