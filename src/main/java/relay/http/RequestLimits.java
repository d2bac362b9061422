package relay.http;

import java.time.Duration;
import relay.client.InputMemory;

/**
 * How much a request may ask for.
 *
 * @param maxBodyBytes of a body, or of one line where lines are read one by one
 * @param memory what bodies that have come in part take together
 * @param maxTopics of one client
 * @param maxKeep how long a registration may outlive its connection
 * @param maxConfirm how long a publisher may wait for acknowledgements
 */
public record RequestLimits(
        int maxBodyBytes, InputMemory memory, int maxTopics, Duration maxKeep, Duration maxConfirm) {}
