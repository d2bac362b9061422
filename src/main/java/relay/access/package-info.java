/**
 * Who may do what: API keys, JSON Web Tokens, and which web pages may talk to the relay.
 *
 * <p>For any thread. Imports {@code relay.message} only.
 */
@NullMarked
package relay.access;

import org.jspecify.annotations.NullMarked;
