package relay.net;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * How long the client of an HTTP connection may take for what it must send.
 *
 * @param header from the first byte of a request's header to its last
 * @param body for the whole body; if that is read line by line, from the end of a line to the end of the next
 * @param idle from an answer to the next request
 */
public record HttpTimeouts(Duration header, Duration body, Duration idle) {
    private static final Duration MOST_BETWEEN_CHECKS = Duration.ofSeconds(1);
    private static final Duration LEAST_BETWEEN_CHECKS = Duration.ofMillis(20);
    private static final int CHECKS_PER_TIME = 8;

    /** For a client that does not read its answer. */
    private static final Duration LEAST_SILENCE = Duration.ofSeconds(30);

    private static final Duration LATER = Duration.ofSeconds(5);

    /** Jetty's own idle timeout, for a connection whose request is being handled: longer than the others, which come first. */
    public Duration silence() {
        return Collections.max(List.of(LEAST_SILENCE, header.plus(LATER), body.plus(LATER)));
    }

    /** How often to check which connections are late. */
    Duration betweenChecks() {
        Duration often = Collections.min(List.of(header, body, idle)).dividedBy(CHECKS_PER_TIME);
        return Collections.max(List.of(LEAST_BETWEEN_CHECKS, Collections.min(List.of(MOST_BETWEEN_CHECKS, often))));
    }
}
