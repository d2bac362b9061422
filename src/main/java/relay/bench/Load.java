package relay.bench;

import java.time.Duration;

/**
 * What a run does.
 *
 * @param connections subscribers, each of one topic
 * @param topics how many there are
 * @param publishers how many send at a time
 * @param messages how many are sent at most that count
 * @param warmup how long messages are sent first that do not count
 * @param duration how long messages are sent at most that count
 * @param size of a message's text, in bytes
 * @param rate messages a second over all publishers; 0: as fast as possible
 * @param stream whether a publisher sends lines of one NDJSON request, instead of one request for each message
 */
record Load(
        int connections,
        int topics,
        int publishers,
        int messages,
        Duration warmup,
        Duration duration,
        int size,
        int rate,
        boolean stream) {}
