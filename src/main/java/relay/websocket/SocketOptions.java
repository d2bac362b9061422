package relay.websocket;

import java.time.Duration;

/**
 * How WebSockets behave.
 *
 * @param maxFrameBytes how large a frame, and a message of several frames, a client may send
 * @param maxFramesPerSecond how many frames a client may send in a second
 * @param frameTimeout how long a frame, or a message of several frames, may take from its first byte to its last
 * @param maxTopics how many topics a client may ask for
 * @param queueBytes how much may wait to be sent to one client
 * @param compression whether messages are compressed, in both directions, for clients that offer it
 */
public record SocketOptions(
        int maxFrameBytes,
        int maxFramesPerSecond,
        Duration frameTimeout,
        int maxTopics,
        int queueBytes,
        boolean compression) {}
