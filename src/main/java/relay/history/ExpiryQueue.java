package relay.history;

import org.jspecify.annotations.Nullable;

/** All stored messages of all logs, from the oldest to the newest, and the bytes they take. With the history's lock held. */
final class ExpiryQueue {
    private @Nullable StoredMessage oldest;
    private @Nullable StoredMessage newest;
    private long bytes;

    @Nullable
    StoredMessage oldest() {
        return oldest;
    }

    /** The bytes of all messages, as {@link StoredMessage#cost} counts them. */
    long bytes() {
        return bytes;
    }

    void addNewest(StoredMessage message) {
        message.older = newest;
        if (newest == null) {
            oldest = message;
        } else {
            newest.newer = message;
        }
        newest = message;
        bytes += message.cost();
    }

    void addOldest(StoredMessage message) {
        message.newer = oldest;
        if (oldest == null) {
            newest = message;
        } else {
            oldest.older = message;
        }
        oldest = message;
        bytes += message.cost();
    }

    /** Removes a message, wherever it is; does nothing if it was removed before. */
    void remove(StoredMessage message) {
        if (message.older == message) {
            return;
        }
        if (message.older == null) {
            oldest = message.newer;
        } else {
            message.older.newer = message.newer;
        }
        if (message.newer == null) {
            newest = message.older;
        } else {
            message.newer.older = message.older;
        }
        // This marks it as removed.
        message.older = message;
        message.newer = null;
        bytes -= message.cost();
    }
}
