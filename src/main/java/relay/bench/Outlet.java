package relay.bench;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** A publisher's way to the relay. One thread at a time; {@link #close} is for any, and ends what blocks. */
interface Outlet extends Closeable {
    /**
     * Sends a message.
     *
     * @return why the relay did not take it; empty: it did, or will say when the outlet is finished
     * @throws IOException if nobody knows whether it did
     */
    Optional<String> send(int topic, int counter, long due) throws IOException;

    /** Whether {@link #send} waits for the relay's answer. */
    boolean answersEach();

    /** Sees to it that what was sent is on its way. */
    void flush() throws IOException;

    /** Ends the sending, and says how many messages the relay did not take of those for which it had not said so. */
    long finish() throws IOException;
}
