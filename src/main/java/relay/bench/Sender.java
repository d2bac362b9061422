package relay.bench;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** Sends a publisher's messages to the relay. For one thread at a time; {@link #close} is for any, and ends a call that blocks. */
interface Sender extends Closeable {
    /**
     * Sends a message.
     *
     * @return why the relay did not take it; empty: it did, or reports it in {@link #finish}
     * @throws IOException if it is not known whether it did
     */
    Optional<String> send(int topic, int counter, long due) throws IOException;

    /** Whether {@link #send} waits for the relay's answer. */
    boolean answersEach();

    /** Writes what is still buffered. */
    void flush() throws IOException;

    /** Ends the sending. Returns how many messages the relay did not take, beyond those that {@link #send} reported. */
    long finish() throws IOException;
}
