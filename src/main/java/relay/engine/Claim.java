package relay.engine;

import java.util.OptionalLong;

/**
 * A registration that a relay serves from now on.
 *
 * @param number grows with every claim of this registration
 * @param cursor the sequence of the last message that the client is known to have received, or, while it has received none,
 *     of the newest one there was when it was added; may be empty where it is not kept
 */
public record Claim(Registration registration, long number, OptionalLong cursor) {}
