package relay.history;

import relay.message.Message;
import relay.message.Topic;

/** A message in the history that an archive has too: when memory is short, the archive is enough. */
final class ArchivedMessage extends StoredMessage {
    private final long location;

    /** @param location where the archive has it */
    ArchivedMessage(long sequence, long timeMillis, Message whole, Topic topic, long acceptedNanos, long location) {
        super(sequence, timeMillis, whole, topic, acceptedNanos);
        this.location = location;
    }

    @Override
    long location() {
        return location;
    }
}
