/**
 * Who may do what: which web pages may talk to the relay, and how much one address may ask for.
 *
 * <p>For any thread. Imports nothing of Relay.
 */
@NullMarked
package relay.access;

import org.jspecify.annotations.NullMarked;
