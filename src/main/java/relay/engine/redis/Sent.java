package relay.engine.redis;

import org.jspecify.annotations.Nullable;
import relay.engine.Publication;
import relay.message.MessageId;

/**
 * A publication on its way: the answer and the message itself come by two connections, in any order. For any thread; its
 * lock keeps the calls to the publication in their order.
 */
final class Sent {
    final long number;
    final Publication publication;
    /** How the topic was followed when it was sent. */
    final @Nullable Followed before;

    private boolean answered;
    private boolean came;
    private boolean dropped;
    private boolean over;

    Sent(long number, Publication publication, @Nullable Followed before) {
        this.number = number;
        this.publication = publication;
        this.before = before;
    }

    /** The message has come; whether it is still this relay's own. */
    synchronized boolean arrive() {
        if (over) {
            return false;
        }
        came = true;
        over = answered;
        return true;
    }

    /** The message has come before its topic was followed. */
    synchronized void drop() {
        dropped = true;
    }

    /** It has its place, and the message comes here or has. */
    synchronized void storedHere(MessageId id, int relays) {
        if (!over && !answered) {
            answered = true;
            over = came;
            publication.stored(id, relays, true);
        }
    }

    /** It has its place; the message comes here only if it has by now. */
    synchronized void stored(MessageId id, int relays) {
        if (!over && !answered) {
            answered = true;
            over = true;
            publication.stored(id, dropped && !came ? relays - 1 : relays, came);
        }
    }

    /** It ends without a place, or without anybody knowing it. */
    synchronized void end(Runnable told) {
        if (!over) {
            over = true;
            told.run();
        }
    }

    synchronized boolean isOver() {
        return over;
    }
}
