package relay.fanout;

import java.time.Duration;
import relay.history.HistoryOptions;

/**
 * How a hub behaves.
 *
 * @param workers how many fan-out workers share the clients, at least 1
 * @param maxBacklogBytes how many bytes of accepted messages may wait for the workers
 * @param registerTtl how long a registration waits for its first connection
 * @param pingInterval how long a connection may be silent before it is pinged; after two more such spans it is dropped
 * @param history how much of the past is held
 */
public record FanOutOptions(
        int workers, long maxBacklogBytes, Duration registerTtl, Duration pingInterval, HistoryOptions history) {}
