package relay.bench;

import java.nio.ByteBuffer;

/**
 * What becomes of one subscriber, over all of its connections. {@link #text} is called with the lock of its loop's
 * {@link Tally}; the rest by any thread.
 */
interface Course {
    /** How many bytes of a message it looks at. */
    default int looked() {
        return Stamp.LENGTH;
    }

    /** What its next connection asks the relay for. */
    default String resource(String registered) {
        return registered;
    }

    /** A connection is open; nothing has been read from it yet. */
    default void opened(Subscriber connection) {}

    /** Whether a connection that is open is read. */
    default boolean isReading() {
        return true;
    }

    /** A message, of which the first bytes are there. */
    void text(ByteBuffer bytes, int at, long length);

    /** A connection has ended, or could not be opened. Returns whether it has seen to that; otherwise it is a fault. */
    default boolean ended(Subscriber.Spec spec, boolean wasOpen, Throwable cause) {
        return false;
    }

    /** It is connected once, reads all the time, and is not to lose its connection. */
    record Steady(Tally tally, int number, int topic) implements Course {
        @Override
        public void text(ByteBuffer bytes, int at, long length) {
            if (tally.isNew(number, topic, bytes, at, length)) {
                tally.live(Stamp.moment(bytes, at));
            }
        }
    }
}
