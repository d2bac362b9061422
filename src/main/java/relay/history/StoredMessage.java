package relay.history;

import org.jspecify.annotations.Nullable;
import relay.engine.Archive;
import relay.message.Message;

/** A message in the history. Immutable, but for its links in {@link ExpiryQueue}. */
public sealed class StoredMessage permits ArchivedMessage {
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

    /** Where the archive has it, or {@link Archive#NOWHERE}. */
    long location() {
        return Archive.NOWHERE;
    }

    long acceptedNanos() {
        return acceptedNanos;
    }

    /** Whether it is at least this old. */
    boolean isOlder(long now, long age) {
        return now - acceptedNanos >= age;
    }

    /** How many bytes it takes at most: two for each character of a name. */
    int cost() {
        int topic = 2 * message.topic().name().length();
        int recipient = message.recipient().isEmpty()
                ? 0
                : History.RECIPIENT_BYTES
                        + 2 * message.recipient().get().value().length();
        return message.text().size() + topic + recipient + History.MESSAGE_OVERHEAD_BYTES;
    }
}
