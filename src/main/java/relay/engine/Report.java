package relay.engine;

import java.time.Duration;

/**
 * Where to report what became of a message.
 *
 * @param relay the relay where it was published
 * @param number the number that the publication has there
 * @param within how long to gather acknowledgements
 */
public record Report(String relay, long number, Duration within) {}
