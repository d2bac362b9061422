package relay.testing;

import java.util.List;

/** A WebSocket client that nobody here wrote. {@link #close} ends it whatever it does. */
public interface WebSocketClient extends AutoCloseable {
    /** Opens a socket, where it has none or lost it, and waits until it is open. */
    void open(String url);

    /** Closes its socket as a client does, and waits until that is done. */
    void leave();

    /** What it has received so far, on all its sockets. */
    List<String> received();

    @Override
    void close();
}
