package relay.websocket;

import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.exception.CloseException;

/** Gives a client's data frames as they were before an extension changed them. Jetty's threads, one frame at a time. */
@FunctionalInterface
interface FrameReader {
    /** Reads where no extension is in force. */
    FrameReader PLAIN = frame -> frame;

    /**
     * The frame without what the extension did to it.
     *
     * @throws CloseException if the connection has to end: it says with which code
     */
    Frame read(Frame frame);

    /** No frame comes any more. For any thread. */
    default void end() {}
}
