package relay.history;

import org.jspecify.annotations.Nullable;
import relay.message.Message;

/** A message that the history holds. Its neighbours in age belong to the history, the rest is immutable. */
public final class StoredMessage {
    private final long sequence;
    private final Message message;
    private final long acceptedNanos;

    @Nullable
    StoredMessage older;

    @Nullable
    StoredMessage newer;

    public StoredMessage(long sequence, Message message, long acceptedNanos) {
        this.sequence = sequence;
        this.message = message;
        this.acceptedNanos = acceptedNanos;
    }

    public long sequence() {
        return sequence;
    }

    public Message message() {
        return message;
    }

    long acceptedNanos() {
        return acceptedNanos;
    }

    /** Whether it is at least so old. */
    boolean isOlder(long now, long age) {
        return now - acceptedNanos >= age;
    }

    /** How many bytes it takes at the most: that of names two for each character. */
    int cost() {
        int topic = 2 * message.topic().name().length();
        int recipient = message.recipient().isEmpty()
                ? 0
                : History.RECIPIENT_BYTES
                        + 2 * message.recipient().get().value().length();
        return message.text().size() + topic + recipient + History.MESSAGE_OVERHEAD_BYTES;
    }
}
