package relay.engine.redis;

import java.time.Duration;

/**
 * How long things take.
 *
 * @param probe how often a connection is probed
 * @param probeWithin how long a probe may take
 * @param sweep how often topics are looked through, and how long one is followed that nobody wants
 * @param begin how long each step of the beginning of a connection may take
 * @param write how often cursors of clients are written
 * @param lease how long a claimed registration lives on without its relay
 * @param renewal how often leases are renewed
 * @param hook for how long a relay takes the events for the backend without saying so again
 * @param restoring for how long after a loss of the server an unknown registration may still be put back
 */
record Timings(
        Duration probe,
        Duration probeWithin,
        Duration sweep,
        Duration begin,
        Duration write,
        Duration lease,
        Duration renewal,
        Duration hook,
        Duration restoring) {
    static final Timings USUAL = new Timings(
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(10),
            Duration.ofMinutes(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10));
}
