/**
 * Who may do what: today, which web pages may talk to the relay.
 *
 * <p>Immutable and for any thread. Imports nothing of Relay.
 */
@NullMarked
package relay.access;

import org.jspecify.annotations.NullMarked;
