package relay.hub;

import org.jspecify.annotations.Nullable;
import relay.message.Message;

/** A message that the history holds. Its neighbours in age belong to the history, the rest is immutable. */
final class HeldMessage {
    private final long sequence;
    private final Message message;
    private final long acceptedNanos;

    @Nullable
    HeldMessage older;

    @Nullable
    HeldMessage newer;

    HeldMessage(long sequence, Message message, long acceptedNanos) {
        this.sequence = sequence;
        this.message = message;
        this.acceptedNanos = acceptedNanos;
    }

    long sequence() {
        return sequence;
    }

    Message message() {
        return message;
    }

    long acceptedNanos() {
        return acceptedNanos;
    }

    /** How many bytes it takes, as they are counted. */
    int cost() {
        return message.text().size() + History.MESSAGE_OVERHEAD_BYTES;
    }
}
