package relay.hub;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.Consumer;
import relay.message.Message;
import relay.message.MessageId;

/** The one sequence: gives every accepted message its place, and the history its next message. For any thread. */
final class Log {
    private final String epoch = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
    private final History history;
    private long lastSequence;
    private long acceptedBytes;

    Log(History history) {
        this.history = history;
    }

    /** Names this log; new with every start. */
    String epoch() {
        return epoch;
    }

    History history() {
        return history;
    }

    synchronized long lastSequence() {
        return lastSequence;
    }

    /** The bytes of the texts of all messages so far. */
    synchronized long acceptedBytes() {
        return acceptedBytes;
    }

    /**
     * Takes in a message.
     *
     * @param nanos when it came, on the relay's ticker
     * @param accepted is told its id, before any other message gets one: it must neither block nor throw
     */
    synchronized MessageId append(Message message, long nanos, Consumer<MessageId> accepted) {
        MessageId id = new MessageId(epoch, ++lastSequence);
        acceptedBytes += message.text().size();
        history.append(id.sequence(), message, nanos);
        accepted.accept(id);
        return id;
    }
}
