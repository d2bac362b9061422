/**
 * Who may do what: API keys, JSON Web Tokens, which web pages may talk to the relay and by which host.
 *
 * <p>For any thread; a thread for each place where keys are, {@code api-keys-file} and {@code token-keys}, reads them.
 * Imports {@code message} and {@code schedule}.
 */
@NullMarked
package relay.access;

import org.jspecify.annotations.NullMarked;
