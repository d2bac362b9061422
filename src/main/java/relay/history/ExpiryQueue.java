package relay.history;

import org.jspecify.annotations.Nullable;

/** All held messages, from the oldest to the newest, and how many bytes they take. Under the history's lock. */
final class ExpiryQueue {
    private @Nullable StoredMessage oldest;
    private @Nullable StoredMessage newest;
    private long bytes;

    @Nullable
    StoredMessage oldest() {
        return oldest;
    }

    /** How many bytes are held, as they are counted. */
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

    /** Does nothing if it was removed before. */
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
        // A message that is its own neighbour is not here any more.
        message.older = message;
        message.newer = null;
        bytes -= message.cost();
    }
}
