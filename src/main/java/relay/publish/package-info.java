/**
 * What a publisher waits for: how many connections got a message, and which clients have acknowledged it.
 *
 * <p>Everything here is for any thread, and nothing blocks. Imports {@code relay.outbound}, {@code relay.engine}
 * and {@code relay.message}.
 */
@NullMarked
package relay.publish;

import org.jspecify.annotations.NullMarked;
