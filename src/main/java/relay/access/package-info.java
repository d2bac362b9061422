/**
 * Who may do what: API keys, JSON Web Tokens, which web pages may talk to the relay and by which host, and how much one address may
 * ask for.
 *
 * <p>For any thread. Imports {@code relay.message} only.
 */
@NullMarked
package relay.access;

import org.jspecify.annotations.NullMarked;
