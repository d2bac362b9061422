package relay.engine;

import java.util.OptionalLong;

/**
 * A registration that a relay serves from now on.
 *
 * @param number grows with every claim of this registration
 * @param cursor the sequence of the last message that the client is known to have received; empty if it was never
 *     connected
 */
public record Claim(Registration registration, long number, OptionalLong cursor) {}
