package relay.bench;

import java.time.Duration;
import java.util.List;

/**
 * The load of a run, and where it goes.
 *
 * @param targets the relays under load: one, or several that act as one
 * @param connections subscribers, each of one topic
 * @param topics how many there are
 * @param publishers how many send at a time
 * @param messages how many measured messages are sent at most
 * @param warmup how long unmeasured messages are sent first
 * @param duration how long measured messages are sent at most
 * @param size of a message's text, in bytes
 * @param rate messages a second over all publishers; 0: as fast as possible
 * @param stream whether a publisher sends lines of one NDJSON request, instead of one request for each message
 */
record Load(
        List<Target> targets,
        int connections,
        int topics,
        int publishers,
        int messages,
        Duration warmup,
        Duration duration,
        int size,
        int rate,
        boolean stream) {
    Load {
        targets = List.copyOf(targets);
    }

    /** The relay at which clients register. */
    Target first() {
        return targets.get(0);
    }

    /** The relay of the subscriber or publisher with this number: they take turns. */
    Target target(int number) {
        return targets.get(number % targets.size());
    }
}
