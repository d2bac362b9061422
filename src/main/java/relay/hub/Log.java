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

    /**
     * Takes in a message.
     *
     * @param accepted is told its id, before any other message gets one: it must neither block nor throw
     */
    synchronized MessageId append(Message message, Consumer<MessageId> accepted) {
        MessageId id = new MessageId(epoch, ++lastSequence);
        history.append(id.sequence(), message);
        accepted.accept(id);
        return id;
    }
}
