package relay.fanout;

import java.time.Duration;
import relay.history.HistoryOptions;

/**
 * How the workers behave.
 *
 * @param workers how many fan-out workers share the clients, at least 1
 * @param maxBacklogBytes how many bytes of accepted messages may wait for the workers
 * @param registerTtl how long a registration waits for its first connection
 * @param pingInterval how long nothing may come from a connection before it is pinged; after two more such intervals it is dropped
 * @param history how much of the past is stored
 * @param retainedBytes how many bytes the retained values may take, from 0, the objects around each among them
 */
public record FanOutOptions(
        int workers,
        long maxBacklogBytes,
        Duration registerTtl,
        Duration pingInterval,
        HistoryOptions history,
        long retainedBytes) {}
