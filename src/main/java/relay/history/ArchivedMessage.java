package relay.history;

import relay.message.Message;

/** A message in the history that an archive has too: when memory is short, the archive is enough. */
final class ArchivedMessage extends StoredMessage {
    private final long location;

    /** @param location where the archive has it */
    ArchivedMessage(long sequence, long timeMillis, Message message, long acceptedNanos, long location) {
        super(sequence, timeMillis, message, acceptedNanos);
        this.location = location;
    }

    @Override
    long location() {
        return location;
    }
}
