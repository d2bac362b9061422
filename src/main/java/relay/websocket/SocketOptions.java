package relay.websocket;

import java.time.Duration;

/**
 * Limits and features of WebSockets.
 *
 * @param maxFrameBytes for a frame, and for a message of several frames, that a client sends
 * @param maxFramesPerSecond that a client may send
 * @param frameTimeout from the first byte of a frame, or of a message of several frames, to its last
 * @param maxTopics that a client may subscribe to
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
