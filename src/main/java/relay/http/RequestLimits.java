package relay.http;

import java.time.Duration;
import relay.client.InputMemory;

/**
 * Limits for requests.
 *
 * @param maxBodyBytes for a body, or for one line of NDJSON
 * @param memory for all bodies together that have arrived in part
 * @param maxTopics of one client
 * @param maxKeep how long a registration may outlive its connection
 * @param maxConfirm how long a publisher may wait for acknowledgements
 * @param maxWait how long a request may wait for a message
 * @param historyAge how old a message may be that is held
 */
public record RequestLimits(
        int maxBodyBytes,
        InputMemory memory,
        int maxTopics,
        Duration maxKeep,
        Duration maxConfirm,
        Duration maxWait,
        Duration historyAge) {}
